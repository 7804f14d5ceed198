"""A fork and a page cost the same however long the history is: counted, not timed."""

import logging
from collections.abc import AsyncIterator
from uuid import UUID

import pytest

from chat.drafts import BranchDraft
from chat.identifiers import uuid7
from db.database import Transaction
from tests.contracts.stage import NOW, Stage, staged


@pytest.fixture
async def stage(database_url: str) -> AsyncIterator[Stage]:
    """Stores on a fresh database."""
    async with staged(database_url) as made:
        yield made


async def conversation_of(stage: Stage, length: int) -> UUID:
    """A conversation with so many messages, put there in bulk."""
    id_ = await stage.conversation()

    async def fill(transaction: Transaction) -> None:
        for start in range(0, length, 500):
            rows = range(start, min(length, start + 500))
            values = ", ".join(
                f"(:id_{n}::uuid, :user::uuid, :conversation::uuid, {n}, 'USER', 'x', 'COMPLETE', "
                ":now::timestamptz)"
                for n in rows
            )
            await transaction.rows(
                "INSERT INTO messages (id, user_id, conversation_id, idx, role, content, status, "
                f"created_at) VALUES {values}",
                **{f"id_{n}": uuid7() for n in rows},
                user=stage.user.id,
                conversation=id_,
                now=NOW,
            )
        await transaction.rows(
            "UPDATE conversations SET next_index = :length WHERE id = :id", length=length, id=id_
        )

    await stage.database.write(fill)
    return id_


async def counts(stage: Stage) -> tuple[int, ...]:
    """The number of rows of every table that a fork writes to."""
    found = [
        await stage.database.rows(f"SELECT COUNT(*) AS n FROM {table}")
        for table in ("conversations", "segments", "messages")
    ]
    return tuple(rows[0]["n"] for rows in found)


@pytest.mark.parametrize("at_the_end", [True, False])
async def test_a_fork_writes_as_many_rows_for_three_thousand_messages_as_for_ten(
    stage: Stage, caplog: pytest.LogCaptureFixture, at_the_end: bool
) -> None:
    written, statements = [], []
    for length in (10, 3000):
        id_ = await conversation_of(stage, length)
        wanted = (id_, length - 2, length - 1)
        message = (await stage.messages.ranges(stage.user.id, [wanted]))[wanted][0]
        before = await counts(stage)
        draft = BranchDraft(None if at_the_end else message.id, "B", "A new prompt", None)
        caplog.clear()
        with caplog.at_level(logging.DEBUG, logger="tortoise.db_client"):
            await stage.conversations.branch(stage.user.id, id_, draft, now=NOW)
        statements.append(len(caplog.records))
        after = await counts(stage)
        written.append([new - old for new, old in zip(after, before, strict=True)])
    assert written[0] == written[1] == [1, 2, 1]
    assert statements[0] == statements[1]


async def test_a_page_is_read_by_the_key_and_not_by_a_scan(stage: Stage) -> None:
    id_ = await conversation_of(stage, 3000)
    branch = id_
    for depth in range(3):
        draft = BranchDraft(None, f"B{depth}", f"P{depth}", None)
        branch = (await stage.conversations.branch(stage.user.id, branch, draft, now=NOW)).id
    plan = await explained(stage, branch)
    assert "Seq Scan on messages" not in plan
    assert "SCAN m\n" not in plan
    wanted = (branch, 2990, 3010)
    page = (await stage.messages.ranges(stage.user.id, [wanted]))[wanted]
    assert [message.index for message in page] == list(range(2990, 3003))


async def explained(stage: Stage, conversation_id: UUID) -> str:
    """How the database reads a page."""
    from db import paths  # noqa: PLC0415

    wanted = (conversation_id, 2990, 3010)
    statement = paths._statement(1)  # noqa: SLF001
    parameters = paths._parameters(stage.user.id, [wanted])  # noqa: SLF001
    if stage.database.dialect == "postgres":
        await stage.database.rows("ANALYZE")
        rows = await stage.database.rows(f"EXPLAIN {statement}", **parameters)
        return "\n".join(row["QUERY PLAN"] for row in rows)
    rows = await stage.database.rows(f"EXPLAIN QUERY PLAN {statement}", **parameters)
    return "\n".join(row["detail"] for row in rows) + "\n"
