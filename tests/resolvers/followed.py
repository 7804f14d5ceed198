"""A conversation that readers follow by documents, with nothing of a transport."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import AsyncExitStack, aclosing
from types import SimpleNamespace
from typing import Any, cast
from uuid import UUID

import orjson
from graphql import parse

from adapters.memory_bus import MemoryBus
from chat.application import Application
from chat.events import BusEvent
from chat.following import Following
from chat.records import Conversation, Viewer
from resolvers import ids
from resolvers.at_once import Deliver
from resolvers.context import OperationContext
from resolvers.execution import Executable, Execution
from resolvers.graphql_schema import core_schema
from resolvers.ids import Kind
from resolvers.results import Result
from tests.chat.examples import a_conversation, a_message, a_user
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
        """Nobody follows it yet."""
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

    def follow(
        self,
        document: str,
        *,
        request_id: str = "r",
        deliver: Deliver | None = None,
        **variables: Any,
    ) -> "Reader":
        """Follow the conversation."""
        executable = self._documents.setdefault(
            document, Executable(core_schema(), parse(document))
        )
        context = OperationContext(
            cast("Application", self.application),
            viewer=Viewer(self.user, None, None),
            request_id=request_id,
            wait_seconds=0,
            deliver=deliver,
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
        """Results of an operation."""
        self._results = results
        self._next: asyncio.Task[Result] | None = None

    async def listen(self) -> None:
        """Subscribe: ask for the first result, and wait until that waits for the bus."""
        self._next = asyncio.create_task(anext(self._results))
        for _ in range(20):
            await asyncio.sleep(0)

    @property
    def woken(self) -> bool:
        """Whether there is a result that was asked for."""
        return self._next is not None and self._next.done()

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
