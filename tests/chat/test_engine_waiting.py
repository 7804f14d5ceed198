"""Waiting for a reply: by a repeat of its key, and of runs that go on elsewhere."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import UUID

import pytest

from chat import turn as turns
from chat.drafts import Lease, RunOutcome
from chat.error_codes import ErrorCode
from chat.errors import (
    IdempotencyKeyReusedError,
    ModelError,
    NotFoundError,
    RunInterruptedError,
    SlowReaderError,
    StillWritingError,
)
from chat.events import LookAgain, MessageFinished
from chat.model import TextPiece
from chat.records import RunStatus
from chat.turn import Turn
from tests.chat.examples import NOW, a_user
from tests.chat.fakes import QueueSubscription, RecordingBus
from tests.chat.stage import Stage, closed_gate


async def test_a_repeat_waits_for_the_first_runs_reply() -> None:
    stage = Stage()
    gate = closed_gate()
    stage.model.plays(gate, TextPiece("Hi"))
    first = await stage.send(idempotency_key="key")
    repeat = await stage.send(idempotency_key="key")
    waiting = asyncio.create_task(stage.finished(repeat))
    gate.set()
    again, done = await waiting, await stage.finished(first)
    assert (again.run, again.user_message, again.reply) == (done.run, done.user_message, done.reply)
    assert len(stage.model.requests) == 1
    assert stage.journal.count("open") == 1


async def test_a_repeat_of_a_finished_run_gives_its_turn_at_once() -> None:
    stage = Stage()
    stage.model.plays(TextPiece("Hi"))
    first = await stage.finished(await stage.send(idempotency_key="key"))
    told = len(stage.bus.published)
    repeat = await stage.send(idempotency_key="key")
    assert await stage.finished(repeat) is repeat
    assert (repeat.run, repeat.reply) == (first.run, first.reply)
    assert len(stage.bus.published) == told


async def test_a_repeat_of_a_failed_run_gives_its_error() -> None:
    stage = Stage()
    stage.model.plays(ModelError(ErrorCode.MODEL_REJECTED))
    await stage.finished(await stage.send(idempotency_key="key"))
    repeat = await stage.finished(await stage.send(idempotency_key="key"))
    assert repeat.error is not None
    assert repeat.error.code is ErrorCode.MODEL_REJECTED


async def test_a_key_that_came_with_another_input_is_refused() -> None:
    stage = Stage()
    await stage.finished(await stage.send("Hello", idempotency_key="key"))
    with pytest.raises(IdempotencyKeyReusedError):
        await stage.send("Goodbye", idempotency_key="key")


async def run_elsewhere(stage: Stage) -> Turn:
    """A turn that was accepted, and goes on, in another process."""
    return turns.accepted(await stage.opened(lease=Lease("another", 60)))


async def test_a_run_that_another_process_finishes_is_found_by_asking_the_store() -> None:
    stage = Stage()
    turn = await run_elsewhere(stage)
    waiting = asyncio.create_task(stage.finished(turn))
    await stage.clock.let_pass(0.5)
    await stage.clock.until_asleep(0.5)
    outcome = RunOutcome("another", RunStatus.COMPLETE, "Hi", NOW, completion_tokens=2)
    settled = await stage.runs.settle(turn.run.id, outcome)
    assert settled is not None
    await stage.clock.let_pass(0.5)
    finished = await waiting
    assert (finished.run, finished.reply) == (settled.run, settled.reply)
    assert finished.user_message == settled.user_message
    assert finished.error is None


@pytest.mark.parametrize("lost", [False, True])
async def test_one_who_waits_for_a_run_elsewhere_hears_of_its_end_from_the_bus(
    *, lost: bool
) -> None:
    stage = Stage()
    turn = await run_elsewhere(stage)
    waiting = asyncio.create_task(stage.finished(turn))
    await stage.clock.until_asleep(0.5)
    conversation = turn.conversation.id
    await stage.bus.publish(conversation, MessageFinished(turn.user_message))
    outcome = RunOutcome("another", RunStatus.COMPLETE, "Hi", NOW, completion_tokens=2)
    settled = await stage.runs.settle(turn.run.id, outcome)
    assert settled is not None
    told = LookAgain() if lost else MessageFinished(settled.reply)
    await stage.bus.publish(conversation, told)
    assert (await waiting).reply == settled.reply
    assert not stage.bus.readers[conversation]


class DeafBus(RecordingBus):
    """A bus that cuts every reader off, with an error."""

    ending: SlowReaderError | None = SlowReaderError()

    @asynccontextmanager
    async def subscribe(self, conversation_id: UUID) -> AsyncIterator[QueueSubscription]:
        async with super().subscribe(conversation_id) as subscription:
            subscription.queue.put_nowait(self.ending)
            yield subscription


class SilentBus(DeafBus):
    """The same without a word."""

    ending = None


@pytest.mark.parametrize("make_bus", [DeafBus, SilentBus])
async def test_one_who_hears_nothing_any_more_goes_on_asking_the_store(
    make_bus: type[RecordingBus],
) -> None:
    stage = Stage(make_bus=make_bus)
    turn = await run_elsewhere(stage)
    waiting = asyncio.create_task(stage.finished(turn))
    await stage.bus.until(lambda: bool(stage.bus.readers[turn.conversation.id]))
    stage.runs.take_over(turn.run.id)
    async with time_passes(stage):
        assert (await waiting).run.status is RunStatus.INTERRUPTED


@asynccontextmanager
async def time_passes(stage: Stage) -> AsyncIterator[None]:
    """Whoever waits to ask the store again is woken at once, each time."""

    async def pass_on() -> None:
        while True:
            await stage.clock.let_pass(stage.options.poll_seconds)

    passing = asyncio.create_task(pass_on())
    yield
    passing.cancel()
    await asyncio.wait([passing])


async def test_a_run_that_another_process_lost_is_interrupted() -> None:
    stage = Stage()
    turn = await run_elsewhere(stage)
    stage.runs.take_over(turn.run.id)
    finished = await stage.finished(turn)
    assert finished.run.status is RunStatus.INTERRUPTED
    assert isinstance(finished.error, RunInterruptedError)


async def test_a_run_that_is_deleted_while_one_waits_is_not_found() -> None:
    stage = Stage()
    turn = await run_elsewhere(stage)
    waiting = asyncio.create_task(stage.finished(turn))
    del stage.tables.runs[turn.run.id]
    with pytest.raises(NotFoundError):
        await waiting


async def test_messages_that_are_deleted_after_the_run_was_read_are_not_found() -> None:
    stage = Stage()
    turn = await run_elsewhere(stage)
    stage.runs.take_over(turn.run.id)
    stage.tables.messages.clear()
    with pytest.raises(NotFoundError):
        await stage.finished(turn)


async def test_somebody_elses_run_is_not_found() -> None:
    stage = Stage()
    turn = await run_elsewhere(stage)
    with pytest.raises(NotFoundError):
        await stage.engine.finished(a_user(), turn)


async def test_who_waits_too_long_is_told_so_and_the_run_goes_on() -> None:
    stage = Stage()
    gate = closed_gate()
    stage.model.plays(gate, TextPiece("Hi"))
    sent = await stage.send()
    waited = await stage.engine.awaited(stage.user, sent, within_seconds=0)
    assert isinstance(waited.error, StillWritingError)
    assert (waited.run, waited.user_message) == (sent.run, sent.user_message)
    gate.set()
    done = await stage.engine.awaited(stage.user, sent, within_seconds=60)
    assert (done.error, done.reply.content) == (None, "Hi")
