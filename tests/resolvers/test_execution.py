"""Long subscriptions."""

import gc
import tracemalloc
from collections.abc import AsyncGenerator
from types import SimpleNamespace
from typing import cast
from uuid import UUID, uuid4

import pytest
from graphql import parse

from chat.application import Application
from chat.events import MessageDelta, MessageEvent
from chat.records import Viewer
from resolvers import ids
from resolvers.context import OperationContext
from resolvers.execution import Executable, Execution
from resolvers.graphql_schema import core_schema
from resolvers.ids import Kind

DOCUMENT = parse(
    """subscription ($id: ID!) {
        conversationEvents(conversationId: $id) { ... on MessageDelta { offset text } }
    }"""
)


class Following:
    """Delta after delta."""

    async def events(
        self, _owner: UUID, conversation_id: UUID, _after: int | None, _at_once: None
    ) -> AsyncGenerator[MessageEvent, None]:
        """Never an end."""
        offset = 0
        while True:
            yield MessageDelta(conversation_id, offset, "x")
            offset += 1


@pytest.mark.parametrize("compiled", [True, False])
async def test_a_subscription_takes_no_more_memory_for_each_event(*, compiled: bool) -> None:
    context = OperationContext(
        cast("Application", SimpleNamespace(following=Following())),
        viewer=cast("Viewer", SimpleNamespace(user=SimpleNamespace(id=uuid4()))),
        request_id="r",
        wait_seconds=0,
    )
    variables = {"id": ids.encode(Kind.CONVERSATION, uuid4())}
    execution = Execution(core_schema(), compiled=compiled)
    executable = Executable(core_schema(), DOCUMENT)
    events = execution.events(executable, None, variables, context)
    tracemalloc.start()
    try:
        await _take(events, 300)
        before = _traced()
        await _take(events, 2000)
        grown = _traced() - before
    finally:
        tracemalloc.stop()
        await events.aclose()
    assert grown < 100_000


async def _take(events: AsyncGenerator[object, None], count: int) -> None:
    for _ in range(count):
        await anext(events)


def _traced() -> int:
    gc.collect()
    return tracemalloc.get_traced_memory()[0]
