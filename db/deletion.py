"""Deleting a conversation takes its variants, and those messages that no surviving branch shows.

Messages that a branch still shows get a new owner. All that was written in one conversation lies
on one line, and every path that shows one of its messages shows the earlier ones too. So what
survives is a beginning of that line, as long as the longest segment that shows it, and the branch
with that segment inherits it. Its own messages start behind the fork, so no index is taken twice.
"""

from datetime import UTC, datetime
from uuid import UUID

from chat import budget
from chat.drafts import Erased
from chat.records import Run, RunStatus
from db import rows
from db.database import Transaction
from db.usage import book

_OPEN = (RunStatus.QUEUED, RunStatus.RUNNING)
# Each before those that it refers to.
_TABLES_OF_A_USER = ("segments", "runs", "messages", "conversations", "monthly_usage", "api_tokens")
_NEVER = datetime.max.replace(tzinfo=UTC)


async def delete_conversation(
    transaction: Transaction,
    *,
    user_id: UUID,
    conversation_id: UUID,
    untouched_since: datetime | None = None,
) -> list[UUID] | None:
    """Delete it and its variants; the ids of what is gone, None when there was nothing.

    With `untouched_since`, only if neither it nor a variant was touched from then on.
    """
    found = await transaction.rows(
        "SELECT id, updated_at >= :since AS touched FROM conversations "
        "WHERE (id = :id OR root_id = :id) AND user_id = :user_id "
        "ORDER BY CASE WHEN id = :id THEN 1 ELSE 0 END, id FOR UPDATE",
        id=conversation_id,
        user_id=user_id,
        since=untouched_since or _NEVER,
    )
    gone = [rows.uuid(row["id"]) for row in found]
    if conversation_id not in gone or any(row["touched"] for row in found):
        return None
    await _book_open_runs(transaction, gone)
    await transaction.rows("DELETE FROM segments WHERE conversation_id IN (:gone)", gone=gone)
    for owner in gone:
        await _hand_on(transaction, owner)
    await transaction.rows("DELETE FROM runs WHERE conversation_id IN (:gone)", gone=gone)
    await transaction.rows("DELETE FROM messages WHERE conversation_id IN (:gone)", gone=gone)
    await transaction.rows("UPDATE conversations SET root_id = NULL WHERE id IN (:gone)", gone=gone)
    await transaction.rows("DELETE FROM conversations WHERE id IN (:gone)", gone=gone)
    return gone


async def erase_user(transaction: Transaction, user_id: UUID) -> Erased:
    """Delete every row of a user, and the user.

    A row that a send adds in the meantime makes the last statement fail, and the whole is run
    once more.
    """
    found = await transaction.rows(
        "SELECT id FROM conversations WHERE user_id = :user_id "
        "ORDER BY CASE WHEN root_id IS NULL THEN 1 ELSE 0 END, id FOR UPDATE",
        user_id=user_id,
    )
    await transaction.rows(
        "UPDATE conversations SET parent_id = NULL, root_id = NULL, active_variant_id = NULL "
        "WHERE user_id = :user_id",
        user_id=user_id,
    )
    deleted = {
        table: await transaction.rows(
            f"DELETE FROM {table} WHERE user_id = :user_id RETURNING id", user_id=user_id
        )
        for table in _TABLES_OF_A_USER
    }
    await transaction.rows("DELETE FROM users WHERE id = :user_id", user_id=user_id)
    return Erased(tuple(rows.uuid(row["id"]) for row in found), len(deleted["messages"]))


async def _hand_on(transaction: Transaction, owner: UUID) -> None:
    """Give the messages of `owner` that a branch still shows, and their runs, to that branch."""
    heir = await transaction.row(
        "SELECT conversation_id, to_index FROM segments WHERE source_id = :owner "
        "ORDER BY to_index DESC, conversation_id LIMIT 1",
        owner=owner,
    )
    if heir is None:
        return
    names = {"owner": owner, "heir": rows.uuid(heir["conversation_id"]), "end": heir["to_index"]}
    await transaction.rows(
        "UPDATE runs SET conversation_id = :heir WHERE conversation_id = :owner AND reply_id IN "
        "(SELECT id FROM messages WHERE conversation_id = :owner AND idx < :end)",
        **names,
    )
    await transaction.rows(
        "UPDATE messages SET conversation_id = :heir WHERE conversation_id = :owner AND idx < :end",
        **names,
    )
    await transaction.rows(
        "UPDATE segments SET source_id = :heir WHERE source_id = :owner",
        heir=names["heir"],
        owner=owner,
    )


async def _book_open_runs(transaction: Transaction, gone: list[UUID]) -> None:
    """Settle what runs that are cut off by the delete had used: an estimate, as for a stop."""
    found = await transaction.rows(
        f"SELECT {rows.qualified(rows.RUN, 'r')}, m.content FROM runs r "
        "JOIN messages m ON m.id = r.reply_id "
        "WHERE r.conversation_id IN (:gone) AND r.status IN (:open)",
        gone=gone,
        open=_OPEN,
    )
    for row in found:
        run = rows.run(row)
        await book(transaction, run, used=_estimate(run, row["content"]))


def _estimate(run: Run, text: str) -> int:
    if run.status is RunStatus.QUEUED:
        return 0
    return run.prompt_tokens + budget.text_tokens(text)
