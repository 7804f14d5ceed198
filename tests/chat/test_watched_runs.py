"""What is measured and traced of runs."""

from typing import cast
from uuid import UUID

from chat.drafts import OnBusy
from chat.error_codes import ErrorCode
from chat.errors import ModelError
from chat.events import BusEvent
from chat.model import TextPiece, UsageReport
from chat.origin import Origin, current, on_behalf_of
from chat.records import RunStatus
from tests.chat.fake_observers import RecordingMetrics, RecordingTracing
from tests.chat.fakes import RecordingBus
from tests.chat.stage import Stage, closed_gate

REQUEST = Origin("r", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")


def watched() -> tuple[Stage, RecordingMetrics, RecordingTracing]:
    """A stage, and who watches it."""
    metrics, tracing = RecordingMetrics(), RecordingTracing()
    return Stage(metrics=metrics, tracing=tracing), metrics, tracing


async def test_a_run_that_ends_is_measured_once_and_its_span_says_how() -> None:
    stage, metrics, tracing = watched()
    stage.model.plays(TextPiece("Hal"), UsageReport(11, 7))
    with on_behalf_of(REQUEST):
        turn = await stage.send()
    done = await stage.finished(turn)
    assert metrics.ended == [(done.run, done.reply)]
    [span] = tracing.spans
    assert (span.name, span.follows, span.error, span.ended) == ("run", None, None, True)
    assert span.begun == done.run.started_at
    assert span.attributes == {
        "parley.run.id": str(turn.run.id),
        "parley.run.waited": False,
        "parley.run.status": "COMPLETE",
        "parley.run.tokens": 18,
    }


async def test_a_run_that_fails_says_the_code() -> None:
    stage, metrics, tracing = watched()
    stage.model.plays(ModelError(ErrorCode.MODEL_REJECTED))
    await stage.finished(await stage.send())
    [(run, reply)] = metrics.ended
    assert (run.status, reply.error and reply.error.code) == (RunStatus.FAILED, "MODEL_REJECTED")
    assert tracing.spans[0].error == "MODEL_REJECTED"
    assert "parley.run.tokens" not in tracing.spans[0].attributes


async def test_a_run_that_waited_has_a_trace_of_its_own_with_a_link() -> None:
    stage, metrics, tracing = watched()
    gate = closed_gate()
    stage.model.plays(gate)
    first = await stage.send()
    with on_behalf_of(REQUEST):
        second = await stage.send(conversation_id=first.conversation.id, on_busy=OnBusy.ENQUEUE)
    gate.set()
    await stage.runs.until(lambda: len(stage.runs.outcomes) == 2)
    await stage.live_runs.close()
    span = tracing.spans[1]
    assert span.attributes["parley.run.id"] == str(second.run.id)
    assert (span.follows, span.parent) == (REQUEST.traceparent, None)
    assert span.attributes["parley.run.waited"] is True
    assert [run.id for run, _ in metrics.ended] == [first.run.id, second.run.id]


class ListeningBus(RecordingBus):
    """Remembers on whose behalf it was told."""

    def __init__(self, journal: list[str]) -> None:
        """Nothing was told."""
        super().__init__(journal)
        self.origins: list[Origin] = []

    async def publish(self, conversation_id: UUID, event: BusEvent) -> None:
        """Remember who works."""
        self.origins.append(current())
        await super().publish(conversation_id, event)


async def test_what_a_run_does_is_told_of_with_its_own_trace() -> None:
    tracing = RecordingTracing()
    stage = Stage(tracing=tracing, make_bus=ListeningBus)
    bus = cast("ListeningBus", stage.bus)
    stage.model.plays(TextPiece("Hal"))
    with on_behalf_of(REQUEST):
        await stage.finished(await stage.send())
    assert set(bus.origins) == {Origin("r", tracing.spans[0].traceparent)}


async def test_a_run_that_was_lost_is_not_measured_here() -> None:
    stage, metrics, tracing = watched()
    gate = closed_gate()
    stage.model.plays(gate)
    turn = await stage.send()
    stage.runs.take_over(turn.run.id)
    gate.set()
    await stage.live_runs.close()
    assert metrics.ended == []
    assert [span.error for span in tracing.spans] == ["LeaseLostError"]


async def test_a_run_that_somebody_else_settles_is_measured_by_them() -> None:
    stage, metrics, _ = watched()
    stage.model.plays(closed_gate())
    first = await stage.send()
    second = await stage.send(conversation_id=first.conversation.id, on_busy=OnBusy.ENQUEUE)
    await stage.engine.stop(stage.user, second.run.id)
    assert [(run.id, run.status) for run, _ in metrics.ended] == [
        (second.run.id, RunStatus.STOPPED)
    ]
    await stage.live_runs.close()
