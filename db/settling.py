"""The one transaction that makes a run final: run, messages, conversation, budget."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from chat import budget
from chat.drafts import RunOutcome, SettledRun
from chat.records import Message, Run, RunStatus, UsageSource
from db import rows, sql
from db.database import Transaction
from db.usage import book


async def settle_run(
    transaction: Transaction,
    run_id: UUID,
    outcome: RunOutcome,
    *,
    expired_before: datetime | None = None,
) -> SettledRun | None:
    """Settle; None when the run is no longer the owner's, and then nothing is written.

    With `expired_before`, only if the lease has not been renewed up to then.
    """
    expired = "" if expired_before is None else "AND lease_expires_at < :expired_before "
    await transaction.rows(
        "SELECT id FROM conversations "
        "WHERE id = (SELECT conversation_id FROM runs WHERE id = :id) FOR UPDATE",
        id=run_id,
    )
    row = await transaction.row(
        "UPDATE runs SET status = :status, finished_at = :finished_at, lease_expires_at = NULL, "
        "first_token_at = COALESCE(first_token_at, :first_token_at) "
        "WHERE id = :id AND lease_owner = :owner AND status = :running "
        f"{expired}RETURNING {rows.RUN}",
        expired_before=expired_before,
        id=run_id,
        owner=outcome.owner,
        running=RunStatus.RUNNING,
        status=outcome.status,
        finished_at=outcome.finished_at,
        first_token_at=outcome.first_token_at,
    )
    if row is None:
        return None
    run = rows.run(row)
    used = (outcome.prompt_tokens or 0) + (outcome.completion_tokens or 0)
    user_message = await _count(transaction, run, outcome)
    reply = await _finish_reply(transaction, run, outcome)
    await transaction.rows(
        "UPDATE conversations SET active_run_id = NULL, updated_at = :now, "
        "tokens_used = tokens_used + :used WHERE id = :id",
        now=outcome.finished_at,
        used=used,
        id=run.conversation_id,
    )
    await book(transaction, run, used=used)
    return SettledRun(run, user_message, reply)


async def interrupt_run(
    transaction: Transaction, *, run_id: UUID, now: datetime
) -> SettledRun | None:
    """Settle a run whose lease has run out; None when its owner, or another, was quicker."""
    row = await transaction.row(
        f"SELECT {rows.RUN} FROM runs "
        "WHERE id = :id AND status = :running AND lease_expires_at < :now",
        id=run_id,
        running=RunStatus.RUNNING,
        now=now,
    )
    if row is None:
        return None
    run = rows.run(row)
    reply = await message_of(transaction, run.reply_id)
    outcome = RunOutcome(
        owner=run.lease_owner or "",
        status=RunStatus.INTERRUPTED,
        text=reply.content,
        finished_at=now,
        prompt_tokens=run.prompt_tokens,
        completion_tokens=budget.text_tokens(reply.content),
        usage_source=UsageSource.ESTIMATED,
    )
    return await settle_run(transaction, run_id, outcome, expired_before=now)


async def _count(transaction: Transaction, run: Run, outcome: RunOutcome) -> Message:
    """Note on the user message what sending it cost."""
    if outcome.prompt_tokens is None:
        return await message_of(transaction, run.user_message_id)
    columns = {"tokens_used": outcome.prompt_tokens, "usage_source": outcome.usage_source}
    return await _update_message(transaction, run.user_message_id, columns)


async def _finish_reply(transaction: Transaction, run: Run, outcome: RunOutcome) -> Message:
    columns = {
        "content": outcome.text,
        "status": outcome.message_status,
        "finish_reason": outcome.finish_reason,
        "error_code": outcome.error_code,
        "tokens_used": outcome.completion_tokens,
        "usage_source": outcome.usage_source,
    }
    return await _update_message(transaction, run.reply_id, columns)


async def _update_message(
    transaction: Transaction, message_id: UUID, columns: Mapping[str, object]
) -> Message:
    found = await transaction.rows(
        f"UPDATE messages SET {sql.assignments(columns)} WHERE id = :id RETURNING {rows.MESSAGE}",
        **columns,
        id=message_id,
    )
    return rows.message(found[0])


async def message_of(transaction: Transaction, message_id: UUID) -> Message:
    """A message that is known to be there."""
    found = await transaction.rows(
        f"SELECT {rows.MESSAGE} FROM messages WHERE id = :id", id=message_id
    )
    return rows.message(found[0])
