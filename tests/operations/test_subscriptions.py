"""newMessages and conversationEvents, over graphql-transport-ws and server-sent events."""

import asyncio
import socket as socket_module
from contextlib import AsyncExitStack

from tests.conftest import StartParley
from tests.scripted_model import ScriptedModel, refuse_for_long, say, say_then_wait
from tests.served import Client, EventStream, Json, Socket

EVENTS = """subscription ($id: ID!, $after: Int) {
    conversationEvents(conversationId: $id, afterIndex: $after) {
        __typename
        ... on MessageAdded { message { id index content status } }
        ... on MessageDelta { messageId offset text }
        ... on MessageFinished { message { id index content status } }
    }
}"""
MESSAGES = """subscription ($id: ID!, $after: Int) {
    newMessages(conversationId: $id, afterIndex: $after) { index content status }
}"""


class Told:
    """What a chat screen knows from events: the texts it put together, and the ends."""

    def __init__(self) -> None:
        self.order: list[str] = []
        self.texts: dict[str, str] = {}
        self.finished: dict[str, Json] = {}

    def take(self, event: Json) -> None:
        """Put an event to what is known, as a client does."""
        self.order.append(event["__typename"])
        match event["__typename"]:
            case "MessageAdded":
                message = event["message"]
                assert message["id"] not in self.texts
                self.texts[message["id"]] = message["content"]
            case "MessageDelta":
                text = self.texts[event["messageId"]]
                assert event["offset"] == len(text)
                self.texts[event["messageId"]] = text + event["text"]
            case _:
                message = event["message"]
                assert message["id"] not in self.finished
                assert self.texts[message["id"]] == message["content"]
                self.finished[message["id"]] = message


async def read_until_finished(socket: Socket, count: int) -> Told:
    """Follow conversationEvents until so many messages are finished."""
    told = Told()
    while len(told.finished) < count:
        told.take((await socket.next())["data"]["conversationEvents"])
    return told


async def test_a_screen_sees_the_message_the_reply_growing_and_its_end(alice: Client) -> None:
    conversation = (await alice.conversation())["id"]
    async with alice.socket() as socket:
        await subscribe(socket, EVENTS, conversation)
        await settled(socket)
        payload = await alice.send(conversation, "Hi 👋🏽", wait=False)
        told = await read_until_finished(socket, 2)
    assert told.order[:3] == ["MessageAdded", "MessageFinished", "MessageAdded"]
    assert told.order[3:-1] == ["MessageDelta"] * (len(told.order) - 4)
    assert told.order[-1] == "MessageFinished"
    reply = told.finished[payload["reply"]["id"]]
    assert reply["content"] == "You said: Hi 👋🏽 🎉"
    stored = await alice.messages(conversation)
    assert [told.texts[message["id"]] for message in stored] == [
        message["content"] for message in stored
    ]


async def subscribe(
    socket: Socket, query: str, conversation: str, after: int | None = None, name: str = "1"
) -> None:
    """Start a subscription to a conversation."""
    await socket.raw.send_json(
        {
            "id": name,
            "type": "subscribe",
            "payload": {"query": query, "variables": {"id": conversation, "after": after}},
        }
    )


async def settled(socket: Socket) -> None:
    """Wait until what was subscribed before is listening: it reads less than this query does."""
    query = "{ conversations(first: 1) { nodes { lastMessage { conversation { id } } } } }"
    await socket.raw.send_json({"id": "settled", "type": "subscribe", "payload": {"query": query}})
    while (await socket.message())["type"] != "complete":
        pass


async def test_many_screens_are_told_the_same_whatever_they_call_their_subscription(
    alice: Client,
) -> None:
    conversation = (await alice.conversation())["id"]
    await alice.send(conversation, "Before")
    async with AsyncExitStack() as stack:
        sockets = [await stack.enter_async_context(alice.socket()) for _ in range(8)]
        for number, socket in enumerate(sockets):
            after = 1 if number % 2 else None
            await subscribe(socket, EVENTS, conversation, after, name=f"screen “{number}”")
            await settled(socket)
        await alice.send(conversation, "Hi 👋🏽", wait=False)
        told = await asyncio.gather(*(read_until_finished(socket, 2) for socket in sockets))
    stored = (await alice.messages(conversation))[2:]
    texts = {message["id"]: message["content"] for message in stored}
    assert [one.texts for one in told] == [texts] * 8


async def test_a_screen_that_comes_in_mid_stream_gets_all_the_text_and_the_rest(
    alice: Client, model: ScriptedModel
) -> None:
    gate = asyncio.Event()
    model.next(say_then_wait("So far, ", "so 👍 good", gate=gate))
    payload = await alice.send(None, "Go", wait=False)
    conversation = payload["conversation"]["id"]
    async with alice.socket() as early:
        await subscribe(early, EVENTS, conversation, after=-1)
        told = Told()
        while told.texts.get(payload["reply"]["id"]) != "So far, so 👍 good":
            told.take((await early.next())["data"]["conversationEvents"])
    async with alice.socket() as late:
        await subscribe(late, EVENTS, conversation)
        told = Told()
        while told.texts.get(payload["reply"]["id"]) != "So far, so 👍 good":
            told.take((await late.next())["data"]["conversationEvents"])
        gate.set()
        while not told.finished:
            told.take((await late.next())["data"]["conversationEvents"])
    assert list(told.finished) == [payload["reply"]["id"]]


async def test_after_index_gives_what_was_missed_and_then_what_comes(alice: Client) -> None:
    conversation = (await alice.conversation())["id"]
    for number in range(3):
        await alice.send(conversation, f"Message {number}")
    async with alice.socket() as socket:
        await subscribe(socket, MESSAGES, conversation, after=1)
        missed = [(await socket.next())["data"]["newMessages"]["index"] for _ in range(4)]
        await alice.send(conversation, "Live")
        live = [(await socket.next())["data"]["newMessages"] for _ in range(2)]
    assert missed == [2, 3, 4, 5]
    assert [(one["index"], one["content"]) for one in live] == [
        (6, "Live"),
        (7, "You said: Live 🎉"),
    ]


async def test_new_messages_without_after_index_starts_with_what_is_being_written(
    alice: Client, model: ScriptedModel
) -> None:
    conversation = (await alice.conversation())["id"]
    await alice.send(conversation, "Before")
    with model.holding():
        await alice.send(conversation, "Now", wait=False)
        async with alice.socket() as socket:
            await subscribe(socket, MESSAGES, conversation)
            await settled(socket)
    async with alice.socket() as socket:
        await subscribe(socket, MESSAGES, conversation, after=2)
        message = (await socket.next())["data"]["newMessages"]
    assert message == {"index": 3, "content": "You said: Now 🎉", "status": "COMPLETE"}


async def test_a_new_prompt_is_told_as_a_system_message(alice: Client) -> None:
    conversation = (await alice.conversation())["id"]
    async with alice.socket() as socket:
        await subscribe(socket, MESSAGES, conversation, after=-1)
        await settled(socket)
        update = """mutation ($input: UpdateConversationInput!) {
            updateConversation(input: $input) { conversation { id } }
        }"""
        await alice(update, input={"id": conversation, "systemPrompt": "Be kind."})
        message = (await socket.next())["data"]["newMessages"]
    assert message["content"] == "Be kind."


async def test_a_failed_reply_is_finished_too(alice: Client, model: ScriptedModel) -> None:
    model.next(refuse_for_long(500))
    conversation = (await alice.conversation())["id"]
    async with alice.socket() as socket:
        await subscribe(socket, EVENTS, conversation, after=-1)
        await alice.send(conversation, "Hi", wait=False)
        told = await read_until_finished(socket, 2)
    assert [one["status"] for one in told.finished.values()] == ["COMPLETE", "FAILED"]


async def test_the_same_events_come_over_sse(alice: Client) -> None:
    conversation = (await alice.conversation())["id"]
    async with alice.events(EVENTS, id=conversation, after=-1) as stream:
        payload = await alice.send(conversation, "Hi", wait=False)
        told = Told()
        while payload["reply"]["id"] not in told.finished:
            told.take(await next_of(stream))
    assert told.texts[payload["reply"]["id"]] == "You said: Hi 🎉"


async def next_of(stream: EventStream) -> Json:
    """The next conversation event of a stream."""
    name, payload = await stream.next()
    assert name == "next", name
    event: Json = payload["data"]["conversationEvents"]
    return event


async def test_two_subscriptions_on_one_socket_do_not_mix(alice: Client) -> None:
    first = (await alice.conversation())["id"]
    second = (await alice.conversation())["id"]
    async with alice.socket() as socket:
        await subscribe(socket, MESSAGES, first, after=-1, name="first")
        await subscribe(socket, MESSAGES, second, after=-1, name="second")
        await alice.send(first, "To the first")
        await alice.send(second, "To the second")
        got = [await socket.message() for _ in range(4)]
    contents = {
        name: [one["payload"]["data"]["newMessages"]["content"] for one in got if one["id"] == name]
        for name in ("first", "second")
    }
    assert contents["first"] == ["To the first", "You said: To the first 🎉"]
    assert contents["second"] == ["To the second", "You said: To the second 🎉"]


async def test_a_subscription_ends_when_its_conversation_is_deleted(alice: Client) -> None:
    conversation = (await alice.conversation())["id"]
    async with alice.socket() as socket:
        await subscribe(socket, MESSAGES, conversation, after=-1)
        await settled(socket)
        await alice(
            "mutation ($id: ID!) { deleteConversation(input: {id: $id}) { deletedId } }",
            id=conversation,
        )
        assert (await socket.message())["type"] == "complete"


async def test_a_branch_is_told_what_it_shares_and_nothing_that_follows_in_its_parent(
    alice: Client,
) -> None:
    parent = (await alice.conversation())["id"]
    await alice.send(parent, "Shared")
    branch = (
        await alice(
            """mutation ($id: ID!) {
                branchConversation(input: {conversationId: $id}) { conversation { id } }
            }""",
            id=parent,
        )
    ).data["branchConversation"]["conversation"]["id"]
    async with alice.socket() as socket:
        await subscribe(socket, MESSAGES, branch, after=-1)
        shared = [(await socket.next())["data"]["newMessages"]["content"] for _ in range(2)]
        await alice.send(parent, "Only in the parent")
        await alice.send(branch, "Only in the branch")
        own = [(await socket.next())["data"]["newMessages"]["content"] for _ in range(2)]
    assert shared == ["Shared", "You said: Shared 🎉"]
    assert own == ["Only in the branch", "You said: Only in the branch 🎉"]


async def test_a_long_reply_comes_over_whole(alice: Client, model: ScriptedModel) -> None:
    pieces = [f"piece {number} 🧩 " for number in range(2000)]
    model.next(say(*pieces))
    conversation = (await alice.conversation())["id"]
    async with alice.socket() as socket:
        await subscribe(socket, EVENTS, conversation, after=-1)
        payload = await alice.send(conversation, "Much, please", wait=False)
        told = await read_until_finished(socket, 2)
    assert told.texts[payload["reply"]["id"]] == "".join(pieces)


async def test_two_hundred_sockets_that_vanish_in_mid_mutation_leave_a_server_that_answers(
    start_parley: StartParley, model: ScriptedModel
) -> None:
    async with start_parley(sockets_per_user=200, send_rate_limit="off") as parley:
        alice = await parley.client()
        send = """mutation { sendMessage(input: {content: "Hello"}) { reply { content } } }"""
        sockets = []
        for _ in range(200):
            raw = await alice.session.ws_connect(
                f"{alice.url}/graphql", protocols=["graphql-transport-ws"]
            )
            await raw.send_json({"type": "connection_init", "payload": {"token": alice.token}})
            await raw.receive_json()
            await raw.send_json({"id": "1", "type": "subscribe", "payload": {"query": send}})
            sockets.append(raw)
        for number, raw in enumerate(sockets):
            if number % 2:
                await raw.receive_json()
            writer = raw.get_extra_info("socket")
            writer.shutdown(socket_module.SHUT_RDWR)
        payload = await alice.send(None, "Still there?")
        assert payload["reply"]["content"] == "You said: Still there? 🎉"
        assert (await alice("{ viewer { name } }")).data["viewer"]["name"] == "User 1"
    del model
