"""docs/scaling.md keeps its word: what it says of statements and keys is so, and so is its sum."""

import re
from collections.abc import Iterator

import asyncpg
import pytest

from bench.scaling.bounds import BUSY, TurnCosts, bounds, need, turn
from tests.docs.pages import ROOT, page

PAGE = page("scaling.md")
STATEMENTS = PAGE.partition("### Statements")[2].partition("\n## ")[0]
UNIQUE = """
    SELECT c.relname AS "table", array_agg(a.attname::text ORDER BY k.place) AS columns
    FROM pg_index i
    JOIN pg_class c ON c.oid = i.indrelid
    JOIN pg_namespace n ON n.oid = c.relnamespace AND n.nspname = 'public'
    CROSS JOIN LATERAL unnest(i.indkey) WITH ORDINALITY AS k (number, place)
    JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = k.number
    WHERE i.indisunique GROUP BY i.indexrelid, c.relname
"""


def families() -> Iterator[tuple[str, str]]:
    """The file and the function of each statement that the table names."""
    for row in re.findall(r"^\|[^|]*\|([^|]*db/[^|]*)\|", STATEMENTS, re.MULTILINE):
        path = ""
        for name in re.findall(r"`([\w./:]+)`", row):
            path, _, function = name.rpartition("::") if "::" in name else (path, "", name)
            yield path, function


def test_every_statement_that_the_page_names_is_there() -> None:
    named = list(families())
    assert len(named) > 40
    for path, function in named:
        assert f"def {function}(" in (ROOT / path).read_text(encoding="utf-8"), (path, function)


def test_every_file_with_statements_is_on_the_page() -> None:
    # What these have is part of others' statements, or of none that a user causes.
    passed_over = {"database", "rows", "search_index", "sql"}
    found = {
        path.stem
        for path in (ROOT / "db").glob("*.py")
        if re.search(r"\b(?:SELECT|INSERT INTO|UPDATE|DELETE FROM) \S", path.read_text("utf-8"))
    }
    named = {path.removeprefix("db/").removesuffix(".py") for path, _ in families()}
    assert found - passed_over <= named


async def test_the_keys_without_a_user_are_those_on_the_page(database_url: str) -> None:
    if database_url.startswith("sqlite"):
        pytest.skip("on PostgreSQL only")
    connection = await asyncpg.connect(database_url)
    try:
        rows = await connection.fetch(UNIQUE)
    finally:
        await connection.close()
    by_table: dict[str, set[tuple[str, ...]]] = {}
    for row in rows:
        by_table.setdefault(row["table"], set()).add(tuple(row["columns"]))
    _, _, section = PAGE.partition("<!-- constraints -->")
    said = re.findall(r"^\| `(\w+)` \| `\(([\w, ]+)\)` \|", section, re.MULTILINE)
    without = {
        (table, columns)
        for table, keys in by_table.items()
        for columns in keys
        if "user_id" not in columns and table not in {"users", "api_tokens", "tortoise_migrations"}
    }
    assert {(table, tuple(columns.split(", "))) for table, columns in said} == without
    assert ("user_id", "idempotency_key") in by_table["runs"]
    assert ("user_id", "month") in by_table["monthly_usage"]


def test_a_turn_is_the_sum_of_its_parts() -> None:
    costs = {
        "stream": TurnCosts(parley=60, postgres=10, redis=2, commits=12, wal_bytes=9000),
        "read": TurnCosts(parley=5, postgres=1, redis=0.5, commits=3, wal_bytes=0),
    }
    assert turn(costs, {"stream": 1, "read": 3}) == TurnCosts(75, 13, 3.5, 21, 9000)


def test_processes_are_whole_and_nothing_is_busier_than_planned() -> None:
    cost = TurnCosts(parley=70, postgres=14, redis=2, commits=20, wal_bytes=10_000)
    found = need(cost, turns_per_second=100, connections_each=10)
    assert (found.processes, found.connections) == (10, 100)
    assert found.postgres_cores == pytest.approx(100 * 0.014 / BUSY)
    assert found.redis_share == pytest.approx(0.2)
    assert (found.commits_per_second, found.wal_megabytes_per_second) == (2000, 1.0)
    assert need(cost, turns_per_second=100.1, connections_each=10).processes == 11
    assert need(cost, turns_per_second=0.1, connections_each=10).processes == 1


def test_the_nearest_bound_comes_first() -> None:
    cost = TurnCosts(parley=70, postgres=14, redis=2, commits=20, wal_bytes=10_000)
    found = bounds(cost, postgres_cores=8, max_connections=100, connections_each=10)
    assert [one.name.split()[0] for one in found] == ["100", "Redis,", "PostgreSQL,"]
    assert [round(one.turns_per_second) for one in found] == [100, 350, 400]
