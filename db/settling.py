"""The one transaction that makes a run final: run, messages, conversation, budget."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from chat import budget
from chat.drafts import RunOutcome, SettledRun, StopRequest
from chat.records import Conversation, Message, Run, RunStatus, UsageSource
from db import leases, rows, sql
from db.database import Transaction
from db.search_index import indexing
from db.together import Statement, together
from db.usage import booking

# The literal lets both databases use the index of open runs. The run that ends may still look as if
# it waited: what goes together is not seen by one another.
_FIRST_WAITING = (
    "SELECT r.id FROM runs r JOIN messages m ON m.id = r.reply_id "
    "WHERE r.conversation_id = :conversation_id AND r.status = 'QUEUED' AND r.id <> :id "
    "ORDER BY m.idx LIMIT 1"
)
_PASS_ON = (
    "UPDATE conversations SET updated_at = :now, tokens_used = tokens_used + :used, "
    f"active_run_id = CASE WHEN active_run_id = :id THEN ({_FIRST_WAITING}) "
    "ELSE active_run_id END WHERE id = :conversation_id RETURNING active_run_id"
)
_PARTS = {
    "c": rows.CONVERSATION.split(", "),
    "r": rows.RUN.split(", "),
    "u": rows.MESSAGE.split(", "),
    "p": rows.MESSAGE.split(", "),
}
_COLUMNS = ", ".join(
    f"{part}.{one} AS {part}_{one}" for part, all_ in _PARTS.items() for one in all_
)
# The conversation goes first: PostgreSQL locks the rows in this order.
_LOCK = f"""
    SELECT {_COLUMNS} FROM conversations c JOIN runs r ON r.conversation_id = c.id
    JOIN messages u ON u.id = r.user_message_id JOIN messages p ON p.id = r.reply_id
    WHERE r.id = :id AND {{condition}} FOR NO KEY UPDATE
"""
_OWNED = _LOCK.format(condition="r.lease_owner = :owner AND r.status = 'RUNNING'")
_EXPIRED = _LOCK.format(condition=f"r.status = 'RUNNING' AND {leases.RAN_OUT}")
_OPEN = _LOCK.format(condition="r.user_id = :user_id AND r.status IN ('QUEUED', 'RUNNING')")


@dataclass(frozen=True, slots=True)
class _Locked:
    """A run with what changes when it ends, all of it locked until the transaction ends."""

    conversation: Conversation
    run: Run
    user_message: Message
    reply: Message


async def settle_run(
    transaction: Transaction, run_id: UUID, outcome: RunOutcome
) -> SettledRun | None:
    """Settle; None when the run is no longer the owner's, and then nothing is written."""
    locked = await _lock(transaction, _OWNED, id=run_id, owner=outcome.owner)
    return None if locked is None else await _settled(transaction, locked, outcome)


async def request_stop(
    transaction: Transaction, *, user_id: UUID, run_id: UUID, now: datetime
) -> StopRequest | None:
    """Note that a run is to be stopped; one that waits is settled at once.

    None when the user has no such run. A final one stays as it is.
    """
    locked = await _lock(transaction, _OPEN, id=run_id, user_id=user_id)
    if locked is None:
        return await _as_it_is(transaction, user_id, run_id)
    if locked.run.status is RunStatus.QUEUED:
        # Nothing was sent, so nothing is booked.
        outcome = RunOutcome(owner="", status=RunStatus.STOPPED, text="", finished_at=now)
        settled = await _settled(transaction, locked, outcome)
        return StopRequest(settled.run, settled)
    run = replace(locked.run, stop_requested_at=locked.run.stop_requested_at or now)
    await transaction.rows(
        "UPDATE runs SET stop_requested_at = :now WHERE id = :id",
        now=run.stop_requested_at,
        id=run_id,
    )
    return StopRequest(run)


async def _as_it_is(transaction: Transaction, user_id: UUID, run_id: UUID) -> StopRequest | None:
    row = await transaction.row(
        f"SELECT {rows.RUN} FROM runs WHERE id = :id AND user_id = :user_id",
        id=run_id,
        user_id=user_id,
    )
    return None if row is None else StopRequest(rows.run(row))


async def interrupt_run(
    transaction: Transaction, *, run_id: UUID, now: datetime
) -> SettledRun | None:
    """Settle a run whose lease has run out; None when its owner, or another, was quicker.

    `now` is noted as the time of its end. One that should have been stopped is STOPPED: a repeat of
    its key must not start it again.
    """
    locked = await _lock(transaction, _EXPIRED, id=run_id)
    if locked is None:
        return None
    text = locked.reply.content
    stopped = locked.run.stop_requested_at is not None
    outcome = RunOutcome(
        owner=locked.run.lease_owner or "",
        status=RunStatus.STOPPED if stopped else RunStatus.INTERRUPTED,
        text=text,
        finished_at=now,
        prompt_tokens=locked.run.prompt_tokens,
        completion_tokens=budget.text_tokens(text),
        usage_source=UsageSource.ESTIMATED,
    )
    return await _settled(transaction, locked, outcome)


async def _lock(transaction: Transaction, statement: str, **wanted: object) -> _Locked | None:
    row = await transaction.row(statement, **wanted)
    if row is None:
        return None
    parts = {
        part: {name: row[f"{part}_{name}"] for name in names} for part, names in _PARTS.items()
    }
    return _Locked(
        rows.conversation(parts["c"]),
        rows.run(parts["r"]),
        rows.message(parts["u"]),
        rows.message(parts["p"]),
    )


async def _settled(transaction: Transaction, locked: _Locked, outcome: RunOutcome) -> SettledRun:
    """Everything that follows from the run's end."""
    used = (outcome.prompt_tokens or 0) + (outcome.completion_tokens or 0)
    run, ending = _ended_run(locked.run, outcome)
    user_message, counting = _counted(locked.user_message, outcome)
    reply, finishing = _finished(locked.reply, outcome)
    passing_on = {
        "now": outcome.finished_at,
        "used": used,
        "id": run.id,
        "conversation_id": run.conversation_id,
    }
    found = await together(
        transaction,
        [
            ending,
            *counting,
            finishing,
            *indexing(transaction.dialect, [reply]),
            booking(run, used=used),
            Statement(_PASS_ON, passing_on),
        ],
    )
    active_id = rows.uuid_or_none(found[0]["active_run_id"])
    conversation = replace(
        locked.conversation,
        updated_at=outcome.finished_at,
        tokens_used=locked.conversation.tokens_used + used,
        active_run_id=active_id,
    )
    next_run_id = active_id if await _waits(transaction, active_id) else None
    return SettledRun(conversation, run, user_message, reply, next_run_id)


async def _waits(transaction: Transaction, run_id: UUID | None) -> bool:
    """Whether it is a run that waits to be started."""
    if run_id is None:
        return False
    statement = "SELECT id FROM runs WHERE id = :id AND status = 'QUEUED'"
    return await transaction.row(statement, id=run_id) is not None


def _ended_run(run: Run, outcome: RunOutcome) -> tuple[Run, Statement]:
    prompt_tokens = outcome.prompt_tokens
    columns: dict[str, Any] = {
        "status": outcome.status,
        "finished_at": outcome.finished_at,
        "lease_expires_at": None,
        "first_token_at": run.first_token_at or outcome.first_token_at,
        "prompt_tokens": run.prompt_tokens if prompt_tokens is None else prompt_tokens,
    }
    return replace(run, **columns), _updating("runs", run.id, columns)


def _counted(message: Message, outcome: RunOutcome) -> tuple[Message, list[Statement]]:
    """Note on the user message what sending it cost the first time."""
    tokens, source = message.tokens_used, message.usage_source
    columns: dict[str, Any] = {
        "tokens_used": outcome.prompt_tokens if tokens is None else tokens,
        "usage_source": outcome.usage_source if source is None else source,
    }
    after = replace(message, **columns)
    return after, [] if after == message else [_updating("messages", message.id, columns)]


def _finished(reply: Message, outcome: RunOutcome) -> tuple[Message, Statement]:
    error = outcome.error
    columns: dict[str, Any] = {
        "content": outcome.text,
        "status": outcome.message_status,
        "finish_reason": outcome.finish_reason,
        "tokens_used": outcome.completion_tokens,
        "usage_source": outcome.usage_source,
    }
    stored = {
        **columns,
        "error_code": error and error.code,
        "error_message": error and error.message,
        "error_retryable": error and error.retryable,
        "error_retry_after_seconds": error and error.retry_after_seconds,
    }
    after = replace(reply, **columns, error=error)
    return after, _updating("messages", reply.id, stored)


def _updating(table: str, row_id: UUID, columns: Mapping[str, object]) -> Statement:
    text = f"UPDATE {table} SET {sql.assignments(columns)} WHERE id = :row_id"
    return Statement(text, {**columns, "row_id": row_id})


async def message_of(transaction: Transaction, message_id: UUID) -> Message:
    """A message that is known to be there."""
    found = await transaction.rows(
        f"SELECT {rows.MESSAGE} FROM messages WHERE id = :id", id=message_id
    )
    return rows.message(found[0])
