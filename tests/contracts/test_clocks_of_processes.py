"""Processes whose clocks are hours apart, with all that drives and sweeps runs, on one database."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from chat.drafts import Checkpoint, LeaseState
from chat.live_run import LeaseLostError
from chat.live_runs import LiveRuns
from chat.model import TextPiece
from chat.options import Options
from chat.records import RunStatus
from chat.redaction import RedactionOptions, Redactor
from chat.signals import NoSignals
from chat.sweeper import Sweeper
from db.database import Database
from db.runs import SqlRunStore
from tests.chat.fakes import RecordingBus, ScriptedClient
from tests.contracts.stage import Stage, staged

# Stands still for so long that its leases have run out: a test need not wait for that.
FROZEN = Options(lease_seconds=-1, checkpoint_seconds=3600)
BRISK = Options(checkpoint_seconds=0.05)


@dataclass
class WrongClock:
    """Shows a time of day that is wrong by so much; what lasts, lasts as long as it should."""

    wrong_by: timedelta

    def now(self) -> datetime:
        """The wrong time."""
        return datetime.now(UTC) + self.wrong_by

    async def sleep(self, seconds: float) -> None:
        """Wait."""
        await asyncio.sleep(seconds)

    def later(self, seconds: float, callback: Callable[[], None]) -> asyncio.TimerHandle:
        """Call back after so many seconds."""
        return asyncio.get_running_loop().call_later(seconds, callback)


class WatchedRuns(SqlRunStore):
    """A store that tells when a lease was renewed."""

    def __init__(self, database: Database) -> None:
        """None was yet."""
        super().__init__(database)
        self.checkpointed = asyncio.Event()

    async def checkpoint(self, run_id: UUID, checkpoint: Checkpoint) -> LeaseState:
        """Renew it and tell."""
        state = await super().checkpoint(run_id, checkpoint)
        self.checkpointed.set()
        return state


class Process:
    """What drives and sweeps runs in one process."""

    def __init__(self, stage: Stage, clock: WrongClock, options: Options) -> None:
        """Its stores, its clock."""
        self._stage = stage
        self._clock = clock
        self.runs = WatchedRuns(stage.database)
        self.model = ScriptedClient()
        self.bus = RecordingBus()
        self.live = LiveRuns(
            runs=self.runs,
            messages=stage.messages,
            model=self.model,
            bus=self.bus,
            signals=NoSignals(),
            clock=clock,
            redactor=Redactor(RedactionOptions()),
            options=options,
        )
        self.sweeper = Sweeper(runs=self.runs, live=self.live, clock=clock, options=options)

    async def take(self) -> UUID:
        """Accept a send and drive its run."""
        draft = self._stage.draft(None, lease=self.live.lease(), now=self._clock.now())
        opened = await self.runs.open(draft)
        self.live.take(opened)
        return opened.run.id


@asynccontextmanager
async def process(url: str, stage: Stage, hours: int, options: Options) -> AsyncIterator[Process]:
    """A process on the database, whose clock is so many hours wrong."""
    database = await Database.open(url)
    made = Process(Stage(database, stage.user), WrongClock(timedelta(hours=hours)), options)
    try:
        yield made
    finally:
        await made.live.close()
        await database.close()


@pytest.fixture
async def stage(database_url: str) -> AsyncIterator[Stage]:
    """A user on a fresh database."""
    async with staged(database_url) as made:
        yield made


@pytest.mark.parametrize(("here", "there"), [(-1, 1), (1, -1), (0, 1), (1, 0)])
async def test_a_run_that_goes_on_is_swept_by_no_process(
    stage: Stage, database_url: str, here: int, there: int
) -> None:
    async with (
        process(database_url, stage, here, BRISK) as one,
        process(database_url, stage, there, BRISK) as other,
    ):
        gate = asyncio.Event()
        one.model.plays(TextPiece("Hel"), gate, TextPiece("lo"))
        run_id = await one.take()
        assert await other.sweeper.sweep() == 0
        await asyncio.wait_for(one.runs.checkpointed.wait(), 30)
        assert await other.sweeper.sweep() == 0
        gate.set()
        turn = await asyncio.wait_for(one.live.finished(run_id), 30)
        assert turn is not None
        assert (turn.run.status, turn.reply.content) == (RunStatus.COMPLETE, "Hello")


@pytest.mark.parametrize(("here", "there"), [(-1, 1), (1, -1), (0, 1), (1, 0)])
async def test_a_run_whose_process_stands_still_is_swept_and_writes_nothing_when_it_wakes(
    stage: Stage, database_url: str, here: int, there: int
) -> None:
    async with (
        process(database_url, stage, here, FROZEN) as frozen,
        process(database_url, stage, there, BRISK) as other,
    ):
        gate = asyncio.Event()
        frozen.model.plays(gate, TextPiece("Too late"))
        run_id = await frozen.take()
        finishing = asyncio.create_task(frozen.live.finished(run_id))
        assert await other.sweeper.sweep() == 1
        gate.set()
        with pytest.raises(LeaseLostError):
            await asyncio.wait_for(finishing, 30)
        run = (await stage.runs.by_id(stage.user.id, [run_id]))[run_id]
        reply = (await stage.messages.by_id(stage.user.id, [run.reply_id]))[run.reply_id]
        assert (run.status, reply.content) == (RunStatus.INTERRUPTED, "")
