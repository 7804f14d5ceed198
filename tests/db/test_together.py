"""Writes that go to the database together."""

from typing import Any

import pytest

from chat.identifiers import uuid7
from db.database import Database, Row, Transaction, UniqueViolationError
from db.sql import Dialect
from db.together import Statement, together
from tests.db.users import INSERT, NOW, stored

JOINED = (
    "WITH step_0 AS (UPDATE a SET one = $1::text), step_1 AS (DELETE FROM b WHERE two = $2) "
    "UPDATE c SET a = $3"
)
RENAME = "UPDATE users SET name = :name WHERE id = :id RETURNING name"


class Sent:
    """Keeps what a transaction sends."""

    def __init__(self) -> None:
        """Nothing was sent."""
        self.statements: list[tuple[str, list[Any]]] = []

    async def execute_query_dict(self, query: str, values: list[Any]) -> list[Row]:
        """Keep it; it finds its own number."""
        self.statements.append((query, values))
        return [{"number": len(self.statements)}]

    async def execute_many(self, query: str, values: list[list[Any]]) -> None:
        """Nobody does this here."""
        raise NotImplementedError


@pytest.mark.parametrize(
    ("dialect", "expected"),
    [
        pytest.param(
            "postgres",
            [
                (
                    JOINED,
                    [1, 2, 3],
                )
            ],
            id="one on PostgreSQL",
        ),
        pytest.param(
            "sqlite",
            [
                ("UPDATE a SET one = ?", [1]),
                ("DELETE FROM b WHERE two = ?", [2]),
                ("UPDATE c SET a = ?", [3]),
            ],
            id="each alone on SQLite",
        ),
    ],
)
async def test_writes_go_as_one_statement_where_there_is_a_way_to_go(
    dialect: Dialect, expected: list[tuple[str, list[object]]]
) -> None:
    sent = Sent()
    writes = [
        Statement("UPDATE a SET one = :one::text", {"one": 1}),
        Statement("DELETE FROM b WHERE two = :two", {"two": 2}),
        Statement("UPDATE c SET a = :one", {"one": 3}),
    ]
    found = await together(Transaction(sent, dialect), writes)
    assert sent.statements == expected
    assert found == [{"number": len(expected)}]


@pytest.mark.database
async def test_all_is_written_and_the_rows_are_those_of_the_last(database: Database) -> None:
    old, new = uuid7(), uuid7()

    async def body(transaction: Transaction) -> list[Row]:
        await transaction.rows(INSERT, id=old, email="old", now=NOW)
        return await together(
            transaction,
            [
                Statement(INSERT, {"id": new, "email": "new", "now": NOW}),
                Statement(RENAME, {"id": old, "name": "Ada"}),
            ],
        )

    assert [dict(row) for row in await database.write(body)] == [{"name": "Ada"}]
    assert await stored(database, new)


@pytest.mark.database
async def test_where_one_fails_none_is_written(database: Database) -> None:
    first, second = uuid7(), uuid7()

    async def body(transaction: Transaction) -> None:
        await together(
            transaction,
            [
                Statement(INSERT, {"id": first, "email": "same", "now": NOW}),
                Statement(INSERT, {"id": second, "email": "same", "now": NOW}),
            ],
        )

    with pytest.raises(UniqueViolationError):
        await database.write(body)
    assert not await stored(database, first)
