"""What leases promise to processes whose clocks differ: the store's clock alone decides."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from chat.drafts import Checkpoint, Lease, LeaseState, OnBusy, OpenedRun
from chat.errors import ConversationBusyError
from chat.history import HistoryLimits
from chat.records import MessageStatus, RunStatus
from db.database import Database
from tests.contracts.stage import OWNER, RAN_OUT, Stage, staged

LIMITS = HistoryLimits(messages=50, tokens=100_000)
HOUR = timedelta(hours=1)
# What the clocks of three processes say, against the truth.
CLOCKS = [
    (accepting * HOUR, renewing * HOUR, sweeping * HOUR)
    for accepting in (-1, 1)
    for renewing in (-1, 1)
    for sweeping in (-1, 1)
]


@pytest.fixture
async def stage(database_url: str) -> AsyncIterator[Stage]:
    """Stores on a fresh database."""
    async with staged(database_url) as made:
        yield made


@pytest.fixture
async def elsewhere(stage: Stage, database_url: str) -> AsyncIterator[Stage]:
    """The stores of another process, on the same database and for the same user."""
    database = await Database.open(database_url)
    yield Stage(database, stage.user)
    await database.close()


def checkpoint(text: str, lease: Lease | None = None, **changes: Any) -> Checkpoint:
    """A checkpoint of this process."""
    return Checkpoint(lease=lease or Lease(OWNER, 15), text=text, **changes)


@pytest.mark.parametrize(("accepting", "renewing", "sweeping"), CLOCKS)
async def test_clocks_that_differ_by_hours_interrupt_no_run_that_goes_on(
    stage: Stage, elsewhere: Stage, accepting: timedelta, renewing: timedelta, sweeping: timedelta
) -> None:
    truth = datetime.now(UTC)
    opened = await stage.open(now=truth + accepting)
    assert await elsewhere.runs.interrupt_expired(truth + sweeping) == []
    renewed = checkpoint("Hel", first_token_at=truth + renewing)
    assert await stage.runs.checkpoint(opened.run.id, renewed) is LeaseState.HELD
    assert await elsewhere.runs.interrupt_expired(truth + sweeping) == []
    done = await stage.runs.settle(
        opened.run.id, stage.outcome(text="Hello", finished_at=truth + renewing)
    )
    assert done is not None
    assert (done.run.status, done.reply.content) == (RunStatus.COMPLETE, "Hello")


@pytest.mark.parametrize(("accepting", "renewing", "sweeping"), CLOCKS)
async def test_clocks_that_differ_by_hours_keep_no_run_whose_process_is_gone(
    stage: Stage, elsewhere: Stage, accepting: timedelta, renewing: timedelta, sweeping: timedelta
) -> None:
    truth = datetime.now(UTC)
    renewed_once = await stage.open(now=truth + accepting)
    never_renewed = await stage.open(now=truth + accepting, lease=RAN_OUT)
    last = checkpoint("Hel", RAN_OUT, first_token_at=truth + renewing)
    assert await stage.runs.checkpoint(renewed_once.run.id, last) is LeaseState.HELD
    taken = await elsewhere.runs.interrupt_expired(truth + sweeping)
    assert {one.run.id for one in taken} == {renewed_once.run.id, never_renewed.run.id}
    assert {one.run.status for one in taken} == {RunStatus.INTERRUPTED}


async def test_a_process_whose_lease_ran_out_and_was_taken_writes_nothing(
    stage: Stage, elsewhere: Stage
) -> None:
    opened = await stage.open(lease=RAN_OUT)
    [taken] = await elsewhere.runs.interrupt_expired(datetime.now(UTC))
    usage = await stage.users.usage(stage.user.id, "2026-11")
    late = await stage.runs.checkpoint(opened.run.id, checkpoint("Too late"))
    assert late is LeaseState.LOST
    assert await stage.runs.settle(opened.run.id, stage.outcome(text="Too late")) is None
    assert await stored(stage, opened) == (taken.run, taken.reply)
    assert taken.reply.status is MessageStatus.INTERRUPTED
    assert await stage.users.usage(stage.user.id, "2026-11") == usage


async def test_a_process_whose_lease_ran_out_and_was_not_taken_goes_on(stage: Stage) -> None:
    opened = await stage.open(lease=RAN_OUT)
    held = await stage.runs.checkpoint(opened.run.id, checkpoint("Hel", RAN_OUT))
    assert held is LeaseState.HELD
    assert await stage.runs.settle(opened.run.id, stage.outcome()) is not None


async def test_of_an_owner_and_a_sweeper_at_once_one_ends_the_run(
    stage: Stage, elsewhere: Stage
) -> None:
    """Whoever it is: the other one writes nothing, and the run is booked once."""
    for _ in range(10):
        opened = await stage.open(lease=RAN_OUT)
        mine, taken = await asyncio.gather(
            stage.runs.settle(opened.run.id, stage.outcome()),
            elsewhere.runs.interrupt_expired(datetime.now(UTC)),
        )
        assert (mine is None) == (len(taken) == 1)
        done = mine or taken[0]
        assert await stored(stage, opened) == (done.run, done.reply)
    assert (await stage.users.usage(stage.user.id, "2026-11")).reserved == 0


async def stored(stage: Stage, opened: OpenedRun) -> tuple[object, object]:
    """The run and its reply as they are now."""
    runs = await stage.runs.by_id(stage.user.id, [opened.run.id])
    replies = await stage.messages.by_id(stage.user.id, [opened.reply.id])
    return runs[opened.run.id], replies[opened.reply.id]


async def test_a_run_that_waited_has_a_lease_from_its_start(stage: Stage, elsewhere: Stage) -> None:
    conversation = await stage.conversation()
    first = await stage.open(conversation)
    second = await stage.open(conversation, lease=RAN_OUT, on_busy=OnBusy.ENQUEUE)
    assert second.run.lease_expires_at is None
    assert await elsewhere.runs.interrupt_expired(datetime.now(UTC)) == []
    await stage.runs.settle(first.run.id, stage.outcome())
    started = await elsewhere.runs.start(second.run.id, lease=Lease("other", 15), history=LIMITS)
    assert started is not None
    assert await stage.runs.interrupt_expired(datetime.now(UTC)) == []
    assert (await stored(stage, second))[0] == started.run


async def test_what_two_processes_accept_in_turn_is_answered_in_that_order(
    stage: Stage, elsewhere: Stage
) -> None:
    """Their clocks differ, so that an order by time would be another one."""
    conversation = await stage.conversation()
    truth = datetime.now(UTC)
    accepted: list[OpenedRun] = []
    for number in range(8):
        process, clock = ((stage, truth + HOUR), (elsewhere, truth - HOUR))[number % 2]
        accepted.append(
            await process.open(conversation, content=str(number), now=clock, on_busy=OnBusy.ENQUEUE)
        )
    assert [one.reply.index for one in accepted] == [1, 3, 5, 7, 9, 11, 13, 15]
    assert await answered(stage, elsewhere, accepted) == accepted


async def test_what_two_processes_accept_at_once_is_answered_in_the_order_of_its_indexes(
    stage: Stage, elsewhere: Stage
) -> None:
    conversation = await stage.conversation()
    sends = [
        process.open(conversation, content=str(number), on_busy=OnBusy.ENQUEUE)
        for number, process in enumerate([stage, elsewhere] * 7)
    ]
    ends = await asyncio.gather(*sends, return_exceptions=True)
    accepted = [end for end in ends if isinstance(end, OpenedRun)]
    refused = [end for end in ends if not isinstance(end, OpenedRun)]
    assert len(accepted) == 11  # one goes on and ten wait
    assert {type(one) for one in refused} == {ConversationBusyError}
    accepted.sort(key=lambda one: one.reply.index)
    assert [one.reply.index for one in accepted] == list(range(1, 22, 2))
    assert await answered(stage, elsewhere, accepted) == accepted


async def answered(stage: Stage, elsewhere: Stage, accepted: list[OpenedRun]) -> list[OpenedRun]:
    """End one run after the other, while both processes try at once to start the next."""
    order: list[OpenedRun] = []
    by_id = {one.run.id: one for one in accepted}
    running, owner = accepted[0], OWNER
    while True:
        order.append(running)
        done = await stage.runs.settle(running.run.id, stage.outcome(owner=owner))
        assert done is not None
        if done.next_run_id is None:
            return order
        starts = [
            (process.runs.start(one, lease=Lease(name, 15), history=LIMITS))
            for one in by_id
            for process, name in ((stage, "here"), (elsewhere, "there"))
        ]
        [started] = [one for one in await asyncio.gather(*starts) if one is not None]
        assert started.run.id == done.next_run_id
        assert len(started.window) == 2 * len(order) + 1
        running, owner = by_id[started.run.id], str(started.run.lease_owner)
