"""Runs that wait, that are stopped, and that may finish before the process ends."""

import asyncio
from dataclasses import replace
from datetime import datetime
from uuid import UUID

import pytest

from chat.drafts import Lease, OnBusy, OpenedRun, RunDraft, RunOutcome, StopRequest
from chat.errors import NotFoundError, ShuttingDownError, StoreUnavailableError
from chat.events import LookAgain
from chat.identifiers import uuid7
from chat.model import TextPiece
from chat.records import RunStatus
from chat.turn import Edit, Regenerate
from tests.chat.examples import NOW, a_user
from tests.chat.fake_runs import FakeRuns
from tests.chat.stage import OPTIONS, Stage, closed_gate


async def test_a_run_that_waits_is_taken_up_when_the_one_before_it_is_settled() -> None:
    stage = Stage()
    gate = closed_gate()
    stage.model.plays(gate, TextPiece("One"))
    stage.model.plays(TextPiece("Two"))
    first = await stage.send()
    conversation = first.conversation.id
    second = await stage.send(conversation_id=conversation, on_busy=OnBusy.ENQUEUE)
    assert second.run.status is RunStatus.QUEUED
    waiting = asyncio.create_task(stage.finished(second))
    await stage.clock.until_asleep(stage.options.poll_seconds)
    gate.set()
    await stage.bus.until(lambda: stage.tables.messages[second.reply.id].content == "Two")
    await stage.clock.let_pass(stage.options.poll_seconds)
    assert (await waiting).reply.content == "Two"


async def test_one_who_waits_for_a_run_that_is_taken_up_here_waits_for_it_then() -> None:
    stage = Stage()
    first_gate, second_gate = closed_gate(), closed_gate()
    stage.model.plays(first_gate, TextPiece("One"))
    stage.model.plays(TextPiece("Tw"), second_gate, TextPiece("o"))
    first = await stage.send()
    conversation = first.conversation.id
    second = await stage.send(conversation_id=conversation, on_busy=OnBusy.ENQUEUE)
    waiting = asyncio.create_task(stage.finished(second))
    await stage.clock.until_asleep(stage.options.poll_seconds)
    first_gate.set()
    await stage.until_told("OneTw")
    await stage.clock.let_pass(stage.options.poll_seconds)
    for _ in range(10):  # until the one who waits has found it
        await asyncio.sleep(0)
    second_gate.set()
    assert (await waiting).reply.content == "Two"


async def test_an_interrupting_send_stops_the_run_that_goes_on() -> None:
    stage = Stage()
    stage.model.plays(TextPiece("One"), closed_gate())
    stage.model.plays(TextPiece("Two"))
    first = await stage.send()
    await stage.until_told("One")
    conversation = first.conversation.id
    second = await stage.send(conversation_id=conversation, on_busy=OnBusy.INTERRUPT)
    await stage.bus.until(lambda: stage.tables.messages[second.reply.id].content == "Two")
    assert stage.tables.runs[first.run.id].status is RunStatus.STOPPED


async def test_a_stop_from_the_process_that_drives_the_run_is_immediate() -> None:
    stage = Stage()
    stage.model.plays(TextPiece("Hal"), closed_gate())
    turn = await stage.send()
    await stage.until_told("Hal")
    for _ in range(2):
        run = await stage.engine.stop(stage.user, turn.run.id)
        assert run.status is RunStatus.STOPPED
    assert "request_stop" not in stage.journal


async def test_a_stop_of_a_run_that_waits_settles_it_and_takes_up_the_next() -> None:
    stage = Stage()
    opened = await stage.opened(lease=Lease("another", 60))
    conversation = opened.conversation.id
    second = await stage.opened(conversation_id=conversation, on_busy=OnBusy.ENQUEUE)
    run = await stage.engine.stop(stage.user, second.run.id)
    assert run.status is RunStatus.STOPPED
    assert (await stage.engine.stop(stage.user, second.run.id)).status is RunStatus.STOPPED


async def test_a_stop_from_another_process_is_asked_for_and_waited_for() -> None:
    stage = Stage()
    opened = await stage.opened(lease=Lease("another", 60))
    stopping = asyncio.create_task(stage.engine.stop(stage.user, opened.run.id))
    await stage.clock.until_asleep(stage.options.poll_seconds)
    assert stage.tables.runs[opened.run.id].stop_requested_at == NOW
    stage.runs.take_over(opened.run.id)
    await stage.clock.let_pass(stage.options.poll_seconds)
    assert (await stopping).status.final


async def test_a_stop_from_another_process_is_called_out_and_its_answer_heard() -> None:
    stage = Stage()
    opened = await stage.opened(lease=Lease("another", 60))
    stopping = asyncio.create_task(stage.engine.stop(stage.user, opened.run.id))
    await stage.signals.until_called("stop", opened.run.id)
    assert stage.tables.runs[opened.run.id].stop_requested_at == NOW
    stage.runs.take_over(opened.run.id)
    await stage.bus.publish(opened.conversation.id, LookAgain())
    assert (await stopping).status.final


async def test_a_stop_that_is_called_out_is_found_before_the_next_checkpoint_is_due() -> None:
    stage = Stage()
    stage.model.plays(TextPiece("Hal"), closed_gate())
    turn = await stage.send()
    await stage.until_told("Hal")
    await stage.clock.until_asleep(stage.options.checkpoint_seconds)
    await stage.runs.request_stop(stage.user.id, turn.run.id, now=NOW)
    await stage.live_runs.stop_called(turn.run.id)
    finished = await stage.finished(turn)
    assert (finished.run.status, finished.reply.content) == (RunStatus.STOPPED, "Hal")


async def test_a_stop_that_is_called_out_without_being_asked_for_stops_nothing() -> None:
    stage = Stage()
    gate = closed_gate()
    stage.model.plays(TextPiece("Hal"), gate, TextPiece("lo"))
    turn = await stage.send()
    await stage.until_told("Hal")
    await stage.clock.until_asleep(stage.options.checkpoint_seconds)
    for run_id in (uuid7(), turn.run.id):
        await stage.live_runs.stop_called(run_id)
    await stage.runs.until_checkpoints(1)
    gate.set()
    finished = await stage.finished(turn)
    assert (finished.run.status, finished.reply.content) == (RunStatus.COMPLETE, "Hallo")


async def test_an_interrupting_send_calls_out_to_the_process_that_drives_the_run() -> None:
    stage = Stage()
    opened = await stage.opened(lease=Lease("another", 60))
    conversation = opened.conversation.id
    await stage.send(conversation_id=conversation, on_busy=OnBusy.INTERRUPT)
    await stage.signals.until_called("stop", opened.run.id)


async def test_a_run_whose_turn_it_is_called_out_to_be_is_started_here() -> None:
    stage = Stage()
    opened = await stage.opened(lease=Lease("another", 60))
    conversation = opened.conversation.id
    second = await stage.opened(conversation_id=conversation, on_busy=OnBusy.ENQUEUE)
    await stage.live_runs.turn_called(second.run.id)
    assert stage.live_runs.ids == frozenset()
    outcome = RunOutcome("another", RunStatus.COMPLETE, "One", NOW)
    await stage.runs.settle(opened.run.id, outcome)
    await stage.live_runs.turn_called(second.run.id)
    assert stage.live_runs.ids == {second.run.id}


async def test_a_process_that_ends_starts_nothing_that_is_called_out() -> None:
    stage = Stage()
    opened = await stage.opened(lease=Lease("another", 60))
    conversation = opened.conversation.id
    second = await stage.opened(conversation_id=conversation, on_busy=OnBusy.ENQUEUE)
    await stage.runs.settle(opened.run.id, RunOutcome("another", RunStatus.COMPLETE, "One", NOW))
    await stage.live_runs.close()
    await stage.live_runs.turn_called(second.run.id)
    assert stage.tables.runs[second.run.id].status is RunStatus.QUEUED


class EndsMeanwhile(FakeRuns):
    """A store in which a run ends just before it is asked to stop."""

    async def request_stop(
        self, user_id: UUID, run_id: UUID, *, now: datetime
    ) -> StopRequest | None:
        """Find it final."""
        self.take_over(run_id)
        return await super().request_stop(user_id, run_id, now=now)


async def test_a_stop_that_comes_too_late_calls_out_nothing() -> None:
    stage = Stage(make_runs=EndsMeanwhile)
    opened = await stage.opened(lease=Lease("another", 60))
    run = await stage.engine.stop(stage.user, opened.run.id)
    assert run.status is RunStatus.INTERRUPTED
    assert (stage.signals.called, stage.bus.events) == ([], [])


async def test_a_stop_that_nobody_answers_gives_the_run_as_it_is() -> None:
    stage = Stage(options=replace(OPTIONS, stop_polls=2))
    opened = await stage.opened(lease=Lease("another", 60))
    stopping = asyncio.create_task(stage.engine.stop(stage.user, opened.run.id))
    for _ in range(2):
        await stage.clock.let_pass(stage.options.poll_seconds)
    assert (await stopping).status is RunStatus.RUNNING


async def test_only_ones_own_runs_can_be_stopped() -> None:
    stage = Stage()
    opened = await stage.opened(lease=Lease("another", 60))
    for user, run_id in ((a_user(), opened.run.id), (stage.user, uuid7())):
        with pytest.raises(NotFoundError):
            await stage.engine.stop(user, run_id)


async def test_a_run_that_is_asked_to_stop_stops_at_its_next_checkpoint() -> None:
    stage = Stage()
    stage.model.plays(TextPiece("Hal"), closed_gate())
    turn = await stage.send()
    await stage.until_told("Hal")
    await stage.runs.request_stop(stage.user.id, turn.run.id, now=NOW)
    await stage.clock.let_pass(stage.options.checkpoint_seconds)
    finished = await stage.finished(turn)
    assert (finished.run.status, finished.reply.content) == (RunStatus.STOPPED, "Hal")


async def test_draining_lets_a_run_finish_and_leaves_what_waits_to_others() -> None:
    stage = Stage()
    gate = closed_gate()
    stage.model.plays(gate, TextPiece("All"))
    first = await stage.send()
    conversation = first.conversation.id
    second = await stage.send(conversation_id=conversation, on_busy=OnBusy.ENQUEUE)
    waiting = asyncio.create_task(stage.finished(second))
    await stage.clock.until_asleep(stage.options.poll_seconds)
    draining = asyncio.create_task(stage.live_runs.drain(60))
    gate.set()
    await draining
    assert stage.tables.runs[first.run.id].status is RunStatus.COMPLETE
    assert stage.tables.runs[second.run.id].status is RunStatus.QUEUED
    await stage.signals.until_called("turn", second.run.id)
    await stage.clock.let_pass(stage.options.poll_seconds)
    with pytest.raises(ShuttingDownError):
        await waiting


async def test_draining_interrupts_what_outlasts_the_grace_time() -> None:
    stage = Stage()
    stage.model.plays(TextPiece("Hal"), closed_gate())
    turn = await stage.send()
    await stage.until_told("Hal")
    await stage.live_runs.drain(0)
    assert stage.tables.runs[turn.run.id].status is RunStatus.INTERRUPTED


async def test_stopping_all_of_a_user_leaves_the_others_alone() -> None:
    stage = Stage()
    stage.model.plays(closed_gate())
    turn = await stage.send()
    await stage.live_runs.stop_all_of(uuid7())
    assert turn.run.id in stage.live_runs.ids
    await stage.live_runs.stop_all_of(stage.user.id)
    assert stage.live_runs.ids == frozenset()


async def test_what_waits_behind_a_run_that_is_stopped_for_good_is_not_taken_up_here() -> None:
    stage = Stage()
    stage.model.plays(closed_gate())
    first = await stage.send()
    conversation = first.conversation.id
    second = await stage.send(conversation_id=conversation, on_busy=OnBusy.ENQUEUE)
    await stage.live_runs.stop_in(conversation)
    await stage.live_runs.close()
    assert stage.tables.runs[second.run.id].status is RunStatus.QUEUED


class LostAnswer(FakeRuns):
    """A store that accepts a send and whose answer is lost, and then is away for a while."""

    async def open(self, draft: RunDraft) -> OpenedRun:
        """Accept, and tell nobody."""
        await super().open(draft)
        self.unavailable_for = 2
        raise StoreUnavailableError


async def test_a_run_that_was_accepted_without_our_knowing_is_given_back_and_costs_nothing() -> (
    None
):
    stage = Stage(make_runs=LostAnswer)
    with pytest.raises(StoreUnavailableError):
        await stage.send(idempotency_key="key")
    for pause in stage.options.give_back_pauses_seconds[:2]:
        await stage.clock.let_pass(pause)
    await stage.bus.until(lambda: bool(stage.bus.events))
    [run] = stage.tables.runs.values()
    assert run.status is RunStatus.INTERRUPTED
    assert stage.tables.messages[run.reply_id].tokens_used is None
    assert stage.model.requests == []


class NeverThere(FakeRuns):
    """A store that is away."""

    async def open(self, draft: RunDraft) -> OpenedRun:
        """Accept nothing."""
        del draft
        self.unavailable_for = 3
        raise StoreUnavailableError


@pytest.mark.parametrize("pauses", [(1.0, 2.0), (1.0, 2.0, 4.0, 8.0)])
async def test_a_send_that_was_never_accepted_leaves_nothing_to_give_back(
    pauses: tuple[float, ...],
) -> None:
    stage = Stage(make_runs=NeverThere, options=replace(OPTIONS, give_back_pauses_seconds=pauses))
    with pytest.raises(StoreUnavailableError):
        await stage.send()
    for pause in pauses[:3]:
        await stage.clock.let_pass(pause)
    await stage.live_runs.drain(5)
    assert stage.bus.events == []


async def test_a_run_that_is_no_longer_waiting_is_not_started() -> None:
    stage = Stage()
    opened = await stage.opened(lease=Lease("another", 60))
    await stage.live_runs.start_waiting(opened.run.id)
    assert stage.live_runs.ids == frozenset()


async def test_edits_and_regenerations_are_sends() -> None:
    stage = Stage()
    turn = await stage.finished(await stage.send())
    edit = Edit(turn.user_message.id, "Other")
    done = await stage.finished(await stage.engine.send(stage.user, edit))
    assert done.run.status is RunStatus.COMPLETE
    regenerate = Regenerate(turn.reply.id)
    done = await stage.finished(await stage.engine.send(stage.user, regenerate))
    assert done.run.status is RunStatus.COMPLETE
