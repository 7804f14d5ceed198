"""How long a server is waited for: looked at now and then, and exact all the same."""

import asyncio

import pytest

from adapters.patience import Patience

LONG = 60.0
SHORT = 0.01


@pytest.mark.parametrize(
    ("idle_seconds", "total_seconds"),
    [pytest.param(SHORT, LONG, id="than silence is borne"), pytest.param(LONG, SHORT, id="in all")],
)
async def test_who_waits_longer_is_given_up(idle_seconds: float, total_seconds: float) -> None:
    patience = Patience(idle_seconds=idle_seconds, total_seconds=total_seconds)
    given_up = asyncio.Event()
    with patience.watched(given_up.set):
        patience.begin()
        await given_up.wait()


async def test_silence_that_is_bounded_later_is_noticed_in_time() -> None:
    patience = Patience(idle_seconds=LONG, total_seconds=LONG)
    given_up = asyncio.Event()
    with patience.watched(given_up.set):
        patience.renew(SHORT)
        patience.begin()
        await given_up.wait()


async def test_time_that_nobody_waits_is_not_the_servers_silence() -> None:
    idle, waiting = (Patience(idle_seconds=one, total_seconds=LONG) for one in (SHORT, 2 * SHORT))
    given_up, later = asyncio.Event(), asyncio.Event()
    with idle.watched(given_up.set), waiting.watched(later.set):
        waiting.begin()
        await later.wait()
        idle.begin()
        idle.end()
        assert not given_up.is_set()


async def test_once_the_patience_is_worn_out_nobody_waits_any_more() -> None:
    patience = Patience(idle_seconds=LONG, total_seconds=0)
    with pytest.raises(TimeoutError):
        patience.begin()
