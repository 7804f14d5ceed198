"""What plans await, at the same time or not at all, and what a cancellation does."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from inspect import CORO_CLOSED, getcoroutinestate
from typing import Any

import pytest
from graphql import ExecutionResult, GraphQLSchema, build_schema, parse

from executor.plan import compile_plan
from tests.executor.random_values import Later

SCHEMA = build_schema("""
type Query { a: String b: String must: String! nest: Query list: [Query] later: Query }
type Mutation { a: String b: String }
""")
Resolver = Callable[..., Any]


async def executed(text: str, root: object, schema: GraphQLSchema = SCHEMA) -> ExecutionResult:
    return await compile_plan(schema, parse(text)).execute(root, None, {})


class Meeting:
    """Resolvers that all have to be there before one of them goes on."""

    def __init__(self, count: int) -> None:
        self._barrier = asyncio.Barrier(count)
        self.begun = asyncio.Event()
        self.cancelled = 0

    async def come(self, _info: object) -> str:
        await self._barrier.wait()
        return "met"

    async def stay(self, _info: object) -> str:
        self.begun.set()
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            self.cancelled += 1
            raise
        return "never"


async def test_a_plan_with_nothing_to_await_does_not_suspend() -> None:
    execution = compile_plan(SCHEMA, parse("{ a nest { b } }")).execute({"nest": {}}, None, {})
    with pytest.raises(StopIteration) as end:
        execution.send(None)
    assert end.value.value.data == {"a": None, "nest": {"b": None}}


async def test_one_thing_at_a_time_is_awaited_in_the_task_that_executes() -> None:
    tasks = set()

    async def a(_info: object) -> str:
        tasks.add(asyncio.current_task())
        await asyncio.sleep(0)
        return "A"

    await executed("{ nest { nest { a } } }", {"nest": {"nest": {"a": a}}})
    assert tasks == {asyncio.current_task()}


async def test_fields_items_and_what_is_below_them_are_awaited_at_the_same_time() -> None:
    meeting = Meeting(6)
    there = {"a": meeting.come}
    root = {
        "a": meeting.come,
        "b": meeting.come,
        "nest": there,
        "list": [there, Later(lambda: there, 1)],
    }
    root |= {"later": Later(lambda: there, 2)}
    text = "{ a b nest { a } list { a } later { a } }"
    async with asyncio.timeout(10):
        result = await executed(text, root)
    assert result.errors is None


async def test_a_slow_field_does_not_hold_up_what_is_below_a_quick_one() -> None:
    reached = asyncio.Event()

    async def slow(_info: object) -> str:
        await reached.wait()
        return "slow"

    async def quick(_info: object) -> dict[str, Any]:
        return {"a": deep}

    async def deep(_info: object) -> str:
        reached.set()
        return "deep"

    async with asyncio.timeout(10):
        result = await executed("{ a nest { a } }", {"a": slow, "nest": quick})
    assert result.data == {"a": "slow", "nest": {"a": "deep"}}


@pytest.mark.parametrize(
    "text",
    [
        "{ a }",
        "{ a b }",
        "{ nest { a } }",
        "{ list { a } }",
        "{ a list { a b } later { a } }",
        "mutation { a b }",
    ],
)
async def test_cancelling_the_task_cancels_all_that_was_begun_and_comes_out(text: str) -> None:
    meeting = Meeting(1)
    there = {"a": meeting.stay, "b": meeting.stay}
    root = {**there, "nest": there, "list": [there, there], "later": Later(lambda: there, 1)}
    executing = asyncio.create_task(executed(text, root))
    await meeting.begun.wait()
    begun = asyncio.all_tasks()
    executing.cancel()
    with pytest.raises(asyncio.CancelledError):
        await executing
    assert all(task.done() for task in begun - {asyncio.current_task()})
    assert meeting.cancelled > 0


@pytest.mark.parametrize("text", ["{ a }", "{ a b }", "{ list { a } }", "mutation { a b }"])
@pytest.mark.parametrize("answer", ["an error", "a value"])
async def test_a_cancellation_that_a_resolver_answers_comes_out_all_the_same(
    text: str, answer: str
) -> None:
    begun = asyncio.Event()

    async def stubborn(_info: object) -> str:
        begun.set()
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            if answer == "an error":
                raise OSError("lost") from None
        return "kept"

    there = {"a": stubborn, "b": stubborn}
    executing = asyncio.create_task(executed(text, {**there, "list": [there, there]}))
    await begun.wait()
    executing.cancel()
    with pytest.raises(asyncio.CancelledError):
        await executing


async def test_a_time_limit_inside_of_a_resolver_is_an_error_of_its_field() -> None:
    async def hasty(_info: object) -> str:
        async with asyncio.timeout(0):
            await asyncio.Event().wait()
        return "never"

    for text in ("{ a }", "{ a b }"):
        result = await executed(text, {"a": hasty, "b": "B"})
        assert result.data is not None
        assert result.data["a"] is None
        assert result.errors is not None
        assert isinstance(result.errors[0].original_error, TimeoutError)


@pytest.mark.parametrize("text", ["{ a }", "{ a b }", "{ list { a } }"])
async def test_something_that_was_cancelled_by_others_ends_the_execution(text: str) -> None:
    gone: asyncio.Future[str] = asyncio.get_running_loop().create_future()
    gone.cancel()
    there = {"a": lambda _info: gone, "b": lambda _info: gone}
    with pytest.raises(asyncio.CancelledError):
        await executed(text, {**there, "list": [there, there]})


@pytest.mark.parametrize("text", ["{ a b }", "{ nest { a b } b }", "{ list { a b } }"])
async def test_coroutines_that_were_not_begun_when_the_task_was_cancelled_are_put_away(
    text: str,
) -> None:
    """Otherwise Python warns of each."""
    made: list[Coroutine[Any, Any, str]] = []

    def kept(_info: object) -> Coroutine[Any, Any, str]:
        made.append(_text())
        return made[-1]

    there = {"a": kept, "b": kept}
    root = {**there, "nest": there, "list": [there, there]}
    executing = asyncio.create_task(executed(text, root))
    # Both are done in one turn of the loop: what the execution begins would begin in the next one.
    asyncio.get_running_loop().call_soon(executing.cancel)
    with pytest.raises(asyncio.CancelledError):
        await executing
    assert made
    assert {getcoroutinestate(one) for one in made} == {CORO_CLOSED}


async def test_what_only_looks_awaitable_is_an_error_of_its_field() -> None:
    class Odd:
        def __init__(self) -> None:
            self.__await__ = None

    for text in ("{ a }", "{ a b }"):
        result = await executed(text, {"a": Odd(), "b": Later(lambda: "B", 1)})
        assert result.errors is not None
        assert "can't be used in 'await' expression" in result.errors[0].message


async def test_the_same_future_may_be_the_value_of_several_fields() -> None:
    shared: Awaitable[str] = asyncio.ensure_future(_text())
    root = {"a": shared, "b": shared, "nest": {"a": shared}}
    assert (await executed("{ a b nest { a } }", root)).data == {
        "a": "text",
        "b": "text",
        "nest": {"a": "text"},
    }


async def _text() -> str:
    await asyncio.sleep(0)
    return "text"


async def test_executions_of_one_plan_at_the_same_time_do_not_meet() -> None:
    plan = compile_plan(SCHEMA, parse("{ a nest { a b } must }"))

    def root(number: int) -> dict[str, Any]:
        value = Later(lambda: None if number % 3 == 0 else f"{number}", number % 4)
        return {"a": value, "nest": {"a": value}, "must": value}

    results = await asyncio.gather(*[plan.execute(root(number), None, {}) for number in range(30)])
    for number, result in enumerate(results):
        if number % 3:
            assert result.data is not None
            assert result.data["must"] == f"{number}"
        else:
            assert (result.data, len(result.errors or ())) == (None, 1)
