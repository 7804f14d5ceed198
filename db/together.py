"""Writes that go to the database together.

On PostgreSQL they are one statement, and one way to the server and back in place of many. SQLite
takes one after the other: it is in the same process.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from db.database import Row, Transaction

_PARAMETER = re.compile(r"(?<!:):([a-z_][a-z_0-9]*)")


@dataclass(frozen=True, slots=True)
class Statement:
    """A write, and its parameters by name."""

    text: str
    parameters: Mapping[str, object]


async def together(transaction: Transaction, statements: Iterable[Statement]) -> list[Row]:
    """Run the writes; the rows that the last one returns.

    None may read what another one writes, in a subquery neither, and none may change a row that
    another one changes: on PostgreSQL all begin at the same time. References are checked when all
    are done.
    """
    wanted = list(statements)
    if transaction.dialect == "postgres":
        wanted = [_joined(wanted)]
    found: list[Row] = []
    for one in wanted:
        found = await transaction.rows(one.text, **one.parameters)
    return found


def _joined(statements: Sequence[Statement]) -> Statement:
    """One statement whose last part is the last one; their parameters get numbers."""
    parameters = {
        f"{name}_{number}": value
        for number, one in enumerate(statements)
        for name, value in one.parameters.items()
    }
    return Statement(_joined_texts(tuple(one.text for one in statements)), parameters)


@lru_cache(maxsize=128)
def _joined_texts(texts: tuple[str, ...]) -> str:
    *first, last = (_PARAMETER.sub(rf":\g<1>_{number}", text) for number, text in enumerate(texts))
    parts = [f"step_{number} AS ({text})" for number, text in enumerate(first)]
    return f"WITH {', '.join(parts)} {last}" if parts else last


def insert(table: str, rows: Sequence[Mapping[str, object]], *, ending: str = "") -> Statement:
    """An INSERT of rows that name the same columns in the same order, `ending` as it is given."""
    text = _insert_text(table, tuple(rows[0]), len(rows))
    parameters = {
        f"{name}_{number}": value for number, row in enumerate(rows) for name, value in row.items()
    }
    return Statement(f"{text} {ending}" if ending else text, parameters)


@lru_cache(maxsize=64)
def _insert_text(table: str, columns: tuple[str, ...], rows: int) -> str:
    places = (f"({', '.join(f':{name}_{number}' for name in columns)})" for number in range(rows))
    return f"INSERT INTO {table} ({', '.join(columns)}) VALUES {', '.join(places)}"
