"""Runs whose process went away are settled, and their readers told."""

import asyncio
import logging
from collections.abc import Collection
from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

import pytest

from chat.drafts import Lease, OnBusy, OpenedRun, RunOutcome, SettledRun
from chat.errors import StoreUnavailableError
from chat.events import MessageFinished
from chat.history import HistoryLimits
from chat.model import TextPiece
from chat.records import RunStatus
from chat.sweeper import Sweeper
from tests.chat.examples import NOW
from tests.chat.fake_runs import FakeRuns
from tests.chat.stage import Stage, closed_gate


def sweeper_of(stage: Stage, *, alone: bool = True) -> Sweeper:
    return Sweeper(
        runs=stage.runs,
        live=stage.live_runs,
        clock=stage.clock,
        options=stage.options,
        alone=alone,
    )


async def abandoned(stage: Stage) -> None:
    """A run whose lease has run out."""
    opened = await stage.opened()
    run = stage.tables.runs[opened.run.id]
    stage.tables.runs[run.id] = replace(run, lease_expires_at=NOW - timedelta(seconds=1))


async def test_a_run_whose_lease_ran_out_is_interrupted_and_its_readers_told() -> None:
    stage = Stage()
    await abandoned(stage)
    assert await sweeper_of(stage).sweep() == 1
    [run] = stage.tables.runs.values()
    assert run.status is RunStatus.INTERRUPTED
    reply = stage.tables.messages[run.reply_id]
    assert stage.bus.published[-1] == (run.conversation_id, MessageFinished(reply))
    assert await sweeper_of(stage).sweep() == 0


async def test_a_run_whose_lease_is_good_is_left_alone() -> None:
    stage = Stage()
    await stage.opened()
    assert await sweeper_of(stage).sweep() == 0


async def test_it_sweeps_at_once_and_then_again_and_again(
    caplog: pytest.LogCaptureFixture,
) -> None:
    stage = Stage()
    await abandoned(stage)
    sweeper = sweeper_of(stage)
    sweeper.start()
    await stage.clock.until_asleep(stage.options.sweep_seconds)
    assert [run.status for run in stage.tables.runs.values()] == [RunStatus.INTERRUPTED]
    await abandoned(stage)
    await stage.clock.let_pass(stage.options.sweep_seconds)
    await stage.clock.until_asleep(stage.options.sweep_seconds)
    assert {run.status for run in stage.tables.runs.values()} == {RunStatus.INTERRUPTED}
    await sweeper.close()
    assert [record.levelno for record in caplog.records] == [logging.WARNING] * 2


async def test_a_sweep_that_finds_nothing_says_nothing(caplog: pytest.LogCaptureFixture) -> None:
    stage = Stage()
    sweeper = sweeper_of(stage)
    sweeper.start()
    await stage.clock.until_asleep(stage.options.sweep_seconds)
    await sweeper.close()
    assert caplog.records == []


class BrokenOnce(FakeRuns):
    """A store that fails at the first sweep."""

    sweeps = 0

    async def interrupt_expired(
        self, now: datetime, *, sparing: Collection[UUID] = ()
    ) -> list[SettledRun]:
        """Fail once."""
        self.sweeps += 1
        if self.sweeps == 1:
            raise ConnectionError
        return await super().interrupt_expired(now, sparing=sparing)


async def test_a_sweep_that_fails_is_logged_and_the_one_after_the_next_takes_leases_again(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Nobody could renew a lease while the store was away: who lives has a while to do so."""
    stage = Stage(make_runs=BrokenOnce)
    await abandoned(stage)
    sweeper = sweeper_of(stage)
    sweeper.start()
    await stage.clock.let_pass(stage.options.sweep_seconds)
    await stage.clock.until_asleep(stage.options.sweep_seconds)
    assert [run.status for run in stage.tables.runs.values()] == [RunStatus.RUNNING]
    await stage.clock.let_pass(stage.options.sweep_seconds)
    await stage.clock.until_asleep(stage.options.sweep_seconds)
    await sweeper.close()
    assert [run.status for run in stage.tables.runs.values()] == [RunStatus.INTERRUPTED]
    assert caplog.records[0].levelno == logging.ERROR


async def test_what_waits_is_started_by_the_first_sweep_that_finds_the_store_back() -> None:
    stage = Stage(make_runs=BrokenOnce)
    stage.model.plays(TextPiece("Two"))
    first = await stage.opened()
    conversation = first.conversation.id
    second = await stage.opened(conversation_id=conversation, on_busy=OnBusy.ENQUEUE)
    await stage.runs.settle(first.run.id, RunOutcome("here", RunStatus.COMPLETE, "One", NOW))
    sweeper = sweeper_of(stage)
    sweeper.start()
    await stage.clock.let_pass(stage.options.sweep_seconds)
    await stage.bus.until(lambda: stage.tables.runs[second.run.id].status.final)
    await sweeper.close()
    assert stage.tables.messages[second.reply.id].content == "Two"


async def test_closing_what_was_never_started_is_nothing() -> None:
    await asyncio.wait_for(sweeper_of(Stage()).close(), 1)


async def test_what_waited_behind_a_lost_run_is_started_here() -> None:
    stage = Stage()
    stage.model.plays(TextPiece("Two"))
    first = await stage.opened()
    conversation = first.conversation.id
    second = await stage.opened(conversation_id=conversation, on_busy=OnBusy.ENQUEUE)
    expired = replace(first.run, lease_expires_at=NOW - timedelta(seconds=1))
    stage.tables.put(expired)
    assert await sweeper_of(stage).sweep() == 1
    await stage.bus.until(lambda: stage.tables.runs[second.run.id].status.final)
    assert stage.tables.messages[second.reply.id].content == "Two"


async def test_what_waits_and_nobody_has_started_is_started_here() -> None:
    stage = Stage()
    stage.model.plays(TextPiece("Two"))
    first = await stage.opened()
    conversation = first.conversation.id
    second = await stage.opened(conversation_id=conversation, on_busy=OnBusy.ENQUEUE)
    await stage.runs.settle(first.run.id, RunOutcome("here", RunStatus.COMPLETE, "One", NOW))
    assert await sweeper_of(stage).sweep() == 0
    await stage.bus.until(lambda: stage.tables.runs[second.run.id].status.final)
    assert stage.tables.messages[second.reply.id].content == "Two"


async def test_a_sweep_leaves_the_runs_of_its_own_process_to_it() -> None:
    stage = Stage()
    stage.model.plays(closed_gate())
    turn = await stage.send()
    stage.tables.put(replace(turn.run, lease_expires_at=NOW - timedelta(seconds=1)))
    assert await sweeper_of(stage).sweep() == 0
    await stage.live_runs.close()
    assert stage.tables.runs[turn.run.id].status is RunStatus.INTERRUPTED


class Stubborn(FakeRuns):
    """A store in which one run cannot be started."""

    stubborn: UUID | None = None
    error: Exception = IndexError()

    async def start(
        self, run_id: UUID, *, lease: Lease, history: HistoryLimits
    ) -> OpenedRun | None:
        """Fail for that one."""
        if run_id == self.stubborn:
            raise self.error
        return await super().start(run_id, lease=lease, history=history)


async def with_two_that_wait() -> tuple[Stage, Stubborn, OpenedRun]:
    """The first of two runs whose turn it is cannot be started; the other one."""
    stage = Stage(make_runs=Stubborn)
    stage.model.plays(TextPiece("Two"))
    waiting: list[OpenedRun] = []
    for _ in range(2):
        first = await stage.opened()
        conversation = first.conversation.id
        waiting.append(await stage.opened(conversation_id=conversation, on_busy=OnBusy.ENQUEUE))
        await stage.runs.settle(first.run.id, RunOutcome("here", RunStatus.COMPLETE, "One", NOW))
    assert isinstance(stage.runs, Stubborn)
    stage.runs.stubborn = waiting[0].run.id
    return stage, stage.runs, waiting[1]


async def test_a_run_that_cannot_be_started_keeps_no_other_from_starting(
    caplog: pytest.LogCaptureFixture,
) -> None:
    stage, _, other = await with_two_that_wait()
    assert await sweeper_of(stage).sweep() == 0
    await stage.bus.until(lambda: stage.tables.runs[other.run.id].status.final)
    assert stage.tables.messages[other.reply.id].content == "Two"
    assert "a run could not be started" in caplog.text


async def test_a_store_that_is_away_is_not_asked_to_start_the_others() -> None:
    stage, runs, other = await with_two_that_wait()
    runs.error = StoreUnavailableError()
    with pytest.raises(StoreUnavailableError):
        await sweeper_of(stage).sweep()
    assert stage.tables.runs[other.run.id].status is RunStatus.QUEUED


async def test_beside_others_the_first_sweep_takes_no_lease_and_the_next_one_does() -> None:
    """It may have started as a store came back that was away: who lives has a while to renew."""
    stage = Stage()
    await abandoned(stage)
    sweeper = sweeper_of(stage, alone=False)
    sweeper.start()
    await stage.clock.until_asleep(stage.options.sweep_seconds)
    assert [run.status for run in stage.tables.runs.values()] == [RunStatus.RUNNING]
    await stage.clock.let_pass(stage.options.sweep_seconds)
    await stage.clock.until_asleep(stage.options.sweep_seconds)
    await sweeper.close()
    assert [run.status for run in stage.tables.runs.values()] == [RunStatus.INTERRUPTED]
