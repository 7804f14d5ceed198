"""Redis is there when every part reaches it, and each change is said once."""

import pytest

from adapters.redis_health import RedisHealth


def test_it_is_there_when_every_part_reaches_it() -> None:
    health = RedisHealth("one", "other")
    assert not health.connected
    health.found("one")
    assert not health.connected
    health.found("other")
    assert health.connected
    assert not health.gone.is_set()
    health.lost("one", OSError())
    assert not health.connected
    assert health.gone.is_set()


def test_changes_are_logged_once_and_without_the_words_of_errors(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level("INFO")
    health = RedisHealth("one", "other")
    for part in ("one", "other"):
        health.found(part)
    assert caplog.records == []
    for _ in range(3):
        for part in ("one", "other"):
            health.lost(part, OSError("XADD a secret"))
    for part in ("one", "other", "one"):
        health.found(part)
    assert [record.getMessage() for record in caplog.records] == ["Redis is away", "Redis is back"]
    assert "a secret" not in str([vars(record) for record in caplog.records])
