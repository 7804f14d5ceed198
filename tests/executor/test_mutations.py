"""The root fields of a mutation are run one after the other."""

from typing import Any

from tests.executor.checking import same, told
from tests.executor.random_values import Later

SDL = """
type Query { value: Int }
type Holder { value: Int again(to: Int!): Int must(to: Int!): Int! }
type Mutation { set(to: Int!): Holder must(to: Int!): Holder! fail: Holder failMust: Holder! }
"""


class Counter:
    """A number; it is changed at once or later, and quicker the later the change was asked for."""

    def __init__(self, awaiting: bool) -> None:
        self._awaiting = awaiting
        self._turns = 9
        self.number = 0
        self.log: list[int] = []

    @property
    def value(self) -> object:
        return self.number

    def _change(self, to: int) -> "Counter":
        self.log.append(to)
        if to < 0:
            raise ValueError(f"not {to}")
        self.number = to
        return self

    def set(self, _info: object, to: int) -> Any:  # noqa: ANN401  now or later
        self._turns -= 2
        return Later(lambda: self._change(to), self._turns) if self._awaiting else self._change(to)

    def must(self, info: object, to: int) -> Any:  # noqa: ANN401  now or later
        return self.set(info, to)

    def again(self, _info: object, to: int) -> Any:  # noqa: ANN401  now or later
        return (
            Later(lambda: self._change(to).number, 3) if self._awaiting else self._change(to).number
        )

    def fail(self, _info: object) -> object:
        raise ValueError("failed")

    failMust = fail  # noqa: N815  as the schema has it


async def test_each_change_and_all_below_it_is_done_before_the_next() -> None:
    text = """mutation {
      a: set(to: 1) { again(to: 5) } b: must(to: 2) { value } c: set(to: 3) { value }
    }"""
    result = await same(SDL, text, Counter)
    assert result.data is not None
    assert list(result.data) == ["a", "b", "c"]
    assert (result.data["b"], result.data["c"]) == ({"value": 2}, {"value": 3})


async def test_changes_go_on_after_one_that_failed() -> None:
    text = "mutation { a: set(to: -1) { value } fail { value } b: must(to: 2) { value } }"
    result = await same(SDL, text, Counter)
    assert result.data == {"a": None, "fail": None, "b": {"value": 2}}
    assert told(result) == [("not -1", ["a"]), ("failed", ["fail"])]


async def test_nothing_is_changed_any_more_once_the_whole_answer_is_null() -> None:
    made: list[Counter] = []

    def root(awaiting: bool) -> Counter:
        made.append(Counter(awaiting))
        return made[-1]

    text = "mutation { a: set(to: 1) { value } b: must(to: -2) { value } c: set(to: 3) { value } }"
    result = await same(SDL, text, root)
    assert result.data is None
    assert [counter.log for counter in made] == [[1, -2]] * 4
    await same(SDL, "mutation { failMust { value } set(to: 1) { value } }", root)


async def test_an_error_inside_of_a_change_may_make_the_whole_answer_null() -> None:
    text = "mutation { a: must(to: 1) { must(to: -1) } b: set(to: 2) { value } }"
    sdl = SDL.replace("must(to: Int!): Int!", "must(to: Int!): Holder!")
    result = await same(sdl, text.replace("must(to: -1)", "must(to: -1) { value }"), Counter)
    assert result.data is None
