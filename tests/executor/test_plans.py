"""What can be compiled, what is told to resolvers, and subscriptions."""

import gc
import weakref
from collections.abc import AsyncGenerator
from typing import Any

import orjson
import pytest
import strawberry
from graphql import (
    ExecutionResult,
    Executor,
    GraphQLResolveInfo,
    GraphQLSchema,
    build_schema,
    execute_subscription_event,
    parse,
    validate,
)

from executor.errors import NotCompilableError
from executor.plan import BoundPlan, compile_plan
from executor.plans import DocumentPlans
from tests.executor.comparing import Case, by_graphql_core, by_plan, encoded

SCHEMA = build_schema("""
directive @defer(if: Boolean) on FRAGMENT_SPREAD | INLINE_FRAGMENT
directive @custom on FIELD | QUERY | FRAGMENT_DEFINITION
interface Being { a(x: Int): String }
type Animal implements Being { a(x: Int): String b: Being }
type Query { a(x: Int): String beings: [[Being]] }
""")


@pytest.mark.parametrize(
    "text",
    [
        "{ ... @defer { a } }",
        "{ ...F @defer } fragment F on Query { a }",
        "{ a @custom }",
        "query @custom { a }",
        "{ ...F } fragment F on Query @custom { a }",
        "query A { a } query B { a }",
        "mutation { a }",
        "{ a } type Other { a: Int }",
        "query ($x: Int) @experimental_disableErrorPropagation { a(x: $x) }",
        "{ " + "beings { " * 70 + "a" + " }" * 70 + " }",
        "{ ...F } fragment F on Query { ...F }",
    ],
)
def test_what_plans_do_not_do_is_refused_when_it_is_compiled(text: str) -> None:
    with pytest.raises(NotCompilableError):
        compile_plan(SCHEMA, parse(text))


def test_an_operation_that_is_not_there_is_refused() -> None:
    with pytest.raises(NotCompilableError):
        compile_plan(SCHEMA, parse("query A { a }"), "B")


async def test_resolvers_are_told_what_graphql_core_tells_them() -> None:
    infos: list[GraphQLResolveInfo[Any]] = []

    def a(info: GraphQLResolveInfo[Any], **_: object) -> None:
        infos.append(info)

    schema = build_schema("""
    interface Being { a(x: Int): String b: Being }
    type Animal implements Being { a(x: Int): String b: Being }
    type Query { a(x: Int): String beings: [[Being]] }
    """)
    animal = {"__typename": "Animal", "a": a}
    animal["b"] = {"__typename": "Animal", "a": a}
    root = {"a": a, "beings": [[None, animal], [animal]]}
    text = """query Q($x: Int = 5) {
      ...F first: a(x: $x)
    } fragment F on Query { first: a(x: $x) beings { ... on Animal { second: a b { a } } } }"""
    case = Case(schema=schema, document=parse(text), variables={"x": 7}, root=lambda _: root)
    await by_graphql_core(case, awaiting=True)
    count = len(infos)
    await by_plan(case, awaiting=True)
    told = {tuple(info.path.as_list()): info for info in infos[:count]}
    assert len(infos) == 2 * count == 10
    for info in infos[count:]:
        expected = told[tuple(info.path.as_list())]
        for name in (
            "field_name",
            "field_nodes",
            "return_type",
            "parent_type",
            "path",
            "schema",
            "fragments",
            "root_value",
            "operation",
            "variable_values",
            "abort_signal",
        ):
            assert getattr(info, name) == getattr(expected, name), name
        assert info.context.awaiting
        assert not info.is_awaitable(1)


@strawberry.type
class Event:
    """An event."""

    number: int

    @strawberry.field
    async def doubled(self, info: strawberry.Info, times: int = 2) -> int:
        """With an argument."""
        if self.number == 2:
            raise ValueError(f"{info.path.as_list()}")
        return self.number * times


@strawberry.type
class Query:
    """A schema needs one."""

    one: int = 1


@strawberry.type
class Subscription:
    """Events."""

    @strawberry.subscription
    async def events(self) -> AsyncGenerator[Event, None]:
        """Never called: events are given."""
        yield Event(number=0)


EVENTS: GraphQLSchema = strawberry.Schema(query=Query, subscription=Subscription)._schema  # noqa: SLF001


async def test_events_of_a_subscription_get_the_same_answers() -> None:
    document = parse("subscription ($t: Int!) { e: events { number doubled(times: $t) } }")
    plan = compile_plan(EVENTS, document)
    executor = Executor.build(EVENTS, document, raw_variable_values={"t": 3})
    assert isinstance(executor, Executor)
    bound = plan.bind({"t": 3})
    assert isinstance(bound, BoundPlan)
    for payload in (Event(number=1), Event(number=2), None, Event(number="x")):  # type: ignore[arg-type]
        executor._relevant_sub_fields = {}  # noqa: SLF001  it would remember those of other events
        expected = execute_subscription_event(executor.build_per_event_executor(payload))
        if not isinstance(expected, ExecutionResult):
            expected = await expected
        assert encoded(await bound.execute(payload, None)) == encoded(expected)
        assert encoded(await plan.execute_event(payload, None, {"t": 3})) == encoded(expected)


async def test_what_is_wrong_with_variables_is_told_and_nothing_is_run() -> None:
    document = parse("query ($x: Int!) { a(x: $x) }")
    plan = compile_plan(SCHEMA, document)
    assert isinstance(plan.bind({"x": "1"}), list)
    result = await plan.execute(None, None, {"x": "1"})
    assert result.data is None
    assert orjson.dumps([error.formatted for error in result.errors or ()])


class Sent:
    """A value that a client sent."""


async def test_a_plan_keeps_nothing_that_was_sent_with_an_operation() -> None:
    schema = build_schema("""
    scalar Anything
    type Query { a(x: Anything): String b: String }
    """)
    text = "query ($x: Anything, $b: Boolean!) { a(x: $x) b @include(if: $b) }"
    plan = compile_plan(schema, parse(text))
    sent = Sent()
    gone = weakref.ref(sent)
    root = {"a": lambda _info, x: type(x).__name__}
    result = await plan.execute(root, None, {"x": sent, "b": False})
    assert result.data == {"a": "Sent"}
    del sent, result
    gc.collect()
    assert gone() is None


def test_a_document_keeps_a_plan_for_each_of_its_operations() -> None:
    plans = DocumentPlans(SCHEMA, parse("query A { a } query B { x: a @custom }"))
    assert plans.plan("A") is plans.plan("A")
    assert plans.plan("B") is None
    assert plans.plan(None) is None
    for number in range(100):
        assert plans.plan(f"no such operation {number}") is None
    assert plans.kept <= 3


@pytest.mark.parametrize(
    ("text", "most"),
    [
        ("{ a }", 1),
        ("query A { a } query B { a }", 2),
        ("query A ($f: Boolean!) { a @skip(if: $f) } query B { a }", 6),
        ("query ($f: Boolean!, $g: Boolean!) { a @skip(if: $f) b: a @include(if: $g) }", 4),
        ("{ a @custom }", 0),
    ],
)
def test_a_document_says_how_many_plans_may_come_of_it(text: str, most: int) -> None:
    assert DocumentPlans(SCHEMA, parse(text)).most_variants == most


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("subscription ($x: Int) { e(x: $x) { a(x: 1) } }", ()),
        ("subscription ($x: Int, $y: Int) { e(x: $x) { a(x: $y) } }", ("y",)),
        ("subscription ($x: Int) { e(x: $x) { ...F } } fragment F on E { l(of: [1, $x]) }", ("x",)),
        ("subscription ($x: Int) { e(x: 1) { ... on E { i(in: {x: [$x]}) } } }", ("x",)),
        ("subscription ($x: Int) { ...F } fragment F on Subscription { e(x: $x) { z } }", ("x",)),
        ("subscription ($f: Boolean!) { e(x: 1) { z a(x: 1) @skip(if: $f) } }", ("f",)),
    ],
)
def test_a_plan_says_which_variables_decide_what_is_answered_to_an_event(
    text: str, names: tuple[str, ...]
) -> None:
    schema = build_schema("""
        type Query { z: Int }
        type Subscription { e(x: Int): E }
        input I { x: [Int] }
        type E { z: Int a(x: Int): Int l(of: [Int]): Int i(in: I): Int }
    """)
    document = parse(text)
    assert not validate(schema, document)
    assert compile_plan(schema, document).event_variables == names


@pytest.mark.parametrize("waits", [False, True])
async def test_a_plan_says_whether_anything_had_to_be_awaited(*, waits: bool) -> None:
    async def later() -> int:
        return 1

    schema = build_schema("type Query { a: Int } type Subscription { a: Int }")
    bound = compile_plan(schema, parse("subscription { a }")).bind({})
    assert isinstance(bound, BoundPlan)
    result, waited = await bound.executed({"a": later() if waits else 1}, None)
    assert result.data == {"a": 1}
    assert waited is waits
