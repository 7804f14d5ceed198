"""A list costs a number of SQL statements that does not grow with its length."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from chat.origin import NOBODY, current
from tests.served import Client

EVERYTHING = """query ($first: Int!) {
    conversations(first: $first) {
        totalCount
        nodes {
            id name
            lastMessage { id content conversation { name } }
            activeRun { id reply { id } userMessage { id } conversation { name } }
            activeVariant { id }
            parent { name }
            branches(first: 2) { totalCount nodes { name } }
            messages(first: 3) { totalCount nodes { id conversation { name } } }
        }
    }
}"""
OPENED = """query ($id: ID!, $size: Int!) {
    conversation(id: $id) { name ...Page }
}
fragment Page on Conversation { messages(last: $size) { nodes { content } } }"""
LISTED = """{ conversations { edges { node { name lastMessage { content } } } } }"""
MESSAGES = """query ($id: ID!, $first: Int!) {
    messages(conversationId: $id, first: $first) { nodes { content conversation { name } } }
}"""


class Statements(logging.Handler):
    """Those that Tortoise's clients run for a request; sweeps and the like run for nobody.

    Who asks is looked up every two seconds only, so that is left out.
    """

    def __init__(self) -> None:
        """None was run."""
        super().__init__()
        self.run: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        """Keep it."""
        statement = record.getMessage()
        if current() != NOBODY and "api_tokens" not in statement:
            self.run.append(statement)


@contextmanager
def counted(caplog: pytest.LogCaptureFixture) -> Iterator[list[str]]:
    """The statements that requests run in the block."""
    statements, logger = Statements(), logging.getLogger("tortoise.db_client")
    logger.addHandler(statements)
    with caplog.at_level(logging.DEBUG, logger=logger.name):
        yield statements.run
    logger.removeHandler(statements)


@pytest.mark.one_process("counts the statements of the process")
async def test_a_list_with_everything_takes_as_many_statements_for_forty_as_for_two(
    alice: Client, caplog: pytest.LogCaptureFixture
) -> None:
    branch = """mutation ($id: ID!) {
        branchConversation(input: {conversationId: $id}) { conversation { id } }
    }"""
    for number in range(20):
        made = (await alice.conversation(name=f"C{number}", systemPrompt="P"))["id"]
        await alice(branch, id=made)
    numbers = []
    for first in (2, 40):
        with counted(caplog) as statements:
            answer = await alice(EVERYTHING, first=first)
        assert len(answer.data["conversations"]["nodes"]) == first
        numbers.append(len(statements))
    # What waits for the same table is read together if it begins to wait at the same time, so the
    # numbers may differ by one or two.
    assert max(numbers) <= 11, statements
    assert abs(numbers[0] - numbers[1]) <= 2, statements


@pytest.mark.one_process("counts the statements of the process")
async def test_a_page_of_messages_takes_as_many_statements_for_fifty_as_for_two(
    alice: Client, caplog: pytest.LogCaptureFixture
) -> None:
    conversation = (await alice.conversation())["id"]
    for number in range(25):
        await alice.send(conversation, f"Message {number}")
    numbers = []
    for first in (2, 50):
        with counted(caplog) as statements:
            answer = await alice(MESSAGES, id=conversation, first=first)
        assert len(answer.data["messages"]["nodes"]) == first
        numbers.append(len(statements))
    assert numbers == [2, 2], statements


@pytest.mark.one_process("counts the statements of the process")
async def test_a_conversation_is_read_with_its_page_by_one_statement(
    alice: Client, caplog: pytest.LogCaptureFixture
) -> None:
    conversation = (await alice.conversation())["id"]
    await alice.send(conversation, "Hello")
    with counted(caplog) as statements:
        answer = await alice(OPENED, id=conversation, size=2)
    assert answer.data["conversation"]["messages"]["nodes"][0] == {"content": "Hello"}
    assert len(statements) == 1, statements


@pytest.mark.one_process("counts the statements of the process")
async def test_conversations_are_read_with_what_was_said_last_by_one_statement(
    alice: Client, caplog: pytest.LogCaptureFixture
) -> None:
    for number in range(3):
        await alice.conversation(name=f"C{number}", systemPrompt=f"P{number}")
    with counted(caplog) as statements:
        answer = await alice(LISTED)
    last = [edge["node"]["lastMessage"] for edge in answer.data["conversations"]["edges"]]
    assert last == [{"content": "P2"}, {"content": "P1"}, {"content": "P0"}]
    assert len(statements) == 1, statements


@pytest.mark.one_process("counts the statements of the process")
async def test_a_send_goes_to_a_server_four_times_between_its_transactions_ends(
    alice: Client, caplog: pytest.LogCaptureFixture, database_url: str
) -> None:
    await alice.send(None, "The first of a month takes more.")
    with counted(caplog) as statements:
        await alice.send(None, "Hello")
    expected = 13 if database_url.startswith("sqlite") else 4
    assert len(statements) == expected, statements
