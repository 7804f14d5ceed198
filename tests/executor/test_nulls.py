"""Nulls where none may be, and errors there, make the nearest nullable ancestor null."""

from itertools import product
from typing import Any

import pytest

from tests.executor.checking import perhaps_later, same, told

SDL = """
type Query {
  value: String
  must: String!
  nest: Query
  mustNest: Query!
  list: [Query]
  mustList: [Query!]!
  grid: [[Query!]]!
}
"""
CHAIN = "nest { mustNest { mustNest { must } } }"


class Tree:
    """Values that are null, or fail, or both in turns; nests without an end."""

    def __init__(self, kind: str, awaiting: bool, number: int = 0) -> None:
        self._kind = kind
        self._awaiting = awaiting
        self._number = number

    def _leaf(self, name: str) -> object:
        if self._kind == "errors" or (self._kind == "some" and self._number % 3):
            return perhaps_later(self._awaiting, ValueError(f"{name} {self._number}"))
        return perhaps_later(self._awaiting and self._number % 2 == 0, None)

    def _next(self, step: int = 1) -> "Tree":
        return Tree(self._kind, self._awaiting, self._number + step)

    def value(self, _info: object) -> object:
        return self._leaf("value")

    def must(self, _info: object) -> object:
        return self._leaf("must")

    def nest(self, _info: object) -> object:
        return perhaps_later(self._awaiting, self._next())

    def mustNest(self, _info: object) -> object:  # noqa: N802  as the schema has it
        return self._next()

    def list(self, _info: object) -> object:
        return [perhaps_later(self._awaiting, self._next(step)) for step in range(3)]

    def mustList(self, _info: object) -> object:  # noqa: N802  as the schema has it
        return self.list(_info)

    def grid(self, _info: object) -> object:
        return [[self._next()], None, [self._next(2), perhaps_later(self._awaiting, None)]]


DOCUMENTS = (
    "{ value }",
    "{ must }",
    "{ nest { must value } value }",
    "{ nest { value must } }",
    "{ nest { value must value2: value must2: must } value }",
    f"{{ {CHAIN} x: {CHAIN} value }}",
    "{ list { value must } mustList { value } }",
    "{ value mustList { value must } x: value }",
    "{ nest { mustList { must } } list { mustList { nest { value } must } } }",
    "{ nest { list { value mustList { value mustNest { value must } } value2: value } } }",
    "{ grid { value } nest { grid { value nest { must } } } }",
    "{ grid { must } }",
    "{ nest { grid { must } value } }",
)


@pytest.mark.parametrize(
    ("kind", "document"), list(product(("nulls", "errors", "some"), DOCUMENTS))
)
async def test_nulls_and_errors_go_up_as_far_as_with_graphql_core(kind: str, document: str) -> None:
    await same(SDL, document, lambda awaiting: Tree(kind, awaiting))


async def test_the_error_of_a_place_far_inside_has_its_whole_path() -> None:
    result = await same(SDL, f"{{ {CHAIN} value }}", lambda later: Tree("errors", later))
    assert result.data == {"nest": None, "value": None}
    assert told(result) == [
        ("must 3", ["nest", "mustNest", "mustNest", "must"]),
        ("value 0", ["value"]),
    ]


async def test_errors_before_the_one_that_nulls_are_told_and_those_after_it_are_not() -> None:
    text = "{ nest { value must x: value } value }"
    result = await same(SDL, text, lambda later: Tree("errors", later))
    assert [path for _, path in told(result)] == [["nest", "value"], ["nest", "must"], ["value"]]


async def test_a_null_at_the_top_makes_the_whole_answer_null() -> None:
    result = await same(SDL, "{ value must nest { value } }", lambda later: Tree("nulls", later))
    assert result.data is None
    message = "Cannot return null for non-nullable field Query.must."
    assert told(result) == [(message, ["must"])]


async def test_what_is_told_does_not_depend_on_what_comes_first() -> None:
    """graphql-core would tell of what fails first in time."""

    async def slow(_info: object) -> Any:  # noqa: ANN401  nothing comes
        raise ValueError("slow")

    def root(awaiting: bool) -> dict[str, Any]:
        quick = {"must": ValueError("quick"), "value": slow if awaiting else ValueError("slow")}
        return {"nest": quick}

    result = await same(SDL, "{ nest { value must } }", root)
    assert told(result) == [("slow", ["nest", "value"]), ("quick", ["nest", "must"])]
