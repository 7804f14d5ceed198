"""A run that is ended from outside: what came so far is kept."""

import asyncio
from uuid import UUID

import pytest

from chat.drafts import Checkpoint, LeaseState
from chat.error_codes import ErrorCode
from chat.errors import ModelError, RunInterruptedError
from chat.live_run import Ending
from chat.model import Finished, TextPiece
from chat.records import MessageStatus, RunStatus, UsageSource
from tests.chat.fake_runs import FakeRuns
from tests.chat.fake_stores import Tables
from tests.chat.stage import Stage, closed_gate

CHECKPOINT_SECONDS = 7.0
REFUSED = ModelError(ErrorCode.MODEL_AUTHENTICATION)


@pytest.mark.parametrize("ending", [RunStatus.STOPPED, RunStatus.INTERRUPTED])
async def test_ending_a_run_keeps_its_text_and_closes_the_request(ending: Ending) -> None:
    stage = Stage()
    stage.model.plays(TextPiece("Hal"), closed_gate())
    live = stage.live(await stage.opened())
    driving = asyncio.create_task(live.drive())
    await stage.until_told("Hal")
    live.end(ending)
    turn = await driving
    assert (turn.run.status, turn.reply.content) == (ending, "Hal")
    assert turn.reply.status == MessageStatus(ending.value)
    assert turn.reply.usage_source is UsageSource.ESTIMATED
    assert stage.model.closed == 1


@pytest.mark.parametrize(
    ("ending", "error"),
    [(RunStatus.STOPPED, type(None)), (RunStatus.INTERRUPTED, RunInterruptedError)],
)
async def test_a_stopped_run_is_no_error_and_an_interrupted_one_is(
    ending: Ending, error: type[object]
) -> None:
    stage = Stage()
    live = stage.live(await stage.opened())
    live.end(ending)
    assert type((await live.drive()).error) is error


async def test_the_first_ending_counts() -> None:
    stage = Stage()
    stage.model.plays(TextPiece("Hal"), closed_gate())
    live = stage.live(await stage.opened())
    driving = asyncio.create_task(live.drive())
    await stage.until_told("Hal")
    live.end(RunStatus.STOPPED)
    live.end(RunStatus.INTERRUPTED)
    assert (await driving).run.status is RunStatus.STOPPED


async def test_a_run_that_is_ended_before_it_begins_never_asks_the_model() -> None:
    stage = Stage()
    live = stage.live(await stage.opened())
    live.end(RunStatus.STOPPED)
    turn = await live.drive()
    assert (turn.run.status, turn.reply.content) == (RunStatus.STOPPED, "")
    assert not stage.model.requests


async def test_a_run_that_never_asked_the_model_costs_nothing() -> None:
    stage = Stage()
    live = stage.live(await stage.opened())
    live.end(RunStatus.STOPPED)
    turn = await live.drive()
    assert turn.tokens_used is None
    assert turn.reply.usage_source is None


async def test_ending_a_run_that_is_settled_changes_nothing() -> None:
    stage = Stage()
    stage.model.plays(TextPiece("Hello"))
    live = stage.live(await stage.opened())
    turn = await live.drive()
    live.end(RunStatus.STOPPED)
    assert stage.tables.runs[turn.run.id].status is RunStatus.COMPLETE


class SlowToRollBack(FakeRuns):
    """A store whose checkpoint hangs, and when it is cancelled takes its time to roll back."""

    def __init__(self, tables: Tables, journal: list[str]) -> None:
        """Nothing hangs yet."""
        super().__init__(tables, journal)
        self.hangs = asyncio.Event()
        self.cancelled = asyncio.Event()
        self.may_roll_back = asyncio.Event()

    async def checkpoint(self, run_id: UUID, checkpoint: Checkpoint) -> LeaseState:
        """Hang."""
        self.hangs.set()
        try:
            return await asyncio.Future[LeaseState]()
        finally:
            self.cancelled.set()
            await self.may_roll_back.wait()


@pytest.mark.parametrize(
    ("last", "status"),
    [
        (Finished("stop"), RunStatus.COMPLETE),
        (ModelError(ErrorCode.MODEL_TIMEOUT, answered=True), RunStatus.FAILED),
    ],
)
async def test_a_stop_that_comes_after_the_last_word_does_not_change_how_the_run_ended(
    last: Finished | ModelError, status: RunStatus
) -> None:
    stage = Stage(make_runs=SlowToRollBack)
    assert isinstance(stage.runs, SlowToRollBack)
    gate = closed_gate()
    stage.model.plays(TextPiece("Whole"), gate, last)
    live = stage.live(await stage.opened())
    driving = asyncio.create_task(live.drive())
    await stage.clock.let_pass(CHECKPOINT_SECONDS)
    await stage.runs.hangs.wait()
    gate.set()
    await stage.runs.cancelled.wait()
    live.end(RunStatus.STOPPED)
    stage.runs.may_roll_back.set()
    assert (await driving).run.status is status
