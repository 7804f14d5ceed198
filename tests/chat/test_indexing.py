"""Messages that the search does not know are looked for: all at the start, then those of late."""

import logging
from datetime import timedelta
from uuid import UUID

import pytest

from chat.identifiers import uuid7_at
from chat.indexing import Indexing
from chat.options import Options
from chat.search import SearchPage, SearchQuery
from tests.chat.examples import NOW
from tests.chat.fakes import ManualClock

STEP = 0.01


class Shelf:
    """Holds messages, made one a day until now; remembers which were looked at."""

    def __init__(self, days: int) -> None:
        """The last was made an hour ago."""
        made = [NOW - timedelta(days=day, hours=1) for day in reversed(range(days))]
        self.ids = [uuid7_at(moment) for moment in made]
        self.looked_at: list[UUID] = []
        self.fail = False

    async def search(
        self, user_id: UUID, query: SearchQuery, *, offset: int, limit: int
    ) -> SearchPage:
        """Nobody searches here."""
        raise AssertionError

    async def index_missing(self, after: UUID | None, *, limit: int) -> UUID | None:
        """The next ones."""
        if self.fail:
            raise ConnectionError
        following = [one for one in self.ids if after is None or one > after][:limit]
        self.looked_at += following
        return following[-1] if following else None


def indexing_of(shelf: Shelf, clock: ManualClock) -> Indexing:
    return Indexing(store=shelf, clock=clock, options=Options())


async def test_all_are_looked_at_in_steps_and_then_those_of_the_last_day_once_an_hour() -> None:
    shelf, clock = Shelf(days=120), ManualClock()
    indexing = indexing_of(shelf, clock)
    indexing.start()
    for _ in range(3):
        await clock.let_pass(STEP)
    await clock.until_asleep(Options().indexing_pause_seconds)
    assert shelf.looked_at == shelf.ids
    shelf.looked_at.clear()
    await clock.let_pass(Options().indexing_pause_seconds)
    await clock.let_pass(STEP)
    await clock.until_asleep(Options().indexing_pause_seconds)
    assert shelf.looked_at == shelf.ids[-1:]
    await indexing.close()


async def test_a_store_that_fails_is_asked_again_soon(caplog: pytest.LogCaptureFixture) -> None:
    shelf, clock = Shelf(days=1), ManualClock()
    shelf.fail = True
    indexing = indexing_of(shelf, clock)
    with caplog.at_level(logging.ERROR):
        indexing.start()
        await clock.until_asleep(Options().sweep_seconds)
    assert "indexing messages for the search failed" in caplog.text
    shelf.fail = False
    await clock.let_pass(Options().sweep_seconds)
    await clock.until_asleep(STEP)
    assert shelf.looked_at == shelf.ids
    await indexing.close()


async def test_what_never_began_to_look_can_be_closed() -> None:
    shelf = Shelf(days=1)
    await indexing_of(shelf, ManualClock()).close()
    assert shelf.looked_at == []
