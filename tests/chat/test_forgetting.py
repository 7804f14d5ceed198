"""Erasure and retention."""

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from uuid import UUID

import pytest

from chat.drafts import Erased
from chat.events import ConversationDeleted
from chat.forgetting import Erasure, Retention
from chat.identifiers import uuid7
from chat.options import Options
from chat.records import Viewer
from chat.signals import NoSignals
from chat.viewers import Viewers
from tests.chat.examples import NOW, a_conversation
from tests.chat.fake_stores import FakeConversations, FakeUsers, Tables
from tests.chat.fakes import ManualClock, RecordingBus
from tests.chat.stage import Stage, closed_gate

KEPT_FOR = timedelta(days=30)


class Attic:
    """Conversations, some of them old."""

    def __init__(self, store: type[FakeConversations] = FakeConversations) -> None:
        """Nothing is kept yet."""
        self.tables = Tables()
        self.store = store(self.tables)
        self.bus, self.clock = RecordingBus(), ManualClock()
        self.options = Options(retention_days=30)

    def retention(self) -> Retention:
        """What is tested."""
        return Retention(
            conversations=self.store, bus=self.bus, clock=self.clock, options=self.options
        )

    def keep(self, days: int) -> UUID:
        """A conversation that was touched so many days ago."""
        touched = NOW - timedelta(days=days)
        conversation = a_conversation(uuid7(), updated_at=touched)
        self.tables.put(conversation)
        return conversation.id


async def _found(viewer: Viewer | None) -> Viewer | None:
    return viewer


async def test_erasing_stops_runs_forgets_the_user_and_ends_subscriptions() -> None:
    stage = Stage()
    stage.model.plays(closed_gate())
    turn = await stage.send()
    users = FakeUsers([stage.user])
    users.erased = Erased((turn.conversation.id,), 2)
    viewers = Viewers(signals=NoSignals(), seconds=60)
    known = Viewer(stage.user, None, None)
    assert await viewers.of("hash", partial(_found, known), now=NOW) == known
    erasure = Erasure(users=users, live=stage.live_runs, bus=stage.bus, viewers=viewers)
    assert await erasure.erase(stage.user.id) == users.erased
    assert users.known == {}
    assert await viewers.of("hash", partial(_found, None), now=NOW) is None
    assert stage.live_runs.ids == frozenset()
    gone = turn.conversation.id
    assert stage.bus.published[-1] == (gone, ConversationDeleted(gone))


async def test_what_nobody_touched_for_so_long_is_deleted_and_the_rest_is_kept() -> None:
    attic = Attic()
    old, young = attic.keep(31), attic.keep(29)
    assert await attic.retention().delete_untouched(KEPT_FOR) == 1
    assert list(attic.tables.conversations) == [young]
    assert attic.bus.events == [ConversationDeleted(old)]


async def test_what_is_touched_in_the_last_moment_is_kept() -> None:
    attic = Attic()
    attic.store.touched.add(attic.keep(31))
    assert await attic.retention().delete_untouched(KEPT_FOR) == 0
    assert attic.bus.events == []


async def test_it_looks_at_once_and_then_again_and_again(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.INFO)
    attic = Attic()
    attic.keep(31)
    retention = attic.retention()
    retention.start()
    await attic.clock.until_asleep(attic.options.retention_pause_seconds)
    assert attic.tables.conversations == {}
    attic.keep(31)
    await attic.clock.let_pass(attic.options.retention_pause_seconds)
    await attic.clock.until_asleep(attic.options.retention_pause_seconds)
    assert attic.tables.conversations == {}
    await attic.clock.let_pass(attic.options.retention_pause_seconds)
    await attic.clock.until_asleep(attic.options.retention_pause_seconds)
    await retention.close()
    assert len(caplog.records) == 2


class BrokenOnce(FakeConversations):
    """A store that fails the first time."""

    calls = 0

    async def untouched(self, since: datetime) -> Sequence[tuple[UUID, UUID]]:
        """Fail once."""
        self.calls += 1
        if self.calls == 1:
            raise ConnectionError
        return await super().untouched(since)


async def test_a_look_that_fails_is_logged_and_the_next_one_works(
    caplog: pytest.LogCaptureFixture,
) -> None:
    attic = Attic(BrokenOnce)
    attic.keep(31)
    retention = attic.retention()
    retention.start()
    await attic.clock.let_pass(attic.options.retention_pause_seconds)
    await attic.clock.until_asleep(attic.options.retention_pause_seconds)
    await retention.close()
    assert attic.tables.conversations == {}
    assert caplog.records[0].levelno == logging.ERROR


async def test_without_a_setting_everything_is_kept() -> None:
    attic = Attic()
    attic.options = replace(attic.options, retention_days=None)
    attic.keep(3000)
    retention = attic.retention()
    retention.start()
    await asyncio.wait_for(retention.close(), 1)
    assert len(attic.tables.conversations) == 1
