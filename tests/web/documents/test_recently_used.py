"""A memory that forgets what was not asked for the longest time."""

from hypothesis import given
from hypothesis import strategies as st

from web.documents.recently_used import RecentlyUsed


def test_the_least_recently_used_makes_room() -> None:
    memory: RecentlyUsed[int] = RecentlyUsed(capacity=2, weight=100)
    memory.put("a", 1, weight=1)
    memory.put("b", 2, weight=1)
    assert memory.get("a") == 1
    memory.put("c", 3, weight=1)
    assert [memory.get(key) for key in "abc"] == [1, None, 3]


def test_a_heavy_value_takes_the_place_of_many() -> None:
    memory: RecentlyUsed[int] = RecentlyUsed(capacity=10, weight=10)
    for key in "abc":
        memory.put(key, 0, weight=3)
    memory.put("d", 4, weight=7)
    assert [memory.get(key) for key in "abcd"] == [None, None, 0, 4]
    memory.put("e", 5, weight=11)
    assert [memory.get(key) for key in "cde"] == [None, None, 5]


def test_a_value_that_is_replaced_weighs_nothing_any_more() -> None:
    memory: RecentlyUsed[int] = RecentlyUsed(capacity=10, weight=10)
    for weight in (8, 2, 8, 2):
        memory.put("a", weight, weight=weight)
    memory.put("b", 1, weight=8)
    assert (memory.get("a"), memory.get("b"), len(memory)) == (2, 1, 2)


@given(st.lists(st.tuples(st.sampled_from("abcdefgh"), st.integers(0, 9))))
def test_neither_bound_is_ever_passed_by_more_than_the_newest(
    puts: list[tuple[str, int]],
) -> None:
    memory: RecentlyUsed[int] = RecentlyUsed(capacity=4, weight=12)
    for key, weight in puts:
        memory.put(key, weight, weight=weight)
        kept = [found for each in "abcdefgh" if (found := memory.get(each)) is not None]
        assert len(kept) == len(memory) <= 4
        assert sum(kept) <= 12
        assert memory.get(key) == weight
