"""What every run store promises."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from chat.drafts import Checkpoint, Lease, LeaseState
from chat.error_codes import ErrorCode
from chat.errors import (
    BadUserInputError,
    ConversationBusyError,
    IdempotencyKeyReusedError,
    NotFoundError,
    ParleyError,
    TokenLimitExceededError,
)
from chat.identifiers import uuid7
from chat.records import MessageError, MessageStatus, RunStatus, UsageSource
from chat.turn import to_store
from db.database import Transaction
from tests.contracts.stage import NOW, OWNER, RAN_OUT, Stage, staged


@pytest.fixture
async def stage(database_url: str) -> AsyncIterator[Stage]:
    """Stores on a fresh database."""
    async with staged(database_url) as made:
        yield made


def error_of(code: str | None) -> MessageError | None:
    """What is stored with a reply that failed with this code."""
    return None if code is None else to_store(ParleyError(code=ErrorCode(code)))


def checkpoint(**changes: Any) -> Checkpoint:
    """A checkpoint of this process."""
    values: dict[str, Any] = {"lease": Lease(OWNER, 15), **changes}
    return Checkpoint(**values)


async def test_a_checkpoint_stores_the_text_so_far_and_renews_the_lease(stage: Stage) -> None:
    opened = await stage.open()
    later = NOW + timedelta(minutes=1)
    first_token = NOW + timedelta(seconds=2)
    first = checkpoint(text="So f", first_token_at=first_token)
    assert await stage.runs.checkpoint(opened.run.id, first) is LeaseState.HELD
    second = checkpoint(lease=Lease(OWNER, 75), first_token_at=later)
    assert await stage.runs.checkpoint(opened.run.id, second) is LeaseState.HELD
    run = (await stage.runs.by_id(stage.user.id, [opened.run.id]))[opened.run.id]
    reply = (await stage.messages.by_id(stage.user.id, [opened.reply.id]))[opened.reply.id]
    assert run.lease_expires_at is not None
    assert opened.run.lease_expires_at is not None
    assert run.lease_expires_at - opened.run.lease_expires_at >= timedelta(seconds=60)
    assert run.first_token_at == first_token
    assert (reply.content, reply.status) == ("So f", MessageStatus.STREAMING)


async def test_another_owner_neither_checkpoints_nor_settles(stage: Stage) -> None:
    opened = await stage.open()
    mine = checkpoint(lease=Lease("other", 15), text="Mine")
    assert await stage.runs.checkpoint(opened.run.id, mine) is LeaseState.LOST
    assert await stage.runs.settle(opened.run.id, stage.outcome(owner="other")) is None
    reply = (await stage.messages.by_id(stage.user.id, [opened.reply.id]))[opened.reply.id]
    assert reply == opened.reply


async def test_a_run_is_settled_once_and_never_changes_after(stage: Stage) -> None:
    opened = await stage.open()
    settled = await stage.runs.settle(
        opened.run.id,
        stage.outcome(
            prompt_tokens=7, completion_tokens=3, usage_source=UsageSource.PROVIDER,
            finish_reason="stop",
        ),
    )  # fmt: skip
    assert settled is not None
    assert settled.run.status is RunStatus.COMPLETE
    assert settled.user_message.tokens_used == 7
    assert (settled.reply.content, settled.reply.tokens_used) == ("Hello", 3)
    assert await stage.runs.settle(opened.run.id, stage.outcome(text="Again")) is None
    late = checkpoint(text="Late")
    assert await stage.runs.checkpoint(opened.run.id, late) is LeaseState.LOST
    reply = (await stage.messages.by_id(stage.user.id, [opened.reply.id]))[opened.reply.id]
    assert reply == settled.reply
    usage = await stage.users.usage(stage.user.id, "2026-11")
    assert (usage.used, usage.reserved) == (10, 0)


async def test_accepting_reserves_the_prompts_estimate_and_the_most_a_reply_may_have(
    stage: Stage,
) -> None:
    opened = await stage.open(max_tokens=40)
    assert opened.run.prompt_tokens == 3 + 4 + 1
    usage = await stage.users.usage(stage.user.id, "2026-11")
    assert (usage.used, usage.reserved) == (0, 48)


async def test_a_run_is_booked_in_the_month_in_which_it_was_accepted(stage: Stage) -> None:
    eve = datetime(2026, 11, 30, 23, 59, 59, tzinfo=UTC)
    opened = await stage.open(now=eve)
    await stage.runs.settle(
        opened.run.id,
        stage.outcome(finished_at=eve + timedelta(minutes=2), prompt_tokens=1, completion_tokens=1),
    )
    november = await stage.users.usage(stage.user.id, "2026-11")
    december = await stage.users.usage(stage.user.id, "2026-12")
    assert (november.used, november.reserved) == (2, 0)
    assert (december.used, december.reserved) == (0, 0)


async def test_a_refused_send_writes_nothing(stage: Stage) -> None:
    conversation = await stage.conversation()
    with pytest.raises(TokenLimitExceededError):
        await stage.open(conversation, token_limit=100)
    with pytest.raises(BadUserInputError):
        await stage.open(conversation, allowed_models=frozenset({"other"}))
    with pytest.raises(NotFoundError):
        await stage.open(uuid7())
    for table in ("messages", "runs", "monthly_usage"):
        assert await stage.database.rows(f"SELECT id FROM {table}") == []


async def test_a_users_own_limit_goes_before_the_deployments(stage: Stage) -> None:
    await stage.users.set_token_limit(stage.user.id, 10_000)
    await stage.open(token_limit=1)
    await stage.users.set_token_limit(stage.user.id, 1)
    with pytest.raises(TokenLimitExceededError):
        await stage.open(token_limit=None)


async def test_a_busy_conversation_takes_no_second_run_until_the_first_is_settled(
    stage: Stage,
) -> None:
    conversation = await stage.conversation()
    first = await stage.open(conversation)
    with pytest.raises(ConversationBusyError):
        await stage.open(conversation)
    await stage.runs.settle(first.run.id, stage.outcome())
    second = await stage.open(conversation)
    assert (second.user_message.index, second.reply.index) == (2, 3)


async def test_a_key_gives_the_first_run_for_a_day(stage: Stage) -> None:
    first = await stage.open(idempotency_key="k")
    await stage.runs.settle(first.run.id, stage.outcome())
    hours = [1, 23, 24]
    for after in hours:
        again = await stage.open(idempotency_key="k", now=NOW + timedelta(hours=after))
        assert (again.repeated, again.run.id) == (True, first.run.id)
    with pytest.raises(IdempotencyKeyReusedError):
        await stage.open(idempotency_key="k", fingerprint="other")
    next_day = await stage.open(idempotency_key="k", now=NOW + timedelta(hours=24, seconds=1))
    assert (next_day.repeated, next_day.run.id != first.run.id) == (False, True)


async def test_a_key_is_known_to_its_user_for_a_day(stage: Stage) -> None:
    opened = await stage.open(idempotency_key="k")
    day, second = timedelta(hours=24), timedelta(seconds=1)

    async def known(**changes: Any) -> bool:
        values = {"user_id": stage.user.id, "key": "k", "now": NOW, **changes}
        return await stage.runs.key_is_known(**values)

    assert (await known(), await known(now=NOW + day)) == (True, True)
    assert not await known(now=NOW + day + second)
    assert not await known(key="other")
    assert not await known(user_id=uuid7())
    await stage.runs.settle(opened.run.id, stage.outcome())
    assert await known()


async def test_a_key_whose_run_still_goes_on_gives_that_run(stage: Stage) -> None:
    conversation = await stage.conversation()
    first = await stage.open(conversation, idempotency_key="k")
    again = await stage.open(conversation, idempotency_key="k")
    assert (again.repeated, again.run) == (True, first.run)


@pytest.mark.parametrize(
    ("status", "code", "again"),
    [
        (RunStatus.FAILED, "MODEL_TIMEOUT", True),
        (RunStatus.FAILED, "MODEL_REJECTED", False),
        (RunStatus.INTERRUPTED, None, True),
        (RunStatus.STOPPED, None, False),
        (RunStatus.COMPLETE, None, False),
    ],
)
async def test_a_repeat_runs_again_only_after_what_may_pass(
    stage: Stage, status: RunStatus, code: str | None, again: bool
) -> None:
    conversation = await stage.conversation()
    first = await stage.open(conversation, idempotency_key="k")
    await stage.runs.settle(first.run.id, stage.outcome(status, error=error_of(code)))
    repeat = await stage.open(conversation, idempotency_key="k")
    assert repeat.user_message.id == first.user_message.id
    assert repeat.repeated is not again
    if again:
        assert [message.id for message in repeat.added] == [repeat.reply.id]
        assert repeat.reply.index == first.reply.index + 1
        assert [one.id for one in repeat.window] == [first.user_message.id]
        assert (await stage.open(conversation, idempotency_key="k")).run.id == repeat.run.id


async def test_of_many_at_once_with_one_key_one_opens_and_all_get_its_run(stage: Stage) -> None:
    opened = await asyncio.gather(*(stage.open(idempotency_key="k") for _ in range(20)))
    assert len({one.run.id for one in opened}) == 1
    assert [one.repeated for one in opened].count(False) == 1
    assert len(await stage.database.rows("SELECT id FROM conversations")) == 1


async def test_racing_reservations_never_pass_the_limit(stage: Stage) -> None:
    async def try_open() -> bool:
        try:
            await stage.open(token_limit=5 * 108)
        except TokenLimitExceededError:
            return False
        return True

    taken = await asyncio.gather(*(try_open() for _ in range(20)))
    usage = await stage.users.usage(stage.user.id, "2026-11")
    assert taken.count(True) == 5
    assert usage.reserved == 5 * 108


async def test_a_window_finds_what_counts_behind_much_that_does_not(stage: Stage) -> None:
    conversation = await stage.conversation()
    first = await stage.open(conversation, content="Long ago")
    await stage.runs.settle(first.run.id, stage.outcome(text="Yes"))
    for _ in range(60):
        failed = await stage.open(conversation, content=" ")
        await stage.runs.settle(failed.run.id, stage.outcome(RunStatus.FAILED, text="no"))
    await stage.database.write(_empty_the_failed)
    opened = await stage.open(conversation, content="Now")
    assert [one.content for one in opened.window] == ["Long ago", "Yes", "Now"]


async def _empty_the_failed(transaction: Transaction) -> None:
    await transaction.rows("UPDATE messages SET content = '' WHERE content = ' '")


async def test_of_many_repeats_of_a_failed_key_one_runs_again_and_all_get_its_run(
    stage: Stage,
) -> None:
    conversation = await stage.conversation()
    first = await stage.open(conversation, idempotency_key="k")
    await stage.runs.settle(
        first.run.id, stage.outcome(RunStatus.FAILED, error=error_of("MODEL_TIMEOUT"))
    )
    repeats = await asyncio.gather(
        *(stage.open(conversation, idempotency_key="k") for _ in range(12))
    )
    assert len({one.run.id for one in repeats} - {first.run.id}) == 1
    assert [one.repeated for one in repeats].count(False) == 1
    assert {one.reply.index for one in repeats} == {2}


async def test_a_run_whose_lease_ran_out_keeps_its_text_and_is_booked_by_estimate(
    stage: Stage,
) -> None:
    conversation = await stage.conversation()
    opened = await stage.open(conversation)
    await stage.runs.checkpoint(opened.run.id, checkpoint(text="12345678"))
    assert await stage.runs.interrupt_expired(NOW) == []
    await stage.runs.checkpoint(opened.run.id, checkpoint(lease=RAN_OUT))
    [settled] = await stage.runs.interrupt_expired(NOW)
    assert (settled.run.status, settled.run.finished_at) == (RunStatus.INTERRUPTED, NOW)
    assert (settled.reply.content, settled.reply.status) == ("12345678", MessageStatus.INTERRUPTED)
    assert (settled.reply.tokens_used, settled.reply.usage_source) == (2, UsageSource.ESTIMATED)
    usage = await stage.users.usage(stage.user.id, "2026-11")
    assert (usage.used, usage.reserved) == (opened.run.prompt_tokens + 2, 0)
    assert await stage.runs.settle(opened.run.id, stage.outcome()) is None
    assert (await stage.open(conversation)).reply.index == 3


async def test_of_many_sweepers_at_once_each_run_is_settled_by_one(stage: Stage) -> None:
    for _ in range(5):
        await stage.open(lease=RAN_OUT)
    swept = await asyncio.gather(*(stage.runs.interrupt_expired(NOW) for _ in range(4)))
    assert len({done.run.id for some in swept for done in some}) == 5
    assert sum(map(len, swept)) == 5
    usage = await stage.users.usage(stage.user.id, "2026-11")
    assert usage.reserved == 0


async def test_a_lease_that_is_renewed_in_time_is_not_taken(stage: Stage) -> None:
    opened = await stage.open(lease=RAN_OUT)
    await stage.runs.checkpoint(opened.run.id, checkpoint())
    assert await stage.runs.interrupt_expired(NOW) == []
    assert await stage.runs.settle(opened.run.id, stage.outcome()) is not None
