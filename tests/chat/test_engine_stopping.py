"""Runs that are stopped, interrupted, or lost."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from uuid import UUID

import pytest

from chat.drafts import RunOutcome, SettledRun
from chat.errors import RunInterruptedError, ShuttingDownError
from chat.events import BusEvent, ConversationDeleted, LookAgain, MessageFinished
from chat.identifiers import uuid7
from chat.model import Finished, TextPiece
from chat.records import MessageStatus, Role, RunStatus
from chat.turn import Turn
from tests.chat.fake_runs import FakeRuns
from tests.chat.stage import OPTIONS, Stage, closed_gate, other_tasks


async def test_stopping_a_conversation_settles_its_run_with_the_text_so_far() -> None:
    stage = Stage()
    stage.model.plays(TextPiece("Hal"), closed_gate())
    turn = await stage.send()
    await stage.until_told("Hal")
    await stage.live_runs.stop_in(turn.conversation.id)
    reply = stage.tables.messages[turn.reply.id]
    assert (reply.status, reply.content) == (MessageStatus.STOPPED, "Hal")
    assert (await stage.finished(turn)).run.status is RunStatus.STOPPED


async def test_stopping_a_conversation_leaves_the_others_alone() -> None:
    stage = Stage()
    gate = closed_gate()
    stage.model.plays(gate, TextPiece("Hi"))
    turn = await stage.send()
    await stage.live_runs.stop_in(uuid7())
    gate.set()
    assert (await stage.finished(turn)).run.status is RunStatus.COMPLETE


async def test_closing_interrupts_what_runs_keeps_its_text_and_takes_nothing_new() -> None:
    stage = Stage()
    stage.model.plays(TextPiece("Hal"), closed_gate())
    turn = await stage.send()
    await stage.until_told("Hal")
    await stage.live_runs.close()
    reply = stage.tables.messages[turn.reply.id]
    assert (reply.status, reply.content) == (MessageStatus.INTERRUPTED, "Hal")
    with pytest.raises(ShuttingDownError):
        await stage.send()
    await stage.live_runs.close()


async def test_closing_interrupts_a_run_that_is_just_being_accepted() -> None:
    stage = Stage()
    stage.model.plays(closed_gate())
    stage.runs.may_open.clear()
    sending = asyncio.create_task(stage.send())
    await stage.runs.until(lambda: stage.runs.opening == 1)
    closing = asyncio.create_task(stage.live_runs.close())
    stage.runs.may_open.set()
    await closing
    turn = await sending
    assert stage.tables.runs[turn.run.id].status is RunStatus.INTERRUPTED


async def test_one_who_waits_for_an_interrupted_run_gets_its_turn() -> None:
    stage = Stage()
    start = closed_gate()
    stage.model.plays(start, TextPiece("Hal"), closed_gate())
    turn = await stage.send()
    waiting = asyncio.create_task(stage.finished(turn))
    start.set()
    await stage.until_told("Hal")
    await stage.live_runs.close()
    finished = await waiting
    assert finished.reply.content == "Hal"
    assert isinstance(finished.error, RunInterruptedError)


async def test_one_who_waits_for_a_run_that_lost_its_lease_gets_the_turn_as_it_is_stored() -> None:
    stage = Stage()
    stage.model.plays(TextPiece("Hal"), closed_gate())
    turn = await stage.send()
    waiting = asyncio.create_task(stage.finished(turn))
    await stage.until_told("Hal")
    stage.runs.take_over(turn.run.id)
    await stage.clock.let_pass(stage.options.checkpoint_seconds)
    finished = await waiting
    assert finished.run.status is RunStatus.INTERRUPTED
    assert isinstance(finished.error, RunInterruptedError)


async def lose(stage: Stage, take: Callable[[Turn], None]) -> list[BusEvent]:
    """A run that is taken away in mid-stream; what readers are told after that."""
    stage.model.plays(TextPiece("Hal"), closed_gate())
    turn = await stage.send()
    await stage.until_told("Hal")
    told = len(stage.bus.published)
    take(turn)
    await stage.clock.let_pass(stage.options.checkpoint_seconds)
    await stage.live_runs.close()
    return [event for _, event in stage.bus.published[told:]]


async def test_readers_are_told_the_end_of_a_run_that_another_process_settled() -> None:
    stage = Stage()
    told = await lose(stage, lambda turn: stage.runs.take_over(turn.run.id))
    [reply] = [one for one in stage.tables.messages.values() if one.role is Role.ASSISTANT]
    assert told == [MessageFinished(reply)]
    assert reply.status is MessageStatus.INTERRUPTED


async def test_readers_are_told_when_a_run_is_gone_with_its_conversation() -> None:
    stage = Stage()

    def delete(turn: Turn) -> None:
        del stage.tables.runs[turn.run.id]
        del stage.tables.messages[turn.reply.id]

    told = await lose(stage, delete)
    assert [type(event) for event in told] == [ConversationDeleted]


async def test_readers_are_told_to_look_when_another_process_goes_on_with_a_run() -> None:
    stage = Stage()

    def hand_over(turn: Turn) -> None:
        run = stage.tables.runs[turn.run.id]
        stage.tables.runs[turn.run.id] = replace(run, lease_owner="another")

    assert await lose(stage, hand_over) == [LookAgain()]


async def test_readers_are_told_to_look_when_nobody_can_say_what_became_of_a_run() -> None:
    stage = Stage()

    def take_and_go(turn: Turn) -> None:
        stage.runs.take_over(turn.run.id)
        stage.messages.away = True

    assert await lose(stage, take_and_go) == [LookAgain()]


async def test_a_run_is_settled_with_its_whole_text_however_long_the_store_was_away() -> None:
    stage = Stage()
    stage.model.plays(TextPiece("Whole"), Finished("stop"))
    stage.runs.unavailable_for = 8
    turn = await stage.send()
    for pause in (0.1, 0.3, 1.0, 2.0, 5.0, 5.0, 5.0, 5.0):
        await stage.clock.let_pass(pause)
    assert (await stage.finished(turn)).reply.content == "Whole"


class BrokenSettling(FakeRuns):
    """A store that settles nothing, for a reason that nobody foresaw."""

    async def settle(self, run_id: UUID, outcome: RunOutcome) -> SettledRun | None:
        """Fail."""
        self._wrote("broken settling")
        raise ZeroDivisionError


async def test_a_run_that_cannot_be_settled_for_a_mistake_is_logged_and_left_to_the_sweeper(
    caplog: pytest.LogCaptureFixture,
) -> None:
    stage = Stage(make_runs=BrokenSettling)
    turn = await stage.send()
    for pause in (0.1, 0.3, 1.0, 2.0, 5.0):
        await stage.clock.let_pass(pause)
    with pytest.raises(ZeroDivisionError):
        await stage.finished(turn)
    assert stage.journal.count("broken settling") == 6
    assert stage.live_runs.ids == frozenset()
    assert stage.bus.events[-1] == LookAgain()
    assert caplog.records


async def test_closing_does_not_wait_for_ever_for_a_store_that_is_away(
    caplog: pytest.LogCaptureFixture,
) -> None:
    stage = Stage(options=replace(OPTIONS, close_seconds=0.05))
    stage.runs.unavailable_for = 1000
    await stage.send()
    await stage.live_runs.close()
    assert caplog.records
    assert [run.status for run in stage.tables.runs.values()] == [RunStatus.RUNNING]


async def test_a_loop_that_is_torn_down_takes_the_runs_with_it_quietly() -> None:
    stage = Stage()
    stage.model.plays(TextPiece("Hal"), closed_gate())
    turn = await stage.send()
    await stage.until_told("Hal")
    others = other_tasks()
    for task in others:
        task.cancel()
    await asyncio.gather(*others, return_exceptions=True)
    assert stage.tables.runs[turn.run.id].status is RunStatus.RUNNING
    await stage.live_runs.close()
