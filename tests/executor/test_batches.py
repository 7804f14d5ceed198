"""Fields with a batch form: called once for all parents."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest
import strawberry
from graphql import ExecutionResult, parse

from executor.plan import compile_plan
from tests.executor import garden
from tests.executor.random_garden import Gardener


@dataclass
class Calls:
    """The context: what the batch forms were called with."""

    seen: list[tuple[list[Any], dict[str, Any], str]] = field(default_factory=list)
    answer: Any = None


Info = strawberry.Info[Calls, None]


async def _later(parents: "Sequence[Item]", info: Info, **arguments: object) -> Any:  # noqa: ANN401
    return _now(parents, info, **arguments)


def _now(parents: "Sequence[Item]", info: Info, **arguments: object) -> Any:  # noqa: ANN401
    info.context.seen.append(([one.number for one in parents], arguments, info.field_name))
    if isinstance(info.context.answer, Exception):
        raise info.context.answer
    if info.context.answer is not None:
        return info.context.answer
    return [ValueError("seven") if one.number == 7 else one.number * 10 for one in parents]


@strawberry.input
class Factor:
    """An input, which comes as an object."""

    by: int = 2


@strawberry.type
class Item:
    """Something with a number."""

    number: int

    @strawberry.field(metadata={"batch": _later})
    def later(self, factor: Factor | None = None, plain_text: str = "x") -> int | None:
        """Never called here."""
        raise AssertionError

    @strawberry.field(metadata={"batch": _now})
    def now(self) -> int:
        """Never called here."""
        raise AssertionError


@strawberry.type
class Group:
    """Items in a list."""

    items: list[Item]


@strawberry.type
class Query:
    """Groups in a list."""

    @strawberry.field
    def groups(self, upto: int = 3) -> list[Group]:
        """Groups with the numbers below one another."""
        return [
            Group(items=[Item(number=3 * one + two) for two in range(3)]) for one in range(upto)
        ]


_MADE = strawberry.Schema(query=Query)
SCHEMA = _MADE._schema  # noqa: SLF001  Strawberry offers no other way


async def executed(text: str, calls: Calls, **variables: object) -> ExecutionResult:
    return await compile_plan(SCHEMA, parse(text)).execute(None, calls, variables)


async def test_a_batch_form_is_called_once_for_all_parents_of_all_lists() -> None:
    calls = Calls()
    result = await executed("{ groups { items { number later } } }", calls)
    assert calls.seen == [(list(range(9)), {"factor": None, "plain_text": "x"}, "later")]
    assert result.data is not None
    found = [item["later"] for group in result.data["groups"] for item in group["items"]]
    assert found == [0, 10, 20, 30, 40, 50, 60, None, 80]
    assert [error.path for error in result.errors or ()] == [["groups", 2, "items", 1, "later"]]


async def test_arguments_come_as_a_resolver_would_get_them() -> None:
    calls = Calls()
    text = """query ($f: Factor) {
      groups(upto: 1) { items { a: later(factor: {by: 5}, plainText: "t") b: later(factor: $f) } }
    }"""
    await executed(text, calls, f={"by": 3})
    assert calls.seen == [
        ([0, 1, 2], {"factor": Factor(by=5), "plain_text": "t"}, "later"),
        ([0, 1, 2], {"factor": Factor(by=3), "plain_text": "x"}, "later"),
    ]


async def test_an_error_of_one_parent_nulls_what_it_must_and_no_more() -> None:
    result = await executed("{ groups { items { now } } }", Calls())
    assert result.data is None
    assert [error.path for error in result.errors or ()] == [["groups", 2, "items", 1, "now"]]


@pytest.mark.parametrize("name", ["later", "now"])
async def test_a_batch_form_that_fails_fails_the_field_of_every_parent(name: str) -> None:
    text = f"{{ groups(upto: 1) {{ items {{ {name} }} }} }}"
    result = await executed(text, Calls(answer=OSError("down")))
    errors = result.errors or []
    assert {error.message for error in errors} == {"down"}
    assert len(errors) == (3 if name == "later" else 1)


@pytest.mark.parametrize("answer", [[1, 2], 5, [1, 2, 3, 4]])
async def test_a_batch_form_that_gives_no_value_for_each_parent_fails(answer: object) -> None:
    result = await executed("{ groups(upto: 1) { items { later } } }", Calls(answer=answer))
    assert len(result.errors or ()) == 3


async def test_the_garden_gets_the_same_by_resolvers_and_in_batches() -> None:
    """That this holds for all documents is what the random ones show."""
    plan = compile_plan(garden.SCHEMA, parse("{ trees { name doubled(by: 3) } }"))
    result = await plan.execute(Gardener("7", awaiting=False).query(), None, {})
    assert result.data is None or result.data["trees"] is not None
