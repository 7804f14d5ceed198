"""Variables and arguments: coerced, defaulted, refused, as graphql-core does."""

from itertools import product
from typing import Any

import pytest

from tests.executor.checking import same, told

SDL = """
enum Size { SMALL LARGE }
input Point { x: Int! y: Int = 7 next: Point sizes: [Size!] = [SMALL] }
input One @oneOf { a: Int b: String }
type Query {
  text(value: String): String
  must(value: String!): String
  number(value: Int = 3): String
  share(value: Float): String
  flag(value: Boolean): String
  id(value: ID): String
  size(value: Size = LARGE): String
  point(value: Point): String
  points(value: [Point!]): String
  grid(value: [[Int]]): String
  one(value: One): String
}
"""
TYPES = {
    "text": "String",
    "must": "String!",
    "number": "Int",
    "share": "Float",
    "flag": "Boolean",
    "id": "ID",
    "size": "Size",
    "point": "Point",
    "points": "[Point!]",
    "grid": "[[Int]]",
    "one": "One",
}
VALUES: tuple[Any, ...] = (
    None,
    "text",
    "",
    12,
    2**31,
    1.0,
    1.5,
    float("inf"),
    True,
    "SMALL",
    {"x": 1},
    {"x": 1, "y": None, "next": {"x": 2, "sizes": []}},
    {"x": "1"},
    {"y": 1},
    {"x": 1, "z": 2},
    [{"x": 1}, {"x": 2, "next": None}],
    [{"x": 1}, {"x": "2"}, None],
    [[1, None], None, [2]],
    {"a": 1},
    {"a": 1, "b": "x"},
    [],
)


class Echo:
    """Fields that answer with their arguments."""

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401  a method for every field
        if name.startswith("_"):
            raise AttributeError(name)
        return lambda _info, **arguments: repr(arguments)


ROOT = Echo()


@pytest.mark.parametrize(("field", "value"), list(product(TYPES, VALUES)))
async def test_variables_of_all_types_and_values(field: str, value: object) -> None:
    text = f"query ($v: {TYPES[field]}) {{ {field}(value: $v) }}"
    await same(SDL, text, lambda _: ROOT, {"v": value})


@pytest.mark.parametrize("field", [field for field in TYPES if field != "must"])
async def test_variables_that_are_not_given_leave_their_place_to_defaults(field: str) -> None:
    type_ = TYPES[field]
    for declared in (type_, f"{type_} = null"):
        text = f"query ($v: {declared}) {{ {field}(value: $v) x: {field} }}"
        await same(SDL, text, lambda _: ROOT, {})
        await same(SDL, text, lambda _: ROOT, {"other": 1})


async def test_a_default_of_a_variable_stands_for_what_is_not_given() -> None:
    text = """query ($a: String = "x", $b: Point = {x: 5, next: {x: 6}}, $c: Size = SMALL) {
      text(value: $a) point(value: $b) size(value: $c)
    }"""
    result = await same(SDL, text, lambda _: ROOT, {})
    assert result.data is not None
    assert result.data["text"] == "{'value': 'x'}"
    await same(SDL, text, lambda _: ROOT, {"a": None, "b": None, "c": None})


async def test_a_variable_that_must_be_given_is_told_of_when_it_is_not() -> None:
    text = "query ($v: String!) { must(value: $v) }"
    for variables in ({}, {"v": None}, {"v": 1}):
        result = await same(SDL, text, lambda _: ROOT, variables)
        assert result.data is None
        assert result.errors is not None
        assert "$v" in result.errors[0].message


async def test_no_more_than_fifty_faults_of_variables_are_told() -> None:
    text = "query ($v: [Point!]) { points(value: $v) }"
    result = await same(SDL, text, lambda _: ROOT, {"v": [{"x": "bad"}] * 60})
    assert len(result.errors or ()) == 51


async def test_null_for_an_argument_by_a_variable_fails_its_field_only() -> None:
    text = 'query ($v: String = "x") { must(value: $v) text(value: $v) }'
    result = await same(SDL, text, lambda _: ROOT, {"v": None})
    assert result.data == {"must": None, "text": "{'value': None}"}
    ((message, path),) = told(result)
    assert "must not be null" in message or "non-null" in message
    assert path == ["must"]


async def test_variables_may_stand_inside_of_literals() -> None:
    text = """query ($x: Int!, $y: Int, $s: [Size!]) {
      point(value: {x: $x, y: $y, next: {x: 1, sizes: $s}})
      points(value: [{x: $x}, {x: 2, y: $y}])
      grid(value: [[$y, 1], null])
    }"""
    await same(SDL, text, lambda _: ROOT, {"x": 3})
    await same(SDL, text, lambda _: ROOT, {"x": 3, "y": None, "s": ["SMALL"]})
    await same(SDL, text, lambda _: ROOT, {"x": 3, "y": 4})


async def test_a_resolver_that_changes_its_arguments_changes_them_for_no_other() -> None:
    class Greedy:
        def points(self, _info: object, value: list[Any]) -> str:
            value.append("more")
            return repr(value)

    root = {"many": [Greedy(), Greedy()]}
    for text in ("[{x: 1}]", "[{x: $x}]"):
        document = f"query ($x: Int! = 1) {{ many {{ points(value: {text}) number(value: $x) }} }}"
        result = await same(f"{SDL} extend type Query {{ many: [Query] }}", document, root)
        assert result.data is not None
        first, second = result.data["many"]
        assert first == second
