"""One SQL text for both databases.

Statements are written for PostgreSQL with named parameters (`:name`). A list or tuple stands for
its items (`IN (:ids)`). For SQLite the few differences are taken out: casts (`:id::uuid`), row
locks (a transaction holds the whole database there), the names of three functions, and the time.

`clock_timestamp()` and `statement_timestamp()` are the time of the database; SQLite's is that of
the machine, written as times are stored there. Seconds are added as in `clock_timestamp() +
:seconds * interval '1 second'`.
"""

import re
from collections.abc import Mapping
from datetime import datetime
from enum import Enum
from functools import lru_cache
from typing import Literal
from uuid import UUID

Dialect = Literal["sqlite", "postgres"]

_LONGEST_KEPT = 8192
_PARAMETER = re.compile(r"(?<!:):([a-z_][a-z_0-9]*)")
_SQLITE_NOW = "STRFTIME('%Y-%m-%d %H:%M:%f000+00:00', 'now'"
_FOR_SQLITE = (
    (
        re.compile(r"\bclock_timestamp\(\) \+ (:\w+) \* interval '1 second'"),
        rf"{_SQLITE_NOW}, \1 || ' seconds')",
    ),
    (re.compile(r"\b(clock|statement)_timestamp\(\)"), f"{_SQLITE_NOW})"),
    (re.compile(r"::[a-z]+"), ""),
    (re.compile(r"\bFOR (NO KEY )?UPDATE( OF \w+)?"), ""),
    (re.compile(r"\bGREATEST\("), "MAX("),
    (re.compile(r"\bLEAST\("), "MIN("),
    (re.compile(r"\bSTRPOS\("), "INSTR("),
)


def render(
    text: str, parameters: Mapping[str, object], dialect: Dialect
) -> tuple[str, list[object]]:
    """The statement and its positional values as the driver of `dialect` takes them."""
    lengths: tuple[tuple[str, int], ...] = ()
    for name, value in parameters.items():
        if isinstance(value, list | tuple):
            lengths += ((name, len(value)),)
    # Long statements differ from one another, and megabytes of them would be kept.
    rendered = _rendered if len(text) <= _LONGEST_KEPT else _rendered.__wrapped__
    statement, names = rendered(text, lengths, dialect)
    values: list[object] = []
    for name in names:
        value = parameters[name]
        if isinstance(value, list | tuple):
            values += value
        else:
            values.append(value)
    return statement, [_for_sqlite(one) for one in values] if dialect == "sqlite" else values


@lru_cache(maxsize=512)
def _rendered(
    text: str, lengths: tuple[tuple[str, int], ...], dialect: Dialect
) -> tuple[str, tuple[str, ...]]:
    """The statement for lists of these lengths, and the parameters in the order of their places."""
    names: list[str] = []
    items = dict(lengths)
    number = 0

    def place(match: re.Match[str]) -> str:
        nonlocal number
        name = match[1]
        names.append(name)
        count = items.get(name, 1)
        places = [f"${number + one}" for one in range(1, count + 1)]
        number += count
        # Nothing is IN (NULL).
        return ", ".join(places if dialect == "postgres" else "?" * count) or "NULL"

    return _PARAMETER.sub(place, _translated(text, dialect)), tuple(names)


def values(parameters: Mapping[str, object], dialect: Dialect) -> list[object]:
    """The values of single parameters, in their order, as the driver of `dialect` takes them."""
    if dialect == "sqlite":
        return [_for_sqlite(value) for value in parameters.values()]
    return list(parameters.values())


def _translated(text: str, dialect: Dialect) -> str:
    if dialect == "sqlite":
        for pattern, replacement in _FOR_SQLITE:
            text = pattern.sub(replacement, text)
    return text


def _for_sqlite(value: object) -> object:
    """SQLite has no type for ids and times: they are stored as text that sorts as they do."""
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, UUID):
        return str(value)
    if isinstance(value, datetime):
        return value.isoformat(sep=" ", timespec="microseconds")
    return value


def insert(table: str, columns: Mapping[str, object], **computed: str) -> str:
    """An INSERT of one row whose parameters are named as its columns.

    `computed` are more columns, each with the expression that gives its value.
    """
    names = ", ".join([*columns, *computed])
    places = ", ".join([*(f":{name}" for name in columns), *computed.values()])
    return f"INSERT INTO {table} ({names}) VALUES ({places})"


def assignments(columns: Mapping[str, object]) -> str:
    """The SET part of an UPDATE whose parameters are named as its columns."""
    return ", ".join(f"{name} = :{name}" for name in columns)
