"""Audiences: whoever asks the same is told the same, by one run of each event."""

import asyncio
from uuid import UUID

import pytest

from chat.events import MessageAdded, MessageDelta, MessageFinished
from chat.identifiers import uuid7
from resolvers.execution import Answer
from resolvers.results import Result
from resolvers.sharing import SharedResults, Told
from tests.chat.examples import a_conversation, a_message, a_user

REPLY = uuid7()


def delta(offset: int, text: str = "x", message_id: UUID = REPLY) -> MessageDelta:
    """A piece of text."""
    return MessageDelta(message_id, offset, text)


class Runs:
    """Runs events, each to a result of its own, and counts."""

    def __init__(self, *, waits: bool = False, code: str | None = None) -> None:
        """With `waits`, no run ends before the gate is open; `code` is that of an error."""
        self.begun = 0
        self.changed = asyncio.Condition()
        self.gate = asyncio.Event()
        self.code = code
        self._waits = waits

    async def __call__(self, event: Told) -> tuple[Result, bool]:
        """Run an event."""
        del event
        self.begun += 1
        result = Result(b"%d" % self.begun, self.code)
        if self._waits:
            async with self.changed:
                self.changed.notify_all()
            await self.gate.wait()
        return result, not self._waits


def started(answer: Answer) -> asyncio.Task[Result]:
    """A reader comes to an event."""

    async def result() -> Result:
        return await answer(delta(0))

    return asyncio.create_task(result())


async def begun(count: int, runs: Runs) -> None:
    """Wait until so many runs have begun."""
    async with asyncio.timeout(5), runs.changed:
        await runs.changed.wait_for(lambda: runs.begun >= count)


async def test_an_event_is_run_once_for_an_audience_and_equal_events_are_one() -> None:
    shared, run = SharedResults(), Runs()
    with shared.audience("a", run) as one, shared.audience("a", run) as other:
        first = await one(delta(0, "Hello"))
        assert await other(delta(0, "Hel" + "lo")) is first
        assert await other(delta(0, "Hell")) is not first
    assert run.begun == 2


async def test_the_beginning_and_the_end_of_one_message_are_different_events() -> None:
    shared, run = SharedResults(), Runs()
    message = a_message(a_conversation(a_user().id), 0)
    with shared.audience("a", run) as one, shared.audience("a", run):
        for event in (message, MessageAdded(message), MessageFinished(message)) * 2:
            await one(event)
    assert run.begun == 3


async def test_audiences_do_not_hear_one_another() -> None:
    shared, run = SharedResults(), Runs()
    with (
        shared.audience("a", run) as one,
        shared.audience("a", run),
        shared.audience("b", run) as other,
        shared.audience("b", run),
    ):
        assert await one(delta(0)) is not await other(delta(0))


async def test_nothing_is_kept_for_a_reader_who_is_alone() -> None:
    shared, run = SharedResults(), Runs()
    with shared.audience("a", run) as alone:
        await alone(delta(0))
        await alone(delta(0))
    assert (run.begun, len(shared), shared.audiences) == (2, 0, 0)


async def test_what_is_kept_is_bounded_in_number_and_in_weight() -> None:
    shared, run = SharedResults(results=10, weight=1000), Runs()
    with shared.audience("a", run) as one, shared.audience("a", run):
        for offset in range(200_000):
            await one(delta(offset))
        assert len(shared) == 10
        await one(delta(0, "x" * 900))
        assert len(shared) == 10
        await one(delta(0, "x" * 990))
        assert len(shared) == 1
        await one(delta(0, "x" * 1000))
        assert len(shared) == 0
        await one(delta(0, "x"))
        assert len(shared) == 1


async def test_what_is_read_is_read_once_for_all_who_come_meanwhile_and_then_anew() -> None:
    shared, run = SharedResults(), Runs(waits=True)
    with shared.audience("a", run) as one, shared.audience("a", run) as other:
        reading = [started(each) for each in (one, other, one)]
        await begun(1, run)
        await asyncio.sleep(0)
        run.gate.set()
        results = await asyncio.gather(*reading)
        assert run.begun == 1
        assert all(result is results[0] for result in results)
        assert await other(delta(0)) is not results[0]
    assert len(shared) == 0


async def test_a_reader_who_leaves_while_it_runs_an_event_leaves_it_to_the_next() -> None:
    shared, run = SharedResults(), Runs(waits=True)
    with shared.audience("a", run) as one, shared.audience("a", run) as other:
        leaving = started(one)
        await begun(1, run)
        staying = [started(other) for _ in range(3)]
        await asyncio.sleep(0)
        leaving.cancel()
        await begun(2, run)
        run.gate.set()
        results = await asyncio.gather(*staying)
    assert leaving.cancelled()
    assert {result.body for result in results} == {b"2"}


async def test_a_reader_who_waits_may_leave_without_the_others() -> None:
    shared, run = SharedResults(), Runs(waits=True)
    with shared.audience("a", run) as one, shared.audience("a", run) as other:
        running = started(one)
        await begun(1, run)
        leaving = started(other)
        staying = started(other)
        await asyncio.sleep(0)
        leaving.cancel()
        await asyncio.sleep(0)
        run.gate.set()
        assert await running is await staying
    assert run.begun == 1


@pytest.mark.parametrize("waits", [False, True])
async def test_results_with_errors_are_each_readers_own(*, waits: bool) -> None:
    shared, run = SharedResults(), Runs(waits=waits, code="NOT_FOUND")
    with shared.audience("a", run) as one, shared.audience("a", run) as other:
        reading = [started(each) for each in (one, other, one)]
        await asyncio.sleep(0)
        run.gate.set()
        results = await asyncio.gather(*reading)
    assert {result.body for result in results} == {b"1", b"2", b"3"}
    assert len(shared) == 0
