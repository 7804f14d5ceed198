"""Waiting for values: together, as one task can, and never past a cancellation."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Iterable, Sequence
from inspect import CORO_CREATED, getcoroutinestate, iscoroutine
from typing import Any, TypeGuard, cast

from strawberry.execution import optimized_is_awaitable

Pending = list[Coroutine[Any, Any, None]]
"""What is left to be done once something was awaited. Errors of fields do not come out of it."""


is_awaitable: Callable[[object], TypeGuard[Awaitable[Any]]] = cast("Any", optimized_is_awaitable)
"""Whether a value is to be awaited, by Strawberry's rule: graphql-core's, but quicker."""


def finish(pending: Pending) -> Coroutine[Any, Any, None]:
    """Do what is left, at the same time. A cancellation cancels all of it, and comes out."""
    return pending[0] if len(pending) == 1 else _gathered(pending)


async def settle(values: list[Any], awaited: Sequence[int]) -> None:
    """Await the values at these indexes at the same time, and put in what they give or raise."""
    if len(awaited) == 1:
        (index,) = awaited
        values[index] = await settled(values[index])
        return
    results = await asyncio.gather(
        *[_coroutine(values[index]) for index in awaited], return_exceptions=True
    )
    for index, result in zip(awaited, results, strict=True):
        if isinstance(result, BaseException) and not isinstance(result, Exception):
            raise result
        values[index] = result


async def settled(awaitable: Awaitable[Any]) -> Any:  # noqa: ANN401  a value, or the error of it
    """Await one value in this task, and give what it gives or raises.

    What is awaited may take a cancellation for a failure of its own, and answer it with an error or
    a value. The task is to end all the same.
    """
    task = asyncio.current_task()
    before = task.cancelling() if task else 0
    try:
        result = await awaitable
    except Exception as error:  # noqa: BLE001  it becomes an error of the field
        result = error
    if task and task.cancelling() > before:
        raise asyncio.CancelledError
    return result


def close_unbegun(values: Iterable[object]) -> None:
    """Put away coroutines that will never be begun, so that nobody is warned of them."""
    for value in values:
        if iscoroutine(value) and getcoroutinestate(value) == CORO_CREATED:
            value.close()


async def _gathered(pending: Pending) -> None:
    for error in await asyncio.gather(*pending, return_exceptions=True):
        if error is not None:
            raise error


def _coroutine(awaitable: Awaitable[Any]) -> Awaitable[Any]:
    """Something that asyncio takes for a task: anything may have an `__await__`."""
    if asyncio.iscoroutine(awaitable) or asyncio.isfuture(awaitable):
        return awaitable
    return _awaited(awaitable)


async def _awaited(awaitable: Awaitable[Any]) -> Any:  # noqa: ANN401  whatever it gives
    return await awaitable
