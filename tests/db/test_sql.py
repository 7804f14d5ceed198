"""Statements as each database takes them."""

from datetime import UTC, datetime
from enum import StrEnum
from uuid import UUID

import pytest

from db import sql
from db.database import Database

IS_AMONG = "SELECT CASE WHEN :one IN (:some) THEN 1 ELSE 0 END AS found"
IS_NOT_AMONG = "SELECT CASE WHEN :one NOT IN (:some) THEN 1 ELSE 0 END AS found"


class Fruit(StrEnum):
    """Some."""

    PEAR = "PEAR"


@pytest.mark.parametrize("some", [[], ["a"], ["b"], ("a", "b"), ["c"] * 40])
async def test_something_is_among_a_list_of_any_length_or_not(
    database: Database, some: list[str]
) -> None:
    for statement, expected in ((IS_AMONG, "a" in some), (IS_NOT_AMONG, "a" not in some)):
        [row] = await database.rows(statement, one="a", some=some)
        assert row["found"] == expected


def test_on_postgresql_a_statement_is_the_same_one_for_lists_of_any_length() -> None:
    text = "SELECT id FROM users WHERE id IN (:ids) AND role NOT IN (:roles) OR id = :id"
    rendered = [
        sql.render(text, {"ids": ids, "roles": ("a", "b"), "id": 1}, "postgres")
        for ids in ([], [1, 2, 3])
    ]
    assert {statement for statement, _ in rendered} == {
        "SELECT id FROM users WHERE id = ANY($1) AND role <> ALL($2) OR id = $3"
    }
    assert [values for _, values in rendered] == [[[], ("a", "b"), 1], [[1, 2, 3], ("a", "b"), 1]]


def test_sqlite_takes_the_items_in_their_place() -> None:
    text = "SELECT id FROM users WHERE role = :role::text AND id IN (:ids) LIMIT :limit"
    statement, values = sql.render(text, {"limit": 9, "ids": [1, 2], "role": "r"}, "sqlite")
    assert statement == "SELECT id FROM users WHERE role = ? AND id IN (?, ?) LIMIT ?"
    assert values == ["r", 1, 2, 9]


def test_sqlite_has_ids_times_and_words_as_text() -> None:
    id_, now = UUID(int=7), datetime(2026, 11, 23, tzinfo=UTC)
    given = {"id": id_, "now": now, "word": Fruit.PEAR, "none": None, "yes": True, "text": "t"}
    expected = [str(id_), "2026-11-23 00:00:00.000000+00:00", "PEAR", None, True, "t"]
    for _ in range(2):
        assert sql.values(given, "sqlite") == expected
    [items] = [sql.render("IN (:ids)", {"ids": [id_]}, "sqlite")[1]]
    assert items == [str(id_)]
    assert sql.values(given, "postgres") == list(given.values())
