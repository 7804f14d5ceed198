"""onBusy: what a send gets while another run is going on."""

import asyncio

from tests.conftest import StartParley
from tests.operations.turns import final_run, regenerate, stop
from tests.scripted_model import ScriptedModel, say
from tests.served import Client, Json


async def enqueue(client: Client, conversation: str, content: str, **fields: object) -> Json:
    """Send a message that waits its turn."""
    return await client.send(conversation, content, wait=False, onBusy="ENQUEUE", **fields)


async def test_a_second_send_is_refused_unless_it_asks_for_more(
    alice: Client, model: ScriptedModel
) -> None:
    conversation = (await alice.conversation())["id"]
    with model.holding():
        await alice.send(conversation, "One", wait=False)
        answer = await alice.try_send(conversation, "Two")
        assert answer.code == "CONVERSATION_BUSY"
        assert answer.error["extensions"]["retryable"] is True
    assert len(await alice.messages(conversation)) == 2


async def test_queued_messages_get_their_indexes_at_once_and_are_answered_in_order(
    alice: Client, model: ScriptedModel
) -> None:
    conversation = (await alice.conversation())["id"]
    with model.holding():
        await alice.send(conversation, "One", wait=False)
        waiting = [await enqueue(alice, conversation, text) for text in ("Two", "Three")]
        assert [one["run"]["status"] for one in waiting] == ["QUEUED"] * 2
        assert [one["reply"]["status"] for one in waiting] == ["QUEUED"] * 2
        assert [one["reply"]["index"] for one in waiting] == [3, 5]
        await model.until_asked(1)
    for one in waiting:
        assert (await final_run(alice, one["run"]["id"]))["status"] == "COMPLETE"
    asked = [body["messages"] for body in model.requests]
    assert [messages[-1]["content"] for messages in asked] == ["One", "Two", "Three"]
    assert [len(messages) for messages in asked] == [1, 3, 5]
    found = await alice.messages(conversation)
    assert [one["index"] for one in found] == list(range(6))
    assert found[5]["content"] == "You said: Three 🎉"
    used, reserved = await alice.usage()
    assert (used, reserved) == (3 * 18, 0)


async def test_one_who_waits_for_a_queued_reply_gets_it(
    alice: Client, model: ScriptedModel
) -> None:
    conversation = (await alice.conversation())["id"]
    with model.holding():
        await alice.send(conversation, "One", wait=False)
        waiting = asyncio.create_task(alice.send(conversation, "Two", onBusy="ENQUEUE"))
        await model.until_asked(1)
    payload = await waiting
    assert payload["reply"]["content"] == "You said: Two 🎉"
    assert payload["tokensUsed"] == 18


async def test_ten_may_wait_and_no_more(alice: Client, model: ScriptedModel) -> None:
    conversation = (await alice.conversation())["id"]
    with model.holding():
        await alice.send(conversation, "One", wait=False)
        queued = [await enqueue(alice, conversation, f"{number}") for number in range(10)]
        for on_busy in ("ENQUEUE", "INTERRUPT"):
            answer = await alice.try_send(conversation, "Too many", onBusy=on_busy)
            assert answer.code == "CONVERSATION_BUSY"
        for one in queued:
            assert await stop(alice, one["run"]["id"]) == "STOPPED"


async def test_a_queued_run_that_is_stopped_is_left_out_and_the_next_goes_on(
    alice: Client, model: ScriptedModel
) -> None:
    conversation = (await alice.conversation())["id"]
    with model.holding():
        await alice.send(conversation, "One", wait=False)
        two = await enqueue(alice, conversation, "Two")
        three = await enqueue(alice, conversation, "Three")
        assert await stop(alice, two["run"]["id"]) == "STOPPED"
        assert await stop(alice, two["run"]["id"]) == "STOPPED"
    await final_run(alice, three["run"]["id"])
    found = await alice.messages(conversation)
    assert (found[3]["status"], found[3]["content"], found[3]["tokensUsed"]) == (
        "STOPPED",
        "",
        None,
    )
    assert found[5]["status"] == "COMPLETE"
    assert len(model.requests) == 2


async def test_a_queued_run_survives_a_restart(
    start_parley: StartParley, model: ScriptedModel
) -> None:
    # Where two processes are stopped, the later one must have heard of it before the earlier one
    # interrupts its run: else it takes the turn, and is stopped while it answers.
    with model.holding():
        async with start_parley(grace_seconds=2) as first:
            client = await first.client()
            conversation = (await client.conversation())["id"]
            await client.send(conversation, "One", wait=False)
            two = await enqueue(client, conversation, "Two", idempotencyKey="two")
            await model.until_asked(1)
    async with start_parley() as second:
        again = Client(second.url, second.session, client.token, client.user)
        assert (await final_run(again, two["run"]["id"]))["status"] == "COMPLETE"
        found = await again.messages(conversation)
        assert [one["status"] for one in found] == [
            "COMPLETE",
            "INTERRUPTED",
            "COMPLETE",
            "COMPLETE",
        ]
        assert (await again.usage())[1] == 0


async def test_an_interrupting_send_stops_the_running_one_and_keeps_its_text(
    alice: Client, model: ScriptedModel
) -> None:
    conversation = (await alice.conversation())["id"]
    model.next(say("Never ", *(["ending "] * 400), pause_seconds=0.05))
    first = await alice.send(conversation, "One", wait=False)
    await model.until_asked(1)
    second = await alice.send(conversation, "Two", onBusy="INTERRUPT")
    assert second["reply"]["content"] == "You said: Two 🎉"
    assert (await final_run(alice, first["run"]["id"]))["status"] == "STOPPED"
    found = await alice.messages(conversation)
    assert [one["status"] for one in found] == ["COMPLETE", "STOPPED", "COMPLETE", "COMPLETE"]
    assert (await alice.usage())[1] == 0


async def test_an_interrupting_send_in_an_idle_conversation_is_a_send(alice: Client) -> None:
    conversation = (await alice.conversation())["id"]
    payload = await alice.send(conversation, "One", onBusy="INTERRUPT")
    assert payload["run"]["status"] == "COMPLETE"


async def test_a_repeat_of_a_queued_send_waits_for_the_same_run(
    alice: Client, model: ScriptedModel
) -> None:
    conversation = (await alice.conversation())["id"]
    with model.holding():
        await alice.send(conversation, "One", wait=False)
        queued = await enqueue(alice, conversation, "Two", idempotencyKey="two")
        repeat = asyncio.create_task(alice.send(conversation, "Two", idempotencyKey="two"))
        await model.until_asked(1)
    assert (await repeat)["run"]["id"] == queued["run"]["id"]
    assert len(await alice.messages(conversation)) == 4


async def test_a_reply_that_is_queued_cannot_be_regenerated_yet(
    alice: Client, model: ScriptedModel
) -> None:
    conversation = (await alice.conversation())["id"]
    with model.holding():
        await alice.send(conversation, "One", wait=False)
        queued = await enqueue(alice, conversation, "Two")
        reply = queued["reply"]["id"]
        answer = await alice(
            "mutation ($id: ID!) { regenerateReply(input: {messageId: $id}) { run { id } } }",
            id=reply,
        )
        assert answer.code == "CONVERSATION_BUSY"
    await final_run(alice, queued["run"]["id"])
    assert (await regenerate(alice, reply))["reply"]["status"] == "COMPLETE"
