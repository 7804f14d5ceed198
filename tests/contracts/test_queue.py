"""What every run store promises of runs that wait, and every conversation store of old ones."""

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from chat.drafts import BranchDraft, EditedMessage, Lease, OnBusy
from chat.history import HistoryLimits
from chat.identifiers import uuid7
from chat.metrics import OpenRuns
from chat.origin import NOBODY, Origin
from chat.records import RunStatus
from tests.contracts.stage import NOW, OWNER, RAN_OUT, Stage, staged

LIMITS = HistoryLimits(messages=5, tokens=10_000)
LEASE = Lease(OWNER, 15)


@pytest.fixture
async def stage(database_url: str) -> AsyncIterator[Stage]:
    """Stores on a fresh database."""
    async with staged(database_url) as made:
        yield made


async def test_settling_names_the_run_whose_turn_it_is_and_one_process_starts_it(
    stage: Stage,
) -> None:
    conversation = await stage.conversation()
    first = await stage.open(conversation)
    second = await stage.open(conversation, content="Two", on_busy=OnBusy.ENQUEUE)
    assert (second.run.status, second.run.lease_owner) == (RunStatus.QUEUED, None)
    assert await stage.runs.start(second.run.id, lease=LEASE, history=LIMITS) is None
    settled = await stage.runs.settle(first.run.id, stage.outcome())
    assert settled is not None
    assert settled.next_run_id == second.run.id
    assert await stage.runs.waiting() == [second.run.id]
    started = await stage.runs.start(second.run.id, lease=LEASE, history=LIMITS)
    assert started is not None
    assert [one.content for one in started.window] == ["Hi", "Hello", "Two"]
    assert await stage.runs.start(second.run.id, lease=LEASE, history=LIMITS) is None
    assert await stage.runs.waiting() == []
    assert await stage.runs.start(uuid7(), lease=LEASE, history=LIMITS) is None


async def test_whoever_starts_a_run_finds_on_whose_behalf(stage: Stage) -> None:
    conversation = await stage.conversation()
    first = await stage.open(conversation)
    assert first.run.origin == NOBODY
    origin = Origin("r" * 100, "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")
    second = await stage.open(conversation, on_busy=OnBusy.ENQUEUE, origin=origin)
    await stage.runs.settle(first.run.id, stage.outcome())
    started = await stage.runs.start(second.run.id, lease=LEASE, history=LIMITS)
    assert started is not None
    assert second.run.origin == started.run.origin == origin


async def test_what_a_queued_run_reserves_is_reckoned_again_when_it_starts(stage: Stage) -> None:
    conversation = await stage.conversation()
    first = await stage.open(conversation)
    second = await stage.open(conversation, on_busy=OnBusy.ENQUEUE)
    usage = await stage.users.usage(stage.user.id, "2026-11")
    assert usage.reserved == first.run.reserved_tokens + second.run.reserved_tokens
    await stage.runs.settle(first.run.id, stage.outcome())
    started = await stage.runs.start(second.run.id, lease=LEASE, history=LIMITS)
    assert started is not None
    assert started.run.reserved_tokens < second.run.reserved_tokens
    usage = await stage.users.usage(stage.user.id, "2026-11")
    assert usage.reserved == started.run.reserved_tokens
    await stage.runs.settle(second.run.id, stage.outcome())
    assert (await stage.users.usage(stage.user.id, "2026-11")).reserved == 0


async def test_a_stop_is_noted_for_the_owner_and_ends_what_waits(stage: Stage) -> None:
    conversation = await stage.conversation()
    first = await stage.open(conversation)
    second = await stage.open(conversation, on_busy=OnBusy.ENQUEUE)
    third = await stage.open(conversation, on_busy=OnBusy.INTERRUPT)
    assert third.interrupts == first.run.id
    request = await stage.runs.request_stop(stage.user.id, second.run.id, now=NOW)
    assert request is not None
    assert request.settled is not None
    assert request.settled.next_run_id is None
    again = await stage.runs.request_stop(stage.user.id, second.run.id, now=NOW)
    assert again is not None
    assert (again.run.status, again.settled) == (RunStatus.STOPPED, None)
    assert await stage.runs.request_stop(uuid7(), third.run.id, now=NOW) is None
    running = await stage.runs.request_stop(stage.user.id, first.run.id, now=NOW)
    assert running is not None
    assert (running.run.stop_requested_at, running.settled) == (NOW, None)


async def test_stopping_the_run_whose_turn_it_is_gives_its_turn_to_the_next(stage: Stage) -> None:
    conversation = await stage.conversation()
    first = await stage.open(conversation)
    second = await stage.open(conversation, on_busy=OnBusy.ENQUEUE)
    third = await stage.open(conversation, content="Three", on_busy=OnBusy.ENQUEUE)
    await stage.runs.settle(first.run.id, stage.outcome())
    request = await stage.runs.request_stop(stage.user.id, second.run.id, now=NOW)
    assert request is not None
    assert request.settled is not None
    assert request.settled.next_run_id == third.run.id
    assert await stage.runs.waiting() == [third.run.id]
    last = await stage.runs.request_stop(stage.user.id, third.run.id, now=NOW)
    assert last is not None
    assert last.settled is not None
    assert (last.settled.next_run_id, last.settled.conversation.active_run_id) == (None, None)
    found = await stage.conversations.by_id(stage.user.id, [conversation])
    assert found[conversation].active_run_id is None


async def test_a_run_that_should_have_stopped_when_its_process_died_is_stopped(
    stage: Stage,
) -> None:
    conversation = await stage.conversation()
    first = await stage.open(conversation, lease=RAN_OUT)
    await stage.runs.request_stop(stage.user.id, first.run.id, now=NOW)
    assert await stage.runs.interrupt_expired(NOW, sparing={first.run.id}) == []
    [settled] = await stage.runs.interrupt_expired(NOW)
    assert settled.run.status is RunStatus.STOPPED


async def test_only_conversations_that_nobody_touched_are_found_and_deleted(stage: Stage) -> None:
    old, edited = await stage.conversation(), await stage.conversation()
    opened = await stage.open(edited)
    await stage.runs.settle(opened.run.id, stage.outcome())
    later = NOW + timedelta(days=31)
    target = EditedMessage(opened.user_message.id, "Other")
    await stage.runs.open(stage.draft(None, target=target, now=later))
    since = NOW + timedelta(days=1)
    owner = stage.user.id
    assert await stage.conversations.untouched(since) == [(owner, old)]
    assert await stage.conversations.untouched(NOW) == []
    assert await stage.conversations.delete_untouched(owner, edited, since=since) is None
    assert await stage.conversations.delete_untouched(owner, old, since=NOW) is None
    assert await stage.conversations.delete_untouched(owner, old, since=since) == [old]


async def test_a_branch_keeps_what_it_shows_of_an_old_conversation(stage: Stage) -> None:
    old = await stage.conversation()
    opened = await stage.open(old)
    await stage.runs.settle(opened.run.id, stage.outcome())
    later = NOW + timedelta(days=31)
    draft = BranchDraft(None, None, None, None)
    branch = await stage.conversations.branch(stage.user.id, old, draft, now=later)
    since = NOW + timedelta(days=1)
    assert await stage.conversations.delete_untouched(stage.user.id, old, since=since) == [old]
    wanted = (branch.id, 0, 2)
    shown = (await stage.messages.ranges(stage.user.id, [wanted]))[wanted]
    assert [one.content for one in shown] == ["Hi", "Hello"]


async def test_open_runs_are_counted_by_their_state_with_the_age_of_the_oldest(
    stage: Stage,
) -> None:
    assert await stage.runs.open_runs(now=NOW) == []
    conversation = await stage.conversation()
    first = await stage.open(conversation)
    for seconds in (10, 20):
        later = NOW + timedelta(seconds=seconds)
        await stage.open(conversation, on_busy=OnBusy.ENQUEUE, now=later)
    found = await stage.runs.open_runs(now=NOW + timedelta(seconds=30))
    assert set(found) == {OpenRuns(RunStatus.RUNNING, 1, 30), OpenRuns(RunStatus.QUEUED, 2, 20)}
    early = await stage.runs.open_runs(now=NOW - timedelta(days=1))
    assert [one.oldest_seconds for one in early] == [0, 0]
    await stage.runs.settle(first.run.id, stage.outcome())
    [left] = await stage.runs.open_runs(now=NOW)
    assert (left.status, left.count) == (RunStatus.QUEUED, 2)
