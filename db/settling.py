"""The one transaction that makes a run final: run, messages, conversation, budget."""

from dataclasses import replace
from datetime import datetime
from uuid import UUID

from chat import budget
from chat.drafts import RunOutcome, SettledRun, StopRequest
from chat.records import Message, Run, RunStatus, UsageSource
from db import leases, rows, sql
from db.database import Transaction
from db.search_index import index_message
from db.usage import book

# The literal lets both databases use the index of open runs.
_FIRST_WAITING = (
    "SELECT r.id FROM runs r JOIN messages m ON m.id = r.reply_id "
    "WHERE r.conversation_id = :conversation_id AND r.status = 'QUEUED' "
    "ORDER BY m.idx LIMIT 1"
)


async def settle_run(
    transaction: Transaction,
    run_id: UUID,
    outcome: RunOutcome,
    *,
    expired: bool = False,
) -> SettledRun | None:
    """Settle; None when the run is no longer the owner's, and then nothing is written.

    With `expired`, only if the lease has run out.
    """
    condition = f"AND {leases.RAN_OUT} " if expired else ""
    await _lock_conversation_of(transaction, run_id)
    row = await transaction.row(
        "UPDATE runs SET status = :status, finished_at = :finished_at, lease_expires_at = NULL, "
        "first_token_at = COALESCE(first_token_at, :first_token_at), "
        "prompt_tokens = COALESCE(:prompt_tokens, prompt_tokens) "
        "WHERE id = :id AND lease_owner = :owner AND status = :running "
        f"{condition}RETURNING {rows.RUN}",
        id=run_id,
        owner=outcome.owner,
        running=RunStatus.RUNNING,
        status=outcome.status,
        finished_at=outcome.finished_at,
        first_token_at=outcome.first_token_at,
        prompt_tokens=outcome.prompt_tokens,
    )
    return None if row is None else await _settled(transaction, rows.run(row), outcome)


async def request_stop(
    transaction: Transaction, *, user_id: UUID, run_id: UUID, now: datetime
) -> StopRequest | None:
    """Note that a run is to be stopped; one that waits is settled at once.

    None when the user has no such run. A final one stays as it is.
    """
    await _lock_conversation_of(transaction, run_id)
    row = await transaction.row(
        "UPDATE runs SET stop_requested_at = COALESCE(stop_requested_at, :now) "
        "WHERE id = :id AND user_id = :user_id AND status IN ('QUEUED', 'RUNNING') "
        f"RETURNING {rows.RUN}",
        now=now,
        id=run_id,
        user_id=user_id,
    )
    if row is None:
        return await _as_it_is(transaction, user_id, run_id)
    run = rows.run(row)
    if run.status is RunStatus.RUNNING:
        return StopRequest(run)
    settled = await _stop_waiting(transaction, run, now=now)
    return StopRequest(settled.run, settled)


async def _as_it_is(transaction: Transaction, user_id: UUID, run_id: UUID) -> StopRequest | None:
    row = await transaction.row(
        f"SELECT {rows.RUN} FROM runs WHERE id = :id AND user_id = :user_id",
        id=run_id,
        user_id=user_id,
    )
    return None if row is None else StopRequest(rows.run(row))


async def _lock_conversation_of(transaction: Transaction, run_id: UUID) -> None:
    await transaction.rows(
        "SELECT id FROM conversations "
        "WHERE id = (SELECT conversation_id FROM runs WHERE id = :id) FOR UPDATE",
        id=run_id,
    )


async def _stop_waiting(transaction: Transaction, run: Run, *, now: datetime) -> SettledRun:
    """Settle a run that waits as STOPPED: nothing was sent, so nothing is booked."""
    await transaction.rows(
        "UPDATE runs SET status = :status, finished_at = :now WHERE id = :id",
        status=RunStatus.STOPPED,
        now=now,
        id=run.id,
    )
    stopped = replace(run, status=RunStatus.STOPPED, finished_at=now)
    outcome = RunOutcome(owner="", status=RunStatus.STOPPED, text="", finished_at=now)
    return await _settled(transaction, stopped, outcome)


async def _settled(transaction: Transaction, run: Run, outcome: RunOutcome) -> SettledRun:
    """Everything that follows from the run's end."""
    used = (outcome.prompt_tokens or 0) + (outcome.completion_tokens or 0)
    user_message = await _count(transaction, run, outcome)
    reply = await _finish_reply(transaction, run, outcome)
    next_run_id = await _pass_on(transaction, run, used=used, now=outcome.finished_at)
    await book(transaction, run, used=used)
    return SettledRun(run, user_message, reply, next_run_id)


async def _pass_on(transaction: Transaction, run: Run, *, used: int, now: datetime) -> UUID | None:
    """Make the run whose turn it is the active one, and return it if it waits to be started."""
    row = await transaction.row(
        "UPDATE conversations SET updated_at = :now, tokens_used = tokens_used + :used, "
        f"active_run_id = CASE WHEN active_run_id = :id THEN ({_FIRST_WAITING}) "
        "ELSE active_run_id END WHERE id = :conversation_id RETURNING active_run_id",
        now=now,
        used=used,
        id=run.id,
        conversation_id=run.conversation_id,
    )
    if row is None or row["active_run_id"] is None:
        return None
    waiting = await transaction.row(
        "SELECT id FROM runs WHERE id = :id AND status = 'QUEUED'",
        id=rows.uuid(row["active_run_id"]),
    )
    return None if waiting is None else rows.uuid(waiting["id"])


async def interrupt_run(
    transaction: Transaction, *, run_id: UUID, now: datetime
) -> SettledRun | None:
    """Settle a run whose lease has run out; None when its owner, or another, was quicker.

    `now` is noted as the time of its end. One that should have been stopped is STOPPED: a repeat of
    its key must not start it again.
    """
    row = await transaction.row(
        f"SELECT {rows.RUN} FROM runs WHERE id = :id AND status = :running AND {leases.RAN_OUT}",
        id=run_id,
        running=RunStatus.RUNNING,
    )
    if row is None:
        return None
    run = rows.run(row)
    reply = await message_of(transaction, run.reply_id)
    stopped = run.stop_requested_at is not None
    outcome = RunOutcome(
        owner=run.lease_owner or "",
        status=RunStatus.STOPPED if stopped else RunStatus.INTERRUPTED,
        text=reply.content,
        finished_at=now,
        prompt_tokens=run.prompt_tokens,
        completion_tokens=budget.text_tokens(reply.content),
        usage_source=UsageSource.ESTIMATED,
    )
    return await settle_run(transaction, run_id, outcome, expired=True)


async def _count(transaction: Transaction, run: Run, outcome: RunOutcome) -> Message:
    """Note on the user message what sending it cost the first time."""
    found = await transaction.rows(
        "UPDATE messages SET tokens_used = COALESCE(tokens_used, :tokens), "
        "usage_source = COALESCE(usage_source, :source) WHERE id = :id "
        f"RETURNING {rows.MESSAGE}",
        tokens=outcome.prompt_tokens,
        source=outcome.usage_source,
        id=run.user_message_id,
    )
    return rows.message(found[0])


async def _finish_reply(transaction: Transaction, run: Run, outcome: RunOutcome) -> Message:
    error = outcome.error
    columns = {
        "content": outcome.text,
        "status": outcome.message_status,
        "finish_reason": outcome.finish_reason,
        "error_code": error and error.code,
        "error_message": error and error.message,
        "error_retryable": error and error.retryable,
        "error_retry_after_seconds": error and error.retry_after_seconds,
        "tokens_used": outcome.completion_tokens,
        "usage_source": outcome.usage_source,
    }
    found = await transaction.rows(
        f"UPDATE messages SET {sql.assignments(columns)} WHERE id = :id RETURNING {rows.MESSAGE}",
        **columns,
        id=run.reply_id,
    )
    reply = rows.message(found[0])
    await index_message(transaction, reply)
    return reply


async def message_of(transaction: Transaction, message_id: UUID) -> Message:
    """A message that is known to be there."""
    found = await transaction.rows(
        f"SELECT {rows.MESSAGE} FROM messages WHERE id = :id", id=message_id
    )
    return rows.message(found[0])
