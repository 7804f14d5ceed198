"""Primary keys."""

import time
from datetime import UTC, datetime
from uuid import RFC_4122, UUID

from chat.identifiers import uuid7, uuid7_at


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


def test_the_id_of_a_moment_parts_those_made_before_from_those_made_later() -> None:
    before = uuid7()
    time.sleep(0.002)  # ids have more of the time than a moment here, which has milliseconds
    moment = datetime.now(UTC)
    parting = uuid7_at(moment)
    assert before < parting < uuid7()
    assert parting.version == 7
    assert parting.variant == RFC_4122
