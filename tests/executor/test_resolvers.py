"""Strawberry's resolvers are called as Strawberry calls them."""

import asyncio
from collections.abc import Callable
from inspect import isawaitable
from typing import Any

import pytest
import strawberry
from graphql import GraphQLSchema, execute, parse
from strawberry.extensions import FieldExtension

from executor.plan import compile_plan


class Shouting(FieldExtension):
    """Stands between a field and its resolver."""

    def resolve(
        self, next_: Callable[..., Any], source: object, info: strawberry.Info, **kwargs: object
    ) -> str:
        """In capitals."""
        return str(next_(source, info, **kwargs)).upper()


@strawberry.input
class Words:
    """An input, which comes as an object."""

    first: str
    second: str = "2"


def _by_root(root: "Thing") -> str:
    return f"root {root.name}"


def _by_parent(parent: strawberry.Parent["Thing"], number: int = 4) -> str:
    return f"parent {parent.name} {number}"


@strawberry.type
class Thing:
    """Something with a name."""

    name: str
    by_root: str = strawberry.field(resolver=_by_root)
    by_parent: str = strawberry.field(resolver=_by_parent)

    @strawberry.field
    def by_self(self, info: strawberry.Info, words: Words | None = None) -> str:
        """Everything at once."""
        said = "" if words is None else f"{type(words).__name__} {words.first} {words.second}"
        return f"{self.name} {info.field_name} {info.path.as_list()} {said}"

    @strawberry.field
    async def later(self, text: str = "x") -> str:
        """Told later."""
        await asyncio.sleep(0)
        if text == "fail":
            raise ValueError(text)
        return f"{self.name} {text}"

    @strawberry.field(extensions=[Shouting()])
    def loud(self) -> str:
        """With something between."""
        return f"{self.name} loud"


@strawberry.type
class Query:
    """Two things."""

    @strawberry.field
    def things(self) -> list[Thing]:
        """Both."""
        return [Thing(name="a"), Thing(name="b")]


SCHEMA: GraphQLSchema = strawberry.Schema(Query)._schema  # noqa: SLF001  graphql-core's


@pytest.mark.parametrize(
    "selected",
    [
        "byRoot byParent more: byParent(number: 5)",
        "bySelf",
        'bySelf(words: {first: "1"})',
        "bySelf(words: $words)",
        "later",
        'later(text: "fail")',
        "later(text: $text)",
        "loud",
    ],
)
async def test_a_resolver_gets_what_it_asks_for(selected: str) -> None:
    document = parse(f'query ($words: Words, $text: String! = "t") {{ things {{ {selected} }} }}')
    variables = {"words": {"first": "one", "second": "two"}}
    expected: Any = execute(SCHEMA, document, variable_values=variables)
    if isawaitable(expected):
        expected = await expected
    plan = compile_plan(SCHEMA, document)
    for _ in range(2):  # the second time with what was kept of the first
        assert (await plan.execute(None, None, variables)).formatted == expected.formatted


@strawberry.type
class Counting:
    """Counts how often its field was run, by what is known of the field."""

    @strawberry.field
    def runs(self, info: strawberry.Info) -> int:
        """How often."""
        known: Any = info._raw_info.known  # type: ignore[attr-defined]  # noqa: SLF001
        known["runs"] = known.get("runs", 0) + 1
        return int(known["runs"])


async def test_what_is_found_out_of_a_field_is_known_as_long_as_there_is_the_plan() -> None:
    schema: Any = strawberry.Schema(query=Counting)._schema  # noqa: SLF001
    document = parse("{ runs again: runs }")
    plan = compile_plan(schema, document)
    for times in (1, 2):
        result = await plan.execute(Counting(), None, {})
        assert result.data == {"runs": times, "again": times}
    fresh = await compile_plan(schema, document).execute(Counting(), None, {})
    assert fresh.data == {"runs": 1, "again": 1}
