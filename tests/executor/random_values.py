"""Values of any type, good and bad, drawn from what is seeded by their place.

The same place always has the same value, however often and in whatever order it is asked for. In an
execution that awaits, the value may come later: from something awaitable, an item that is one, an
asynchronous iterator.
"""

import random
from collections.abc import AsyncIterator, Callable, Generator, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from fractions import Fraction
from typing import Any

from graphql import (
    GraphQLOutputType,
    GraphQLSchema,
    Undefined,
    is_abstract_type,
    is_leaf_type,
    is_list_type,
    is_non_null_type,
)

DEEPEST = 6


class PlannedError(Exception):
    """An error that a value was drawn to be."""


class Later:
    """Something awaitable that gives its value after some turns of the loop, again and again."""

    def __init__(self, give: Callable[[], Any], turns: int) -> None:
        """`give` gives the value or raises."""
        self._give = give
        self._turns = turns

    def __await__(self) -> Generator[None, None, Any]:
        """Wait, and give."""
        for _ in range(self._turns):
            yield
        return self._give()


@dataclass(frozen=True)
class Source:
    """An object of some type; its fields are drawn when they are asked for."""

    kind: str
    seed: str
    awaiting: bool
    depth: int = 0

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401  whatever was drawn
        if name.startswith("_"):
            raise AttributeError(name)
        raise AssertionError(f"{self.kind} was asked for {name}")


def raised(value: Any) -> Any:  # noqa: ANN401  whatever was drawn
    """The value; raises it when it was drawn to be raised."""
    if isinstance(value, _Raised):
        raise PlannedError(value.text)
    return value


@dataclass(frozen=True)
class _Raised:
    text: str


class Draw:
    """Draws the value at one place."""

    def __init__(self, schema: GraphQLSchema, source: Source, place: str) -> None:
        """`place` is the field with its arguments."""
        self._schema = schema
        self._awaiting = source.awaiting
        self._depth = source.depth
        self._seed = f"{source.seed}/{place}"
        self._random = random.Random(self._seed)  # noqa: S311  chance is wanted, not secrecy

    def value(self, type_: GraphQLOutputType) -> Any:  # noqa: ANN401  whatever is drawn
        """A value for a type, perhaps one that does not fit."""
        drawn = self._value(type_)
        turns = self._random.choice((None, None, 0, 1, 3))
        if turns is None or not self._awaiting:
            return drawn
        return Later(lambda: raised(drawn), turns)

    def _value(self, type_: GraphQLOutputType) -> Any:  # noqa: ANN401
        chance = self._random.random()
        if chance < 0.02:
            return _Raised(f"raised at {self._seed}")
        if chance < 0.03:
            return PlannedError(f"returned at {self._seed}")
        if chance < (0.05 if is_non_null_type(type_) else 0.12):
            return self._random.choice((None, None, Undefined))
        return self._fitting(type_.of_type if is_non_null_type(type_) else type_)

    def _fitting(self, type_: GraphQLOutputType) -> Any:  # noqa: ANN401
        if is_list_type(type_):
            return self._list(type_.of_type)
        if is_leaf_type(type_):
            return self._leaf(type_.name)
        if is_abstract_type(type_):
            return self._object([one.name for one in self._schema.get_possible_types(type_)])
        return self._object([str(type_)])

    def _leaf(self, name: str) -> Any:  # noqa: ANN401
        if self._random.random() < 0.04:
            return self._random.choice((float("inf"), object, "", [], "12", True, -7, 2.5, b"x"))
        number = self._random.randrange(-1000, 1000)
        values: dict[str, list[Any]] = {
            "Boolean": [True, False, 0, 1],
            "Color": [1, (2,), "blau"],
            "Float": [number / 8, number, Fraction(number, 4)],
            "ID": [str(number), number],
            "Int": [number, float(number), 2**31 - 1, 2**31],
            "Moment": [datetime(2026, 1, 1, number % 24, tzinfo=UTC)],
            "Odd": [number, number, "none", "undefined", "fails"],
            "String": [f"text {number}", 'ä\n"', number, True],
        }
        return self._random.choice(values[name])

    def _object(self, names: list[str]) -> Any:  # noqa: ANN401
        if self._depth >= DEEPEST:
            return None
        chance = self._random.random()
        name = self._random.choice(names)
        if chance < 0.02:
            name = self._random.choice(("Ant", "Bee", "Cow", "Nobody"))
        elif chance < 0.03:
            return self._random.choice((1, "text", {}, object()))
        return Source(name, f"{self._random.random()}", self._awaiting, self._depth + 1)

    def _list(self, item: GraphQLOutputType) -> Any:  # noqa: ANN401
        if self._random.random() < 0.03:
            return self._random.choice((1, "text", {"a": 1}, object()))
        drawn = [self.value(item) for _ in range(self._random.randrange(4))]
        # Items that are to be raised are returned instead: raising one ends the list.
        items = [PlannedError(one.text) if isinstance(one, _Raised) else one for one in drawn]
        broken = self._random.random() < 0.05
        kind = self._random.randrange(6)
        if kind < 3 and not broken:
            return tuple(items) if kind == 2 else items
        if kind == 5 and self._awaiting:
            return _later_items(items, broken=broken)
        return _items(items, broken=broken)


def _items(items: list[Any], *, broken: bool) -> Iterator[Any]:
    yield from items
    if broken:
        raise PlannedError("the items broke off")


async def _later_items(items: list[Any], *, broken: bool) -> AsyncIterator[Any]:
    for item in items:
        await Later(lambda: None, 1)
        yield item
    if broken:
        raise PlannedError("the items broke off")
