"""Several who follow one conversation: what they share, and that each is told everything."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import AsyncExitStack, aclosing
from types import SimpleNamespace
from typing import Any, cast
from uuid import UUID

import orjson
import pytest
from graphql import parse

from adapters.memory_bus import MemoryBus
from chat.application import Application
from chat.events import BusEvent, MessageAdded, MessageDelta, MessageFinished
from chat.following import Following
from chat.records import Conversation, Viewer
from resolvers import ids
from resolvers.context import OperationContext
from resolvers.execution import Executable, Execution
from resolvers.graphql_schema import core_schema
from resolvers.ids import Kind
from resolvers.results import Result
from tests.chat.examples import a_conversation, a_message, a_reply, a_user, whole
from tests.chat.fake_observers import RecordingMetrics
from tests.chat.fake_runs import FakeRuns
from tests.chat.fake_stores import FakeConversations, FakeMessages, Tables

TEXTS = """subscription ($id: ID!, $after: Int) {
    conversationEvents(conversationId: $id, afterIndex: $after) {
        ... on MessageAdded { message { index content } }
        ... on MessageDelta { offset text }
        ... on MessageFinished { message { content } }
    }
}"""
NAMES = """subscription ($id: ID!, $named: Boolean = true) {
    conversationEvents(conversationId: $id) {
        ... on MessageAdded { message { index conversation { name @include(if: $named) id } } }
    }
}"""


class SlowConversations(FakeConversations):
    """Counts what is read in an instant, or when the gate opens."""

    def __init__(self, tables: Tables) -> None:
        """The gate is open."""
        super().__init__(tables)
        self.read = 0
        self.gate = asyncio.Event()
        self.gate.set()

    async def by_id(self, user_id: UUID, ids: Sequence[UUID]) -> dict[UUID, Conversation]:
        """Conversations of this user."""
        self.read += 1
        await self.gate.wait()
        return await super().by_id(user_id, ids)


class Place:
    """A conversation with two messages that many follow."""

    def __init__(self, *, compiled: bool = True) -> None:
        tables = Tables()
        self.tables = tables
        self.user = a_user()
        self.conversation = a_conversation(self.user.id, next_index=2)
        past = [a_message(self.conversation, index) for index in range(2)]
        tables.put(self.conversation, *past)
        self.bus = MemoryBus()
        self.conversations = SlowConversations(tables)
        following = Following(
            conversations=self.conversations,
            messages=FakeMessages(tables),
            runs=FakeRuns(tables),
            bus=self.bus,
        )
        self.application = SimpleNamespace(
            following=following,
            conversation_store=self.conversations,
            metrics=RecordingMetrics(),
        )
        self.execution = Execution(core_schema(), compiled=compiled)
        self._documents: dict[str, Executable] = {}

    def follow(self, document: str, *, request_id: str = "r", **variables: Any) -> "Reader":
        """Follow the conversation."""
        executable = self._documents.setdefault(
            document, Executable(core_schema(), parse(document))
        )
        context = OperationContext(
            cast("Application", self.application),
            viewer=Viewer(self.user, None, None),
            request_id=request_id,
            wait_seconds=0,
        )
        of = ids.encode(Kind.CONVERSATION, self.conversation.id)
        return Reader(self.execution.events(executable, None, {"id": of, **variables}, context))

    async def say(self, *events: BusEvent) -> None:
        """Publish events."""
        for event in events:
            await self.bus.publish(self.conversation.id, event)


class Reader:
    """One who follows."""

    def __init__(self, results: AsyncGenerator[Result, None]) -> None:
        self._results = results
        self._next: asyncio.Task[Result] | None = None

    async def listen(self) -> None:
        """Subscribe: ask for the first result, and wait until that waits for the bus."""
        self._next = asyncio.create_task(anext(self._results))
        for _ in range(20):
            await asyncio.sleep(0)

    async def next(self) -> Result:
        """The next result."""
        if self._next is not None:
            task, self._next = self._next, None
            return await task
        return await anext(self._results)

    async def event(self) -> dict[str, Any]:
        """What it says."""
        data = orjson.loads((await self.next()).body)["data"]
        return cast("dict[str, Any]", data["conversationEvents"])

    async def aclose(self) -> None:
        """Follow no longer."""
        if self._next is not None:
            self._next.cancel()
            await asyncio.wait([self._next])
        await self._results.aclose()


async def listening(stack: AsyncExitStack, *readers: Reader) -> None:
    """Have readers listen until the end of the test."""
    for reader in readers:
        await stack.enter_async_context(aclosing(reader))
        await reader.listen()


async def test_whoever_follows_the_same_gets_the_very_same_bytes_wherever_it_began() -> None:
    place = Place()
    new, old = place.follow(TEXTS, after=1), place.follow(TEXTS, after=0)
    async with AsyncExitStack() as stack:
        await listening(stack, new, old)
        await old.next()
        await old.next()
        message = a_message(place.conversation, 2)
        await place.say(MessageAdded(message), MessageFinished(message))
        for _ in range(2):
            assert await new.next() is await old.next()


@pytest.mark.parametrize(
    ("document", "variables"),
    [
        (TEXTS.replace("offset text", "text offset"), {}),
        (NAMES, {"named": False}),
        (NAMES, {"named": True}),
    ],
)
async def test_another_document_or_other_variables_are_run_by_themselves(
    document: str, variables: dict[str, Any]
) -> None:
    place = Place()
    base = TEXTS if document is not NAMES else NAMES
    one, other = place.follow(base), place.follow(document, **variables)
    async with AsyncExitStack() as stack:
        await listening(stack, one, other)
        await place.say(MessageAdded(a_message(place.conversation, 2)))
        assert await one.next() is not await other.next()


async def test_another_user_is_no_part_of_the_audience() -> None:
    place = Place()
    async with AsyncExitStack() as stack:
        one = place.follow(TEXTS)
        await listening(stack, one)
        place.user = a_user()
        place.tables.put(a_conversation(place.user.id, id=place.conversation.id, next_index=2))
        other = place.follow(TEXTS)
        await listening(stack, other)
        await place.say(MessageAdded(a_message(place.conversation, 2)))
        first, second = await one.next(), await other.next()
    assert first is not second
    assert first.body == second.body


async def test_what_the_store_is_asked_for_is_read_once_for_all_who_wait_for_it() -> None:
    place = Place()
    readers = [place.follow(NAMES) for _ in range(5)]
    async with AsyncExitStack() as stack:
        await listening(stack, *readers)
        place.conversations.read = 0
        place.conversations.gate.clear()
        await place.say(MessageAdded(a_message(place.conversation, 2)))
        results = [asyncio.create_task(reader.next()) for reader in readers]
        for _ in range(20):
            await asyncio.sleep(0)
        place.conversations.gate.set()
        bodies = {(await result).body for result in results}
    assert place.conversations.read == 1
    assert len(bodies) == 1
    assert b'"name":' in bodies.pop()


async def test_errors_name_each_readers_own_request() -> None:
    place = Place()
    readers = [place.follow(NAMES, request_id=f"r{number}") for number in range(3)]
    async with AsyncExitStack() as stack:
        await listening(stack, *readers)
        del place.tables.conversations[place.conversation.id]
        await place.say(MessageAdded(a_message(place.conversation, 2)))
        results = [await reader.next() for reader in readers]
    errors = [orjson.loads(result.body)["errors"][0]["extensions"] for result in results]
    assert [error["code"] for error in errors] == ["NOT_FOUND"] * 3
    assert [error["requestId"] for error in errors] == ["r0", "r1", "r2"]


@pytest.mark.parametrize("compiled", [True, False])
async def test_whoever_reads_slowly_or_comes_late_is_told_the_same_text(*, compiled: bool) -> None:
    place = Place(compiled=compiled)
    reply = a_reply(place.conversation, 2)
    quick, slow = place.follow(TEXTS), place.follow(TEXTS)
    async with AsyncExitStack() as stack:
        await listening(stack, quick, slow)
        await place.say(MessageAdded(reply))
        assert (await quick.event())["message"]["index"] == 2
        texts: list[list[str]] = [[], [], []]
        for offset in range(30):
            await place.say(MessageDelta(reply.id, offset, chr(ord("a") + offset % 26)))
            texts[0].append((await quick.event())["text"])
            if offset % 7 == 0:
                event = await slow.event()
                texts[1].append(event.get("text", ""))
        late = place.follow(TEXTS, after=1)
        place.tables.put(reply)
        place.tables.put(a_conversation(place.user.id, id=place.conversation.id, next_index=3))
        await listening(stack, late)
        content = "".join(chr(ord("a") + offset % 26) for offset in range(30))
        await place.say(MessageFinished(whole(reply, content)))
        for reader, told in zip((quick, slow, late), texts, strict=True):
            while "text" in (event := await reader.event()) or event["message"].get("index") == 2:
                told.append(event.get("text", ""))
            assert event["message"]["content"] == content
    assert ["".join(told) for told in texts] == [content] * 3
    assert [len(told) for told in texts] == [30, 6, 2]
