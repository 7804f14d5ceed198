"""A subscription that is left ends, even when its cancellation comes out as a failing field."""

import asyncio
from collections.abc import AsyncGenerator
from types import SimpleNamespace
from typing import cast

import pytest
import strawberry
from graphql import parse

from chat.errors import NotFoundError
from resolvers.context import OperationContext
from resolvers.execution import Executable, Execution


class Context:
    """What a stream needs of its context, and when its field is being resolved."""

    request_id = "r1"
    deliver = None
    at_once = None
    viewer = SimpleNamespace(user=SimpleNamespace(id=1))

    def __init__(self) -> None:
        """Not yet."""
        self.entered = asyncio.Event()


@strawberry.type
class Event:
    """An event with a field that fails just when it is cancelled. As records, it has a hash."""

    __hash__ = object.__hash__

    @strawberry.field
    async def failing(self, info: strawberry.Info[Context, None]) -> int | None:
        """Fails instead of being cancelled."""
        info.context.entered.set()
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            raise NotFoundError from None
        return 1


@strawberry.type
class Query:
    """A schema needs one."""

    one: int = 1


@strawberry.type
class Subscription:
    """A stream that does not end by itself."""

    @strawberry.subscription
    async def events(self) -> AsyncGenerator[Event, None]:
        """One event after the other."""
        while True:
            yield Event()


@pytest.mark.parametrize("compiled", [True, False])
async def test_a_cancellation_that_became_a_failing_field_still_ends_the_stream(
    *, compiled: bool
) -> None:
    schema = strawberry.Schema(query=Query, subscription=Subscription)
    core = schema._schema  # noqa: SLF001  Strawberry offers no other way
    execution = Execution(core, compiled=compiled)
    document = Executable(core, parse("subscription { events { failing } }"))
    context, told = Context(), list[object]()

    async def follow() -> None:
        async for result in execution.events(document, None, {}, cast("OperationContext", context)):
            told.append(result)

    following = asyncio.create_task(follow())
    await context.entered.wait()
    following.cancel()
    await asyncio.wait([following], timeout=5)
    assert following.cancelled()
    assert told == []
