"""One run while this process drives it: how it is read, stored and settled."""

import asyncio
import logging
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from chat.budget import text_tokens
from chat.drafts import Checkpoint, Lease, LeaseState
from chat.error_codes import ErrorCode
from chat.errors import ModelError
from chat.events import MessageDelta
from chat.live_run import LeaseLostError
from chat.model import Finished, TextPiece, UsageReport
from chat.records import MessageStatus, RunStatus, UsageSource
from tests.chat.examples import NOW
from tests.chat.fake_runs import FakeRuns
from tests.chat.stage import Stage, closed_gate

CHECKPOINT_SECONDS = 7.0
REFUSED = ModelError(ErrorCode.MODEL_AUTHENTICATION)


async def test_a_whole_reply_is_settled_as_complete() -> None:
    stage = Stage()
    stage.model.plays(TextPiece("Hel"), TextPiece("lo"), Finished("length"), UsageReport(5, 2))
    turn = await stage.live(await stage.opened()).drive()
    assert turn.run.status is RunStatus.COMPLETE
    assert turn.reply == stage.tables.messages[turn.reply.id]
    assert (turn.reply.content, turn.reply.finish_reason) == ("Hello", "length")
    assert (turn.error, turn.reply.error) == (None, None)


async def test_what_the_provider_counted_is_booked() -> None:
    stage = Stage()
    stage.model.plays(TextPiece("Hi"), UsageReport(5, 2))
    turn = await stage.live(await stage.opened()).drive()
    assert (turn.user_message.tokens_used, turn.reply.tokens_used) == (5, 2)
    assert turn.reply.usage_source is UsageSource.PROVIDER
    assert turn.tokens_used == 7


async def test_a_count_that_no_provider_can_mean_is_not_booked() -> None:
    stage = Stage()
    stage.model.plays(TextPiece("Hi"), UsageReport(5, 10**9))
    turn = await stage.live(await stage.opened()).drive()
    assert turn.reply.usage_source is UsageSource.ESTIMATED


async def test_without_a_report_an_estimate_is_booked() -> None:
    stage = Stage()
    stage.model.plays(TextPiece("Hi there, Ada"))
    opened = await stage.opened()
    turn = await stage.live(opened).drive()
    assert turn.user_message.tokens_used == opened.run.prompt_tokens
    assert turn.reply.tokens_used == text_tokens("Hi there, Ada")
    assert turn.reply.usage_source is UsageSource.ESTIMATED


@pytest.mark.parametrize(
    ("script", "booked"),
    [
        pytest.param([REFUSED], None, id="refused before it began"),
        pytest.param(
            [ModelError(ErrorCode.MODEL_UNAVAILABLE, answered=True)],
            UsageSource.ESTIMATED,
            id="broken off before the first word",
        ),
        pytest.param([TextPiece("Hal"), REFUSED], UsageSource.ESTIMATED, id="broken off midway"),
        pytest.param([UsageReport(5, 0), REFUSED], UsageSource.PROVIDER, id="refused with a bill"),
        pytest.param([RuntimeError("boom")], UsageSource.ESTIMATED, id="nobody knows"),
    ],
)
async def test_a_failure_costs_what_the_provider_may_bill(
    script: list[Any], booked: UsageSource | None
) -> None:
    stage = Stage()
    stage.model.plays(*script)
    turn = await stage.live(await stage.opened()).drive()
    assert turn.run.status is RunStatus.FAILED
    assert turn.reply.usage_source is booked
    assert (turn.tokens_used is None) == (booked is None)


async def test_a_failure_keeps_the_text_so_far_and_the_model_clients_own_error() -> None:
    stage = Stage()
    failure = ModelError(ErrorCode.MODEL_RATE_LIMITED, answered=True, retry_after_seconds=3)
    stage.model.plays(TextPiece("Hal"), failure)
    turn = await stage.live(await stage.opened()).drive()
    assert (turn.run.status, turn.reply.status) == (RunStatus.FAILED, MessageStatus.FAILED)
    assert turn.reply.content == "Hal"
    assert turn.reply.error is not None
    assert turn.reply.error.code == "MODEL_RATE_LIMITED"
    assert turn.error is failure


async def test_an_unexpected_exception_fails_the_run_as_internal_and_is_logged_once(
    caplog: pytest.LogCaptureFixture,
) -> None:
    stage = Stage()
    boom = RuntimeError("boom")
    stage.model.plays(TextPiece("Hal"), boom)
    opened = await stage.opened()
    turn = await stage.live(opened).drive()
    assert (turn.run.status, turn.reply.content) == (RunStatus.FAILED, "Hal")
    assert turn.error is not None
    assert turn.error.code is ErrorCode.INTERNAL
    assert "boom" not in str(turn.error)
    (record,) = caplog.records
    assert record.levelno == logging.ERROR
    assert record.exc_info is not None
    assert record.exc_info[1] is boom


async def test_a_friendly_failure_is_not_logged_as_an_error(
    caplog: pytest.LogCaptureFixture,
) -> None:
    stage = Stage()
    stage.model.plays(REFUSED)
    await stage.live(await stage.opened()).drive()
    assert not caplog.records


async def test_checkpoints_store_the_text_when_it_grew_and_renew_the_lease_always() -> None:
    stage = Stage()
    gate = closed_gate()
    stage.model.plays(gate, TextPiece("Hel"), TextPiece("lo"), closed_gate())
    live = stage.live(await stage.opened())
    driving = asyncio.create_task(live.drive())
    await stage.clock.let_pass(CHECKPOINT_SECONDS)
    await stage.runs.until_checkpoints(1)
    gate.set()
    await stage.until_told("Hello")
    for number in (2, 3):
        await stage.clock.let_pass(CHECKPOINT_SECONDS)
        await stage.runs.until_checkpoints(number)
    live.end(RunStatus.STOPPED)
    await driving
    assert [one.text for one in stage.runs.checkpoints] == [None, "Hello", None]
    first_token_at = NOW + timedelta(seconds=7)
    assert [one.first_token_at for one in stage.runs.checkpoints] == [
        None,
        first_token_at,
        first_token_at,
    ]
    assert [one.lease for one in stage.runs.checkpoints] == [Lease("here", 60)] * 3
    assert stage.runs.outcomes[0].first_token_at == first_token_at


async def test_a_checkpoint_that_failed_is_made_up_for_by_the_next() -> None:
    stage = Stage()
    stage.model.plays(TextPiece("Hello"), closed_gate())
    live = stage.live(await stage.opened())
    driving = asyncio.create_task(live.drive())
    await stage.until_told("Hello")
    stage.runs.unavailable_for = 1
    await stage.clock.let_pass(CHECKPOINT_SECONDS)
    await stage.clock.let_pass(CHECKPOINT_SECONDS)
    await stage.runs.until_checkpoints(1)
    live.end(RunStatus.STOPPED)
    await driving
    assert [one.text for one in stage.runs.checkpoints] == ["Hello"]


class BrokenCheckpoints(FakeRuns):
    """A store whose checkpoints fail in a way that nobody foresaw."""

    async def checkpoint(self, run_id: UUID, checkpoint: Checkpoint) -> LeaseState:
        """Fail."""
        self._wrote("broken checkpoint")
        raise RuntimeError("boom")


async def test_an_unexpected_exception_of_a_checkpoint_is_logged(
    caplog: pytest.LogCaptureFixture,
) -> None:
    stage = Stage(make_runs=BrokenCheckpoints)
    gate = closed_gate()
    stage.model.plays(TextPiece("Hello"), gate)
    driving = asyncio.create_task(stage.live(await stage.opened()).drive())
    await stage.clock.let_pass(CHECKPOINT_SECONDS)
    await stage.runs.until(lambda: "broken checkpoint" in stage.journal)
    gate.set()
    assert (await driving).run.status is RunStatus.COMPLETE
    assert [record.name for record in caplog.records] == ["chat.live_run"]


async def test_a_run_that_lost_its_lease_writes_nothing_any_more(
    caplog: pytest.LogCaptureFixture,
) -> None:
    stage = Stage()
    stage.model.plays(TextPiece("Hello"), closed_gate())
    opened = await stage.opened()
    driving = asyncio.create_task(stage.live(opened).drive())
    await stage.until_told("Hello")
    stage.runs.take_over(opened.run.id)
    await stage.clock.let_pass(CHECKPOINT_SECONDS)
    with pytest.raises(LeaseLostError):
        await driving
    assert stage.journal == ["open", "MessageDelta"]
    assert stage.tables.messages[opened.reply.id].content == ""
    assert stage.runs.settling == 0
    assert stage.model.closed == 1
    assert [record.levelno for record in caplog.records] == [logging.WARNING]


async def test_a_lease_that_was_lost_unnoticed_is_noticed_when_it_settles() -> None:
    stage = Stage()
    gate = closed_gate()
    stage.model.plays(TextPiece("Hello"), gate)
    opened = await stage.opened()
    driving = asyncio.create_task(stage.live(opened).drive())
    await stage.until_told("Hello")
    stage.runs.take_over(opened.run.id)
    gate.set()
    with pytest.raises(LeaseLostError):
        await driving
    assert stage.journal == ["open", "MessageDelta"]


async def test_settling_is_tried_again_while_the_store_is_unavailable() -> None:
    stage = Stage()
    stage.model.plays(TextPiece("Hello"))
    opened = await stage.opened()
    stage.runs.unavailable_for = 5
    driving = asyncio.create_task(stage.live(opened).drive())
    for pause in (0.1, 0.3, 1.0, 2.0, 5.0):
        await stage.clock.let_pass(pause)
    turn = await driving
    assert (turn.run.status, turn.reply.content) == (RunStatus.COMPLETE, "Hello")
    assert turn.run.finished_at == NOW
    assert stage.journal == ["open", "MessageDelta", "settle", "MessageFinished"]


async def test_deltas_count_code_points() -> None:
    stage = Stage()
    stage.model.plays(TextPiece("👍🏽"), TextPiece("e\u0301"), TextPiece("!"))
    opened = await stage.opened()
    await stage.live(opened).drive()
    assert stage.deltas == [
        MessageDelta(opened.reply.id, 0, "👍🏽"),
        MessageDelta(opened.reply.id, 2, "e\u0301"),
        MessageDelta(opened.reply.id, 4, "!"),
    ]
