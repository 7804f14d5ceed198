"""Who holds a token is remembered for a moment, and forgotten at once when that ends."""

from datetime import timedelta
from uuid import UUID

import pytest

from chat.identifiers import uuid7
from chat.records import Viewer
from chat.signals import NoSignals
from chat.viewers import Viewers
from tests.chat.examples import NOW, a_user, a_viewer

SECONDS = 2.0
VIEWER = a_viewer()


class CalledOut(NoSignals):
    """Keeps what is called out."""

    def __init__(self) -> None:
        """Nothing yet."""
        self.ids: list[UUID] = []

    async def account_changed(self, id_: UUID) -> None:
        """Keep it."""
        self.ids.append(id_)


class Door:
    """Lets viewers in, and counts how often the store is asked."""

    def __init__(self, viewer: Viewer | None = VIEWER) -> None:
        """Whoever has a token is this viewer."""
        self.signals = CalledOut()
        self.viewers = Viewers(signals=self.signals, seconds=SECONDS)
        self.viewer = viewer
        self.asked = 0

    async def look_up(self) -> Viewer | None:
        """What the store says."""
        self.asked += 1
        return self.viewer

    async def enter(self, token_hash: str = "hash", *, after: float = 0) -> Viewer | None:  # noqa: S107
        """Who holds the token, so many seconds later."""
        now = NOW + timedelta(seconds=after)
        return await self.viewers.of(token_hash, self.look_up, now=now)


async def test_the_store_is_asked_once_in_a_moment_for_each_token() -> None:
    door = Door()
    entered = [await door.enter(after=seconds) for seconds in (0, 0.5, 1.9)]
    assert entered == [VIEWER] * 3
    assert door.asked == 1
    await door.enter("another")
    assert door.asked == 2


async def test_after_a_moment_it_is_asked_again() -> None:
    door = Door()
    await door.enter()
    door.viewer = None
    assert await door.enter(after=SECONDS) is None


async def test_a_clock_that_is_set_back_makes_the_moment_no_longer() -> None:
    door = Door()
    await door.enter()
    door.viewer = None
    assert await door.enter(after=-3600) is None


async def test_a_token_that_runs_out_is_not_remembered_for_longer() -> None:
    expires_at = NOW + timedelta(seconds=1)
    door = Door(Viewer(VIEWER.user, VIEWER.token, expires_at))
    await door.enter()
    door.viewer = None
    assert await door.enter(after=0.9) is not None
    assert await door.enter(after=1) is None


async def test_whoever_is_unknown_is_looked_up_each_time() -> None:
    door = Door(None)
    assert [await door.enter() for _ in range(3)] == [None] * 3
    assert door.asked == 3


def ids_of(viewer: Viewer) -> list[UUID]:
    """What a viewer may be forgotten by."""
    assert viewer.token is not None
    return [viewer.user.id, viewer.token.id]


@pytest.mark.parametrize("id_", ids_of(VIEWER))
async def test_a_viewer_is_forgotten_by_token_and_by_user_and_others_are_told(id_: UUID) -> None:
    door = Door()
    await door.enter()
    await door.viewers.forget(id_)
    door.viewer = None
    assert await door.enter() is None
    assert door.signals.ids == [id_]


async def test_what_others_tell_is_not_told_again() -> None:
    door = Door()
    await door.enter()
    door.viewers.account_changed(VIEWER.user.id)
    await door.enter()
    assert (door.asked, door.signals.ids) == (2, [])


async def test_others_are_remembered_all_the_same() -> None:
    door = Door()
    await door.enter()
    await door.viewers.forget(uuid7())
    await door.enter()
    assert door.asked == 1


async def test_what_was_read_before_a_change_and_came_after_it_is_not_remembered() -> None:
    door = Door()

    async def slow() -> Viewer | None:
        door.viewers.account_changed(VIEWER.user.id)
        return VIEWER

    assert await door.viewers.of("hash", slow, now=NOW) == VIEWER
    door.viewer = None
    assert await door.enter() is None


async def test_the_memory_has_an_end() -> None:
    door = Door()
    for number in range(10_001):
        await door.enter(str(number))
    await door.enter("10000")
    assert door.asked == 10_001
    await door.enter("0")
    assert door.asked == 10_002


async def test_for_no_time_nothing_is_remembered() -> None:
    viewers, user = Viewers(signals=NoSignals(), seconds=0), a_user()
    asked = 0

    async def look_up() -> Viewer | None:
        nonlocal asked
        asked += 1
        return Viewer(user, None, None)

    for _ in range(2):
        await viewers.of("hash", look_up, now=NOW)
    assert asked == 2
