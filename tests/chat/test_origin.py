"""On whose behalf runs are driven, as the log would say it."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import pytest

from chat.drafts import OnBusy
from chat.error_codes import ErrorCode
from chat.errors import ModelError
from chat.model import TextPiece
from chat.origin import NOBODY, Origin, context_of, current, on_behalf_of
from chat.redaction import RedactionMode, RedactionOptions, Redactor
from chat.sweeper import Sweeper
from chat.turn import Turn
from tests.chat.fake_stores import Tables
from tests.chat.fakes import RecordingBus
from tests.chat.stage import Stage, closed_gate

TRACEPARENT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
REFUSED = ModelError(ErrorCode.MODEL_REJECTED)


class Listener(logging.Handler):
    """Who each entry of the log is written for."""

    def __init__(self) -> None:
        """Nothing was written."""
        super().__init__()
        self.heard: list[tuple[str, Origin]] = []

    def emit(self, record: logging.LogRecord) -> None:
        """Keep it."""
        self.heard.append((record.getMessage(), current()))


@pytest.fixture
def heard() -> Iterator[list[tuple[str, Origin]]]:
    """The entries of `chat`, each with its origin."""
    listener, logger = Listener(), logging.getLogger("chat")
    logger.addHandler(listener)
    yield listener.heard
    logger.removeHandler(listener)


@contextmanager
def request(request_id: str) -> Iterator[Origin]:
    """A request of somebody's."""
    origin = Origin(request_id)
    with on_behalf_of(origin):
        yield origin


class BrokenBus(RecordingBus):
    """Delivers nothing."""

    async def publish(self, conversation_id: object, event: object) -> None:
        """Fail."""
        raise OSError


def wordy(tables: Tables | None = None) -> Stage:
    """A stage on which every run leaves a line in the log: its bus is away."""
    redactor = Redactor(RedactionOptions(pii=RedactionMode.WARN))
    return Stage(make_bus=BrokenBus, redactor=redactor, tables=tables or Tables())


def test_a_trace_is_named_by_its_middle_part() -> None:
    assert Origin("r", TRACEPARENT).trace_id == "0af7651916cd43dd8448eb211c80319c"
    assert Origin("r").trace_id is None


def test_a_context_works_for_whom_it_is_made_whoever_makes_it() -> None:
    with request("one") as one:
        assert context_of(NOBODY).run(current) == NOBODY
        assert context_of(Origin("two")).run(current) == Origin("two")
        assert current() == one
    assert current() == NOBODY


async def test_what_a_run_logs_after_its_sender_has_gone_names_the_senders_request(
    heard: list[tuple[str, Origin]],
) -> None:
    stage = wordy()
    gate = closed_gate()
    stage.model.plays(TextPiece("Hal"), gate, RuntimeError("a fault of ours"))
    with request("one") as one:
        turn = await stage.send("a@example.org")
    stage.runs.unavailable_for = 1
    gate.set()
    await stage.clock.let_pass(0.1)
    await stage.finished(turn)
    assert {text for text, _ in heard} >= {
        "sent to the model as it was found",
        "event was not delivered",
        "run failed",
        "settling failed",
    }
    assert {origin for _, origin in heard} == {one}


async def test_a_run_that_waited_works_for_its_own_sender_and_not_for_the_one_before(
    heard: list[tuple[str, Origin]],
) -> None:
    stage = wordy()
    gate = closed_gate()
    stage.model.plays(gate)
    stage.model.plays(REFUSED)
    with request("one") as one:
        first = await stage.send()
    with request("two") as two:
        second = await _send_behind(stage, first)
    gate.set()
    await stage.runs.until(lambda: len(stage.runs.outcomes) == 2)
    await stage.live_runs.close()
    assert stage.tables.runs[second.run.id].status.final
    assert {origin for _, origin in heard} == {one, two}
    assert stage.tables.runs[second.run.id].origin == two


async def test_a_sweep_works_for_nobody_and_what_it_starts_for_its_sender(
    heard: list[tuple[str, Origin]],
) -> None:
    stage = wordy()
    stage.model.plays(closed_gate())
    with request("one"):
        first = await stage.send()
    with request("two") as two:
        second = await _send_behind(stage, first)
    elsewhere = wordy(stage.tables)
    elsewhere.model.plays(REFUSED)
    stage.runs.take_over(first.run.id)
    stage.tables.put(replace(second.conversation, active_run_id=second.run.id))
    heard.clear()
    sweeper = Sweeper(
        runs=elsewhere.runs,
        live=elsewhere.live_runs,
        clock=elsewhere.clock,
        options=elsewhere.options,
    )
    await sweeper.sweep()
    await elsewhere.runs.until(lambda: len(elsewhere.runs.outcomes) == 1)
    await elsewhere.live_runs.close()
    assert {origin for _, origin in heard} == {two}
    await stage.live_runs.close()


async def _send_behind(stage: Stage, first: Turn) -> Turn:
    conversation = first.conversation.id
    return await stage.send(conversation_id=conversation, on_busy=OnBusy.ENQUEUE)
