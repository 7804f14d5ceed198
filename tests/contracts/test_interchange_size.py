"""A long conversation goes out and in again in memory that does not depend on its length.

`make test` does it with 10,000 messages; `make large` with 100,000.
"""

import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from chat.identifiers import uuid7
from db.database import Database, Row, Transaction
from db.sql import insert
from tests.contracts.account import Account
from tests.contracts.stage import NOW, Stage, staged

MESSAGES = int(os.environ.get("PARLEY_TEST_MESSAGES") or 10_000)
_PAGE = 500
_TEXT = 'Ein Satz mit Umlauten: äöü, und Zeichen " \\ 🎉. ' * 30


@pytest.fixture
async def stage(database_url: str) -> AsyncIterator[Stage]:
    """Stores on a fresh database."""
    async with staged(database_url) as made:
        yield made


def resident_bytes() -> int:
    """What this process occupies now."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")


class Peak:
    """The most that was occupied beyond what there was after the first thousand messages."""

    def __init__(self) -> None:
        self._start = 0
        self._steps = 0
        self.growth = 0

    def look(self, _: int = 1) -> None:
        """Measure, now and then."""
        self._steps += 1
        if self._steps == 2 * _PAGE:
            self._start = resident_bytes()
        elif self._start and self._steps % _PAGE == 0:
            self.growth = max(self.growth, resident_bytes() - self._start)


async def fill(stage: Stage) -> None:
    """A conversation of turns, put there in bulk."""
    id_ = await stage.conversation()

    async def body(transaction: Transaction) -> None:
        for start in range(0, MESSAGES, 2 * _PAGE):
            messages, runs = [], []
            for index in range(start, min(MESSAGES, start + 2 * _PAGE), 2):
                asked, answered = uuid7(), uuid7()
                common = {"user_id": stage.user.id, "conversation_id": id_}
                content = f"{index} {_TEXT}"
                for key, place, role in (
                    (asked, index, "USER"),
                    (answered, index + 1, "ASSISTANT"),
                ):
                    messages.append(
                        {"id": key, **common, "idx": place, "role": role, "content": content,
                         "status": "COMPLETE", "tokens_used": place, "created_at": NOW}
                    )  # fmt: skip
                runs.append(
                    {"id": uuid7(), **common, "user_message_id": asked, "reply_id": answered,
                     "status": "COMPLETE", "reserved_tokens": 1, "prompt_tokens": index,
                     "started_at": NOW}
                )  # fmt: skip
            await transaction.many(insert("messages", messages[0]), messages)
            await transaction.many(insert("runs", runs[0]), runs)
        await transaction.rows(
            "UPDATE conversations SET next_index = :n WHERE id = :id", n=MESSAGES, id=id_
        )

    await stage.database.write(body)


async def pages(database: Database, account: Account) -> AsyncIterator[list[Row]]:
    """The messages with their runs, without ids."""
    [conversation] = await account.conversations()
    for low in range(0, MESSAGES, _PAGE):
        yield await database.rows(
            "SELECT m.idx, m.role, m.content, m.status, m.tokens_used, m.created_at, "
            "r.prompt_tokens, u.idx AS answers FROM messages m "
            "LEFT JOIN runs r ON r.reply_id = m.id "
            "LEFT JOIN messages u ON u.id = r.user_message_id "
            "WHERE m.conversation_id = :id AND m.idx >= :low AND m.idx < :high ORDER BY m.idx",
            id=conversation.id,
            low=low,
            high=low + _PAGE,
        )


async def test_a_long_conversation_comes_back_equal_in_little_memory(
    stage: Stage, tmp_path: Path
) -> None:
    await fill(stage)
    account = Account(stage.database, stage.user.id)
    path = tmp_path / "export.jsonl"
    exporting = Peak()
    with path.open("wb") as file:
        async for line in account.exports.account(account.user_id):
            file.write(line)
            exporting.look()
    size = path.stat().st_size
    other = await account.other()
    importing = Peak()
    with path.open("rb") as file:
        report = await other.imports.own(other.user_id, file, progress=importing.look)
    assert (report.messages, report.skipped) == (MESSAGES, [])
    theirs = pages(stage.database, other)
    async for page in pages(stage.database, account):
        assert page == await anext(theirs)
    assert max(exporting.growth, importing.growth) < size / 2, size
