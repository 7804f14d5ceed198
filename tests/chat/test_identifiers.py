"""Primary keys."""

import time
from uuid import RFC_4122, UUID

from chat.identifiers import uuid7


def ticks(key: UUID) -> int:
    """The time in a key, in 1/4096 of a millisecond."""
    return (key.int >> 80) * 4096 + (key.int >> 64 & 0xFFF)


def now() -> int:
    """The time of day, in 1/4096 of a millisecond, rounded down."""
    return time.time_ns() * 4096 // 1_000_000


def test_an_id_is_a_uuid_of_version_7() -> None:
    keys = [uuid7() for _ in range(100)]
    assert {key.version for key in keys} == {7}
    assert {key.variant for key in keys} == {RFC_4122}


def test_an_id_holds_the_time_of_its_making() -> None:
    before = now()
    key = uuid7()
    assert before <= ticks(key) <= now()


def test_an_id_made_later_sorts_later() -> None:
    keys = []
    for _ in range(200):
        keys.append(uuid7())
        while now() <= ticks(keys[-1]):
            pass
    assert keys == sorted(keys)
    assert [str(key) for key in keys] == sorted(str(key) for key in keys)


def test_ids_of_one_moment_differ() -> None:
    assert len({uuid7() for _ in range(10_000)}) == 10_000
