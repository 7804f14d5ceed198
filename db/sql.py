"""One SQL text for both databases.

Statements are written for PostgreSQL with named parameters (`:name`). A list or tuple is named as
`IN (:ids)` or `NOT IN (:ids)`: PostgreSQL takes it as an array, so that a statement is the same
one for lists of any length, SQLite as its items. For SQLite the few differences are taken out:
casts (`:id::uuid`), row locks (a transaction holds the whole database there), the names of three
functions, and the time.

`clock_timestamp()` and `statement_timestamp()` are the time of the database; SQLite's is that of
the machine, written as times are stored there. Seconds are added as in `clock_timestamp() +
:seconds * interval '1 second'`.
"""

import re
from collections.abc import Callable, Mapping
from datetime import datetime
from enum import Enum
from functools import lru_cache
from operator import attrgetter
from typing import Any, Literal
from uuid import UUID

Dialect = Literal["sqlite", "postgres"]

_LONGEST_KEPT = 8192
_LISTS = (list, tuple)
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
_FOR_POSTGRES = (
    (re.compile(r"\bNOT IN \((:\w+)\)"), r"<> ALL(\1)"),
    (re.compile(r"\bIN \((:\w+)\)"), r"= ANY(\1)"),
)


def render(
    text: str, parameters: Mapping[str, object], dialect: Dialect
) -> tuple[str, list[object]]:
    """The statement and its positional values as the driver of `dialect` takes them."""
    # Long statements differ from one another, and megabytes of them would be kept.
    rendered = _rendered if len(text) <= _LONGEST_KEPT else _rendered.__wrapped__
    if dialect == "postgres":
        statement, names = rendered(text, dialect)
        return statement, [parameters[name] for name in names]
    lengths: tuple[tuple[str, int], ...] = ()
    for name, value in parameters.items():
        if isinstance(value, _LISTS):
            lengths += ((name, len(value)),)
    statement, names = rendered(text, dialect, lengths)
    found = [parameters[name] for name in names]
    if lengths:
        found = [one for some in found for one in (some if isinstance(some, _LISTS) else (some,))]
    return statement, _for_sqlite(found)


@lru_cache(maxsize=512)
def _rendered(
    text: str, dialect: Dialect, lengths: tuple[tuple[str, int], ...] = ()
) -> tuple[str, tuple[str, ...]]:
    """The statement for lists of these lengths, and the parameters in the order of their places."""
    names: list[str] = []
    items = dict(lengths)

    def place(match: re.Match[str]) -> str:
        name = match[1]
        names.append(name)
        if dialect == "postgres":
            return f"${len(names)}"
        return ", ".join("?" * items.get(name, 1))

    for pattern, replacement in _FOR_POSTGRES if dialect == "postgres" else _FOR_SQLITE:
        text = pattern.sub(replacement, text)
    return _PARAMETER.sub(place, text), tuple(names)


def values(parameters: Mapping[str, object], dialect: Dialect) -> list[object]:
    """The values of single parameters, in their order, as the driver of `dialect` takes them."""
    found = list(parameters.values())
    return _for_sqlite(found) if dialect == "sqlite" else found


def _for_sqlite(found: list[object]) -> list[object]:
    """SQLite has no type for ids and times: they are stored as text that sorts as they do."""
    return [
        value if (converted := _CONVERTED[type(value)]) is None else converted(value)
        for value in found
    ]


class _ByType(dict[type, Callable[[Any], object] | None]):
    """How values of a type are converted; None: they are not. Looked up, since it is often."""

    def __missing__(self, kind: type) -> Callable[[Any], object] | None:
        self[kind] = found = _conversion(kind)
        return found


def _conversion(kind: type) -> Callable[[Any], object] | None:
    if issubclass(kind, Enum):
        return attrgetter("value")
    if issubclass(kind, UUID):
        return str
    if issubclass(kind, datetime):
        return _time
    return None


def _time(value: datetime) -> str:
    return value.isoformat(sep=" ", timespec="microseconds")


_CONVERTED = _ByType()


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
