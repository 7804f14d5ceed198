"""An alarm does the one thing that is to be done, when it is due."""

import asyncio

from web.alarm import Alarm

SOON, LATER = 0.01, 0.03


async def test_it_does_what_it_was_set_to_when_the_time_is_over() -> None:
    loop, rung = asyncio.get_running_loop(), asyncio.Event()
    alarm, begun = Alarm(loop), loop.time()
    alarm.set(SOON, rung.set)
    assert alarm.is_set
    await rung.wait()
    assert loop.time() - begun >= SOON - 0.001
    assert not alarm.is_set


async def test_what_is_set_later_takes_the_place_of_what_was_set_before() -> None:
    loop, rung = asyncio.get_running_loop(), asyncio.Event()
    wrong: list[None] = []
    alarm, begun = Alarm(loop), loop.time()
    alarm.set(SOON, lambda: wrong.append(None))
    alarm.set(LATER, rung.set)
    await rung.wait()
    assert loop.time() - begun >= LATER - 0.001
    assert not wrong


async def test_it_comes_sooner_when_it_is_set_to() -> None:
    rung = asyncio.Event()
    alarm = Alarm(asyncio.get_running_loop())
    alarm.set(3600, rung.set)
    alarm.set(SOON, rung.set)
    await rung.wait()


async def test_nothing_happens_after_it_was_stopped_until_it_is_set_again() -> None:
    loop, rung = asyncio.get_running_loop(), asyncio.Event()
    wrong: list[None] = []
    alarm = Alarm(loop)
    alarm.set(SOON, lambda: wrong.append(None))
    alarm.stop()
    assert not alarm.is_set
    await asyncio.sleep(LATER)
    alarm.set(SOON, rung.set)
    await rung.wait()
    assert not wrong


async def test_at_its_end_it_leaves_nothing_behind() -> None:
    wrong: list[None] = []
    alarm = Alarm(asyncio.get_running_loop())
    alarm.set(SOON, lambda: wrong.append(None))
    alarm.end()
    await asyncio.sleep(LATER)
    assert not wrong
