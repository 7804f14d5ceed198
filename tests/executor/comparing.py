"""Runs a document on both executors, and compares the bytes that would go out."""

import asyncio
from collections.abc import Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass, field
from inspect import CORO_CLOSED, getcoroutinestate, iscoroutine
from typing import Any

import orjson
from graphql import DocumentNode, ExecutionResult, GraphQLError, GraphQLSchema, execute

from executor.awaiting import is_awaitable
from executor.plan import Plan, compile_plan

Path = tuple[str | int, ...]


@dataclass
class Timing:
    """The context: whether values have to be awaited, and the coroutines that were made."""

    awaiting: bool
    coroutines: list[Coroutine[Any, Any, Any]] = field(default_factory=list)

    def kept(self, coroutine: Coroutine[Any, Any, Any]) -> Coroutine[Any, Any, Any]:
        """The coroutine, of which it is to be seen whether it came to its end."""
        self.coroutines.append(coroutine)
        return coroutine


@dataclass(frozen=True, kw_only=True)
class Case:
    """A valid document, and what it is run with.

    `plan` is that of the document, when it is there already. `root` makes the root value anew for
    each execution: with True, values may have to be awaited, with False not.
    """

    schema: GraphQLSchema
    document: DocumentNode
    variables: Mapping[str, Any]
    root: Callable[[bool], object]
    name: str | None = None
    plan: Plan | None = None


async def by_graphql_core(case: Case, *, awaiting: bool) -> ExecutionResult:
    """What graphql-core answers."""
    result = execute(
        case.schema,
        case.document,
        root_value=case.root(awaiting),
        context_value=Timing(awaiting),
        variable_values=dict(case.variables),
        operation_name=case.name,
        is_awaitable=is_awaitable,
        middleware=None if awaiting else [_at_once],
    )
    answer = await result if is_awaitable(result) else result
    assert isinstance(answer, ExecutionResult)
    await _all_others()
    return answer


async def by_plan(case: Case, *, awaiting: bool) -> ExecutionResult:
    """What the compiled executor answers. It leaves no task or coroutine behind."""
    plan = case.plan or compile_plan(case.schema, case.document, case.name)
    timing, before = Timing(awaiting), asyncio.all_tasks()
    result = await plan.execute(case.root(awaiting), timing, case.variables)
    assert asyncio.all_tasks() <= before
    assert {getcoroutinestate(one) for one in timing.coroutines} <= {CORO_CLOSED}
    return result


def _at_once(resolve: Callable[..., Any], source: object, info: object, **arguments: object) -> Any:  # noqa: ANN401  whatever the resolver gives
    """Let a coroutine that has nothing to wait for come to its end, as if it were a function."""
    result = resolve(source, info, **arguments)
    if not iscoroutine(result):
        return result
    try:
        result.send(None)
    except StopIteration as end:
        return end.value
    raise AssertionError("Something was to be awaited.")


async def _all_others() -> None:
    """Wait for the tasks that graphql-core leaves behind."""
    while others := asyncio.all_tasks() - {asyncio.current_task()}:
        await asyncio.wait(others)


def encoded(result: ExecutionResult) -> bytes:
    """The answer as it would go out; its errors with the kinds of their causes."""
    errors = [shown(error) for error in result.errors or ()]
    return orjson.dumps({"data": result.data, "errors": errors}, default=repr)


def shown(error: GraphQLError) -> dict[str, Any]:
    """An error as it goes out, with its cause."""
    cause = error.original_error
    return {**error.formatted, "cause": None if cause is None else type(cause).__name__}


async def assert_same(case: Case) -> ExecutionResult:
    """Both answer the same. Gives the answer.

    Where graphql-core has nothing to await, and so does no timing play a part, its answer is the
    one that plans give, to the byte, whatever they have to await.

    Where it has to await, data are the same to the byte. So are the errors, in the order of the
    response, but for those at or below a null that came from an error further inside: which of them
    graphql-core tells depends on what came first. There both must tell something.
    """
    expected = await by_graphql_core(case, awaiting=False)
    bytes_expected = encoded(expected)
    assert encoded(await by_plan(case, awaiting=False)) == bytes_expected
    planned = await by_plan(case, awaiting=True)
    assert encoded(planned) == bytes_expected
    assert_alike(await by_graphql_core(case, awaiting=True), planned)
    return expected


def assert_alike(awaited: ExecutionResult, planned: ExecutionResult) -> None:
    """What graphql-core answered is what a plan answered, but for what depends on timing."""
    assert orjson.dumps(awaited.data, default=repr) == orjson.dumps(planned.data, default=repr)
    places = _nulled_from_inside(awaited) | _nulled_from_inside(planned)
    assert _certain(awaited, places) == _certain(planned, places)
    for place in places:
        assert _tells_of(awaited, place)
        assert _tells_of(planned, place)


def _certain(result: ExecutionResult, uncertain: set[Path]) -> list[dict[str, Any]]:
    """The errors that are not at or below some places, in the order of the response."""
    errors = [
        error
        for error in result.errors or ()
        if not any(_begins(error.path or [], place) for place in uncertain)
    ]
    return [shown(error) for error in sorted(errors, key=lambda error: _order(result, error))]


def _nulled_from_inside(result: ExecutionResult) -> set[Path]:
    """The places that are null because of an error further inside."""
    found: set[Path] = set()
    for error in result.errors or ():
        path = error.path or []
        inside: Any = result.data
        for depth, key in enumerate(path):
            if inside is None:
                found.add(tuple(path[:depth]))
                break
            inside = inside[key]
    return found


def _tells_of(result: ExecutionResult, place: Path) -> bool:
    return any(_begins(error.path or [], place) for error in result.errors or ())


def _begins(path: Sequence[str | int], start: Sequence[str | int]) -> bool:
    return tuple(path[: len(start)]) == tuple(start)


def _order(result: ExecutionResult, error: GraphQLError) -> list[int]:
    order: list[int] = []
    inside: Any = result.data
    for key in error.path or []:
        order.append(key if isinstance(key, int) else list(inside).index(key))
        inside = inside[key]
    return order
