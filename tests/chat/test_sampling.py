"""What is read off every few seconds."""

from chat.drafts import OnBusy
from chat.metrics import Count, Level, OpenRuns
from chat.records import RunStatus
from chat.sampling import Sampling
from tests.chat.fake_observers import RecordingMetrics
from tests.chat.stage import Stage, closed_gate

PAUSE = Stage().options.sample_seconds


class Parts:
    """What can be read off of a process."""

    def __init__(self, stage: Stage) -> None:
        """Nothing goes on."""
        self.level, self.total = 0.0, 0
        self.reason: str | None = None
        self.metrics = RecordingMetrics()
        self.sampling = Sampling(
            metrics=self.metrics,
            runs=stage.runs,
            clock=stage.clock,
            options=stage.options,
            unready=self.unready,
            levels={Level.RUNS_IN_PROGRESS: lambda: self.level},
            counts={Count.TRANSACTIONS_RETRIED: lambda: self.total},
        )

    async def unready(self) -> str | None:
        """Why no requests should come."""
        return self.reason


async def test_levels_are_told_as_they_are_and_counts_by_what_was_added() -> None:
    parts = Parts(Stage())
    parts.sampling.sample()
    parts.level, parts.total = 3, 2
    parts.sampling.sample()
    parts.level, parts.total = 1, 5
    parts.sampling.sample()
    assert parts.metrics.levels == {Level.RUNS_IN_PROGRESS: 1}
    assert parts.metrics.counts == {Count.TRANSACTIONS_RETRIED: 5}


async def test_what_is_open_in_the_store_is_looked_up_again_and_again() -> None:
    stage = Stage()
    stage.model.plays(closed_gate())
    first = await stage.send()
    parts = Parts(stage)
    parts.sampling.start()
    await stage.clock.until_asleep(PAUSE)
    await stage.send(conversation_id=first.conversation.id, on_busy=OnBusy.ENQUEUE)
    await stage.clock.let_pass(PAUSE)
    await stage.clock.until_asleep(PAUSE)
    await parts.sampling.close()
    await stage.live_runs.close()
    assert parts.metrics.open == [
        [OpenRuns(RunStatus.RUNNING, 1, 0)],
        [OpenRuns(RunStatus.QUEUED, 1, PAUSE), OpenRuns(RunStatus.RUNNING, 1, PAUSE)],
    ]


async def test_a_store_that_is_away_leaves_the_rest() -> None:
    stage = Stage()
    stage.runs.unavailable_for = 1
    parts = Parts(stage)
    parts.level = 7
    await parts.sampling.look()
    assert parts.metrics.levels == {Level.RUNS_IN_PROGRESS: 7, Level.READY: 1}
    assert parts.metrics.open == []


async def test_a_look_that_fails_is_followed_by_others() -> None:
    stage = Stage()
    parts = Parts(stage)
    looks: list[int] = []

    def broken() -> float:
        looks.append(1)
        if len(looks) == 1:
            raise ZeroDivisionError
        return 1

    sampling = Sampling(
        metrics=parts.metrics,
        runs=stage.runs,
        clock=stage.clock,
        options=stage.options,
        unready=parts.unready,
        levels={Level.CIRCUIT_OPEN: broken},
    )
    sampling.start()
    await stage.clock.let_pass(PAUSE)
    await stage.clock.until_asleep(PAUSE)
    await sampling.close()
    assert parts.metrics.levels == {Level.CIRCUIT_OPEN: 1, Level.READY: 1}


async def test_one_that_was_not_started_can_be_closed() -> None:
    await Parts(Stage()).sampling.close()


async def test_whether_requests_may_come_is_told() -> None:
    parts = Parts(Stage())
    told: list[float] = []
    for parts.reason in (None, "the database does not answer", None):
        await parts.sampling.look()
        told.append(parts.metrics.levels[Level.READY])
    assert told == [1, 0, 1]
