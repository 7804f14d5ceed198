"""Gardens made up from a seed, in which some things are not as their types say."""

import random
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta, timezone
from decimal import Decimal
from typing import Any, TypeVar
from uuid import UUID

import strawberry
from graphql import Undefined

from tests.executor import garden
from tests.executor.random_values import Later, PlannedError

Made = TypeVar("Made")

_ANYTHING = object()
# What resolvers read, and do not await.
_READ = frozenset({"age", "id", "neighbour", "weight"})


class OldLeaf(garden.Leaf):
    """A leaf of a class that Strawberry was not told of."""


class Gardener:
    """Makes objects. With `awaiting`, some attributes are to be awaited."""

    def __init__(self, seed: str, awaiting: bool) -> None:
        """The same seed makes the same garden."""
        self._random = random.Random(seed)  # noqa: S311  chance is wanted, not secrecy
        self._awaiting = awaiting

    def query(self) -> garden.Query:
        """The whole garden."""
        return self._make(
            garden.Query,
            trees=self._list(lambda: self.tree(0)),
            tree=self.tree(0),
            oldest=self.tree(1),
            stone=self.stone(),
            leaf=self.leaf(),
        )

    def tree(self, depth: int) -> garden.Tree | None:
        """A tree with all that hangs on it."""
        if depth > 1 or (depth == 1 and self._random.random() < 0.6):
            return None
        return self._make(
            garden.Tree,
            **self._thing(),
            neighbour=self._perhaps(self.tree(depth + 1)),
            leaf=self._perhaps(self.leaf()),
            leaves=self._list(self.leaf),
            living=self._list(lambda: self._random.choice((self.leaf(), self.tree(depth + 1)))),
            rest=self._list(
                lambda: self._random.choice((None, self.stone(), self.tree(depth + 1), self.leaf()))
            ),
            page=self._page(),
        )

    def leaf(self) -> garden.Leaf:
        """A leaf."""
        chance = self._random.random()
        leaf = self._make(
            OldLeaf if chance < 0.04 else garden.Leaf,
            **self._thing(),
            colour=self._perhaps(self._random.choice(list(garden.Colour))),
            stone=self._perhaps(self.stone()),
            stones=self._list(lambda: self._perhaps(self.stone())),
        )
        return strawberry.cast(garden.Tree, leaf) if chance > 0.98 else leaf

    def stone(self) -> garden.Stone:
        """A stone."""
        number = self._random.randrange(-500, 500)
        moment = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=number * 7919.25)
        return self._make(
            garden.Stone,
            text=f"stone {number} ä",
            count=number,
            share=number / 8,
            flag=number > 0,
            colour=self._random.choice(list(garden.Colour)),
            size=self._perhaps(self._random.choice(list(garden.Size))),
            moment=moment.astimezone(self._random.choice((UTC, timezone(timedelta(hours=5.5))))),
            day=self._perhaps(date(2026, 1, 1) + timedelta(days=number)),
            hour=time(number % 24, 30),
            key=UUID(int=abs(number)),
            price=Decimal(number) / 100,
            cents=self._perhaps(number),
            extra=self._perhaps(self._random.choice(({"a": [1, None]}, [], 1, "x"))),
            texts=self._list(lambda: f"text {self._random.random()}"),
            grid=self._list(lambda: self._list(lambda: self._perhaps(number))),
            maybe=self._perhaps("yes"),
        )

    def _page(self) -> garden.Page[garden.Leaf]:
        edges: Any = self._list(
            lambda: self._make(garden.Edge, cursor=f"{self._random.random()}", node=self.leaf())
        )
        return self._make(garden.Page, edges=edges, total=self._perhaps(3))

    def _thing(self) -> dict[str, Any]:
        number = self._random.randrange(30)
        return {"id": f"id {number}", "weight": self._perhaps(number / 2), "age": number}

    def _perhaps(self, value: Made) -> Made | None:
        return None if self._random.random() < 0.2 else value

    def _list(self, make: Callable[[], Any]) -> list[Any]:
        return [self._unusual(make()) for _ in range(self._random.randrange(3))]

    def _make(self, made_from: type[Made], **values: object) -> Made:
        """An instance without a look at the types of its values."""
        made = object.__new__(made_from)
        for name, value in values.items():
            if self._random.random() < 0.997:
                setattr(made, name, self._unusual(value, may_wait=name not in _READ))
        return made

    def _unusual(self, value: object, *, may_wait: bool = True) -> object:
        """Mostly the value itself."""
        chance = self._random.random()
        if chance < 0.04:
            odd = (None, Undefined, PlannedError("not well"), float("nan"), 2**40, True, 1, "1")
            value = self._random.choice((*odd, "x", b"", [], (), {"a": 1}, _ANYTHING, 0.5))
        if chance < 0.06 and self._awaiting and may_wait:
            return Later(lambda: _raised(value), int(chance * 100))
        return tuple(value) if chance > 0.995 and isinstance(value, list) else value


def _raised(value: object) -> object:
    if isinstance(value, Exception):
        raise value
    return value
