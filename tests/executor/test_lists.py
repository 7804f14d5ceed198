"""Lists, and what is taken for one."""

from collections.abc import AsyncIterator, Callable, Iterator
from itertools import product
from typing import Any

import pytest

from tests.executor.checking import perhaps_later, same, told

TYPES = ("[Int]", "[Int]!", "[Int!]", "[Int!]!", "[[Int!]]", "[[Int]!]!")


class Countdown:
    """An iterator of its own kind, which may break off."""

    def __init__(self, *, broken: bool = False) -> None:
        self._left = 3
        self._broken = broken

    def __iter__(self) -> "Countdown":
        return self

    def __next__(self) -> int:
        self._left -= 1
        if self._left == 0 and self._broken:
            raise OSError("broke off")
        if self._left < 0:
            raise StopIteration
        return self._left


def generated(*items: object) -> Iterator[object]:
    yield from items


async def generated_later(*items: object) -> AsyncIterator[object]:
    for item in items:
        if item == "raise":
            raise OSError("broke off")
        yield item


LISTS: dict[str, Callable[[bool], Any]] = {
    "a list": lambda _: [1, 2],
    "an empty list": lambda _: [],
    "a list with null": lambda _: [1, None, 2],
    "a list with an error": lambda _: [1, ValueError("bad"), 2],
    "a list that comes later": lambda later: perhaps_later(later, [1, 2]),
    "items that come later": lambda later: [perhaps_later(later, x) for x in (1, None, 2)],
    "an item that fails later": lambda later: [1, perhaps_later(later, ValueError("bad"))],
    "a tuple": lambda _: (1, 2),
    "a set": lambda _: {1},
    "a range": lambda _: range(3),
    "a generator": lambda _: generated(1, 2, None),
    "a generator of what comes later": lambda later: generated(perhaps_later(later, 1), 2),
    "an iterator": lambda _: Countdown(),
    "an iterator that breaks off": lambda _: Countdown(broken=True),
    "an asynchronous generator": lambda later: (generated_later if later else generated)(1, None),
    "lists in a list": lambda later: [[1], perhaps_later(later, [2, None]), None, (3,)],
    "null": lambda _: None,
    "an error": lambda _: ValueError("bad"),
    "a text": lambda _: "12",
    "a mapping": lambda _: {1: 2},
    "a number": lambda _: 12,
    "items of the wrong type": lambda _: [1, "x", 2.5, True],
}


@pytest.mark.parametrize(("kind", "type_"), list(product(LISTS, TYPES)))
async def test_lists_of_all_kinds_go_out_as_with_graphql_core(kind: str, type_: str) -> None:
    sdl = f"type Query {{ before: Int list: {type_} after: Int }}"

    def root(awaiting: bool) -> dict[str, Any]:
        return {"before": 1, "list": LISTS[kind](awaiting), "after": 2}

    await same(sdl, "{ before list after }", root)


async def test_what_came_before_a_list_broke_off_is_told_before() -> None:
    def items() -> Iterator[object]:
        yield "x"
        raise OSError("broke off")

    result = await same("type Query { list: [Int] }", "{ list }", lambda _: {"list": items()})
    assert result.data == {"list": None}
    assert [path for _, path in told(result)] == [["list", 0], ["list"]]


async def test_an_asynchronous_iterator_that_breaks_off_is_closed() -> None:
    class Pages:
        closed = False

        def __aiter__(self) -> "Pages":
            return self

        async def __anext__(self) -> int:
            raise OSError("broke off")

        async def aclose(self) -> None:
            self.closed = True

    made: list[Pages] = []

    def root(awaiting: bool) -> dict[str, Any]:
        if not awaiting:
            return {"list": Countdown(broken=True)}
        made.append(Pages())
        return {"list": made[-1]}

    result = await same("type Query { list: [String!] }", "{ list }", root)
    assert told(result) == [("broke off", ["list"])]
    assert [pages.closed for pages in made] == [True, True]
