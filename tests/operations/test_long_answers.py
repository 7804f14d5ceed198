"""An answer has a length that is bounded, however long the messages are that it asks for."""

import pytest

from chat.errors import QueryTooComplexError
from chat.identifiers import uuid7
from chat.records import Message
from resolvers.allowance import Allowance
from tests.chat.examples import a_conversation, a_message
from tests.served import Client

LONG = "x" * 99_000
CONVERSATION = a_conversation(uuid7())
UPDATE = """mutation ($input: UpdateConversationInput!) {
    updateConversation(input: $input) { conversation { messageCount } }
}"""
PAGE = "messages(conversationId: $id, first: 100) { nodes { content } }"


async def long_conversation(client: Client, messages: int) -> str:
    """A conversation with prompts that are as long as a message may be."""
    conversation = str((await client.conversation())["id"])
    for number in range(messages):
        changed = {"id": conversation, "systemPrompt": f"{number} {LONG}"}
        await client(UPDATE, input=changed)
    return conversation


async def test_an_answer_that_would_be_too_long_is_refused(alice: Client) -> None:
    conversation = await long_conversation(alice, 20)
    aliases = "\n".join(f"page{number}: {PAGE}" for number in range(15))
    answer = await alice(f"query ($id: ID!) {{ {aliases} }}", id=conversation)
    assert answer.body["data"] is None
    for error in answer.body["errors"]:
        extensions = error["extensions"]
        assert (extensions["code"], extensions["limit"]) == (
            "QUERY_TOO_COMPLEX",
            "answerCharacters",
        )
    whole = await alice(f"query ($id: ID!) {{ {PAGE} }}", id=conversation)
    assert len(whole.data["messages"]["nodes"]) == 20


async def test_each_event_of_a_subscription_is_an_answer_of_its_own(alice: Client) -> None:
    conversation = await long_conversation(alice, 3)
    query = """subscription ($id: ID!) {
        newMessages(conversationId: $id, afterIndex: -1) {
            conversation { messages(first: 100) { nodes { content } } }
        }
    }"""
    async with alice.socket() as socket:
        payload = {"query": query, "variables": {"id": conversation}}
        await socket.raw.send_json({"id": "1", "type": "subscribe", "payload": payload})
        for _ in range(3):
            assert "errors" not in await socket.next()


def message(characters: int) -> Message:
    """A message of so many characters."""
    return a_message(CONVERSATION, 0, content="x" * characters)


def test_what_was_taken_counts_until_the_next_answer_begins() -> None:
    allowance = Allowance(10)
    allowance.take([message(6), message(4)])
    with pytest.raises(QueryTooComplexError):
        allowance.take([message(1)])
    allowance.renew()
    allowance.take([message(10)])


def test_checking_takes_nothing() -> None:
    allowance = Allowance(10)
    for _ in range(3):
        allowance.check([message(10)])
    with pytest.raises(QueryTooComplexError):
        allowance.check([message(11)])


def test_what_does_not_fit_together_is_not_taken() -> None:
    allowance = Allowance(10)
    assert not allowance.took_all([message(6), message(5)])
    assert allowance.took_all([message(6), message(4)])
    assert not allowance.took_all([message(1)])
