"""Arguments that are variables, of Strawberry's fields: they come as without a plan."""

from itertools import product
from typing import Annotated, Any

import pytest
import strawberry
from strawberry import Maybe

from tests.executor.checking import same
from tests.executor.garden import Size


@strawberry.input
class Point:
    """An input in which variables may stand."""

    x: int = 1


@strawberry.type
class Query:
    """Fields that answer with their arguments."""

    @strawberry.field
    def must(self, value: str) -> str:
        """Must be given."""
        return repr(value)

    @strawberry.field
    def may(self, value: str | None) -> str:
        """May be null, but has no default."""
        return repr(value)

    @strawberry.field
    def default(self, value: int = 7, other_value: float | None = None) -> str:
        """Has defaults."""
        return repr((value, other_value))

    @strawberry.field
    def unset(self, value: strawberry.ID | None = strawberry.UNSET) -> str:
        """Tells null from nothing."""
        return repr(value)

    @strawberry.field
    def perhaps(self, value: Maybe[str | None] = None) -> str:
        """Tells it in another way."""
        return repr(value)

    @strawberry.field
    def named(self, flag: Annotated[bool, strawberry.argument(name="theFlag")]) -> str:
        """Has another name on the wire."""
        return repr(flag)

    @strawberry.field
    def others(
        self,
        words: list[str] | None = None,
        size: Size = Size.SMALL,
        point: Point | None = None,
        value: str = "x",
    ) -> str:
        """Whose values are not what came."""
        return repr((words, size, point, value))


SCHEMA = strawberry.Schema(query=Query)._schema  # noqa: SLF001  Strawberry offers no other way
GIVEN: list[dict[str, Any]] = [{}, {"v": None}]


@pytest.mark.parametrize(
    ("field", "type_", "value"),
    [
        ("must", "String", "x"),
        ("may", "String", "x"),
        ("default", "Int", 1),
        ("unset", "ID", "x"),
        ("perhaps", "String", "x"),
    ],
)
async def test_a_variable_is_given_null_or_not_there(field: str, type_: str, value: object) -> None:
    default = f'"{value}"' if isinstance(value, str) else value
    types = [f"{type_}! = {default}", f"{type_} = {default}", f"{type_}!"]
    if field != "must":
        types += [type_, f"{type_} = null"]
    for declared, given in product(types, [*GIVEN, {"v": value}]):
        text = f"query ($v: {declared}) {{ {field}(value: $v) }}"
        await same(SCHEMA, text, Query(), given)


@pytest.mark.parametrize("given", [{}, {"a": 1}, {"b": 2}, {"a": 3, "b": 0.5}, {"b": None}])
async def test_some_arguments_are_variables_and_others_not(given: dict[str, Any]) -> None:
    text = """query ($a: Int = 5, $b: Float, $f: Boolean = true) {
      a: default(value: $a, otherValue: $b)
      b: default(value: 3, otherValue: $b)
      c: default(value: $a, otherValue: null)
      d: default(otherValue: $b)
      e: named(theFlag: $f)
    }"""
    result = await same(SCHEMA, text, Query(), given)
    assert result.errors is None


@pytest.mark.parametrize("given", [{}, {"v": "y"}, {"w": ["a"], "s": "LARGE", "x": 4}])
async def test_what_is_converted_is_left_to_strawberry(given: dict[str, Any]) -> None:
    text = """query ($v: String! = "z", $w: [String!], $s: Size! = SMALL, $x: Int! = 2) {
      a: others(value: $v, words: ["b"])
      b: others(value: $v, words: $w)
      c: others(value: $v, size: LARGE)
      d: others(value: $v, size: $s)
      e: others(value: $v, point: {x: $x})
      f: others(value: $v, point: {x: 5})
    }"""
    result = await same(SCHEMA, text, Query(), given)
    assert result.errors is None


async def test_null_by_a_variable_for_what_must_be_there_is_an_error_of_its_field() -> None:
    text = 'query ($v: String = "x") { must(value: $v) may(value: $v) }'
    result = await same(SCHEMA, text, Query(), {"v": None})
    assert [error.path for error in result.errors or ()] == [["must"]]
