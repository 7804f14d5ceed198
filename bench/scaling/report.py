"""The figures as Markdown, for the terminal and for docs/scaling.md."""

import os
import platform
import re
from collections.abc import Iterator, Sequence

from bench.scaling.bounds import BUSY, Need, TurnCosts, bounds, need, turn
from bench.scaling.measuring import Idle, Measured, Table

_MARKS = ("<!-- figures -->", "<!-- end of figures -->")
_NAMES = {
    "read": "a page of 20 messages",
    "send": "a send and its reply of 30 words",
    "stream": "a reply of 170 words, one reader",
    "crowd": "the same, 20 readers",
}
# A turn of somebody who chats: what is written is streamed to one reader, and three pages are read.
_MIX = {"stream": 1.0, "read": 3.0}
_TURNS_PER_SECOND = (1, 10, 100, 1000)
_CONNECTIONS_EACH = 10
_SERVERS = ((8, 100), (32, 500), (96, 1000))


def report(most: Table, figures: Table, quiet: Idle, *, load: float, versions: str) -> str:
    """Everything."""
    costs = {name: _turn_costs(row[max(row)]) for name, row in figures.items()}
    one_turn = turn(costs, _MIX)
    lines = [
        f"Measured on {_machine()}, {versions}; the load average before was {load:.1f}.",
        "",
        *_most(most),
        "",
        *_side_by_side(figures),
        "",
        *_others(figures),
        "",
        *_quiet(quiet),
        "",
        *_needs(one_turn),
        "",
        *_next_bounds(one_turn),
    ]
    return "\n".join(lines)


def replaced(page: str, text: str) -> str:
    """The page with the figures between its marks."""
    begin, end = _MARKS
    head, _, rest = page.partition(begin)
    _, _, tail = rest.partition(end)
    return f"{head}{begin}\n\n{text}\n\n{end}{tail}"


def _machine() -> str:
    with open("/proc/cpuinfo", encoding="utf-8") as file:  # noqa: PTH123  not a file of ours
        found = re.search(r"^model name\s*: (.*)$", file.read(), re.MULTILINE)
    model = found[1] if found else platform.machine()
    return f"{os.cpu_count()} cores ({model}), Python {platform.python_version()}"


def _turn_costs(one: Measured) -> TurnCosts:
    names = ("parley", "postgres", "redis", "commits", "wal_bytes")
    return TurnCosts(**{name: one.cost(name) for name in names})


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    yield f"| {' | '.join(head)} |"
    yield f"| {' | '.join('---' for _ in head)} |"
    for row in rows:
        yield f"| {' | '.join(row)} |"


def _most(most: Table) -> Iterator[str]:
    yield "**One process that is pressed**: what it does in a second, and what one takes."
    yield ""
    rows = [
        [_NAMES[name], f"{row[1].per_second:.1f}", f"{row[1].cost('parley'):.1f} ms"]
        for name, row in most.items()
    ]
    yield from _table(["", "a second", "CPU of Parley"], rows)


def _side_by_side(figures: Table) -> Iterator[str]:
    yield "**The same load for each of 1, 2 and 4 processes**: CPU of Parley for one, in ms. The "
    yield "last column is four against one; in brackets, the lowest and highest round of four."
    yield ""
    rows: list[list[str]] = []
    for name, row in figures.items():
        first, last = row[min(row)], row[max(row)]
        low, high = min(last.all("parley")), max(last.all("parley"))
        cells = [f"{one.cost('parley'):.1f}" for one in row.values()]
        ratio = last.cost("parley") / first.cost("parley")
        rows.append([_NAMES[name], *cells, f"{ratio:.2f} ({low:.1f}–{high:.1f})"])
    counts = [str(count) for count in next(iter(figures.values()))]
    yield from _table(["", *counts, "ratio"], rows)


def _others(figures: Table) -> Iterator[str]:
    yield "**What it takes of the others**, with four processes:"
    yield ""
    rows: list[list[str]] = []
    for name, row in figures.items():
        one = row[max(row)]
        rows.append(
            [
                _NAMES[name],
                f"{one.cost('postgres'):.1f} ms",
                f"{one.cost('commits'):.0f}",
                f"{one.cost('wal_bytes') / 1000:.1f} KB",
                f"{one.cost('redis'):.2f} ms",
                f"{one.cost('redis_commands'):.0f}",
            ]
        )
    head = ["", "PostgreSQL CPU", "commits", "WAL", "Redis CPU", "Redis commands"]
    yield from _table(head, rows)


def _quiet(quiet: Idle) -> Iterator[str]:
    yield (
        f"**When nothing happens**, a process takes {quiet.parley:.1f} ms of CPU a second, and "
        f"for it PostgreSQL {quiet.postgres:.1f} ms and Redis {quiet.redis:.1f} ms. An open "
        f"stream takes {quiet.stream_kilobytes:.0f} KB of memory and {quiet.stream_cpu:.3f} ms a "
        "second. Redis holds "
        f"{quiet.redis_kilobytes:.1f} KB of a conversation for five minutes after its last event."
    )


def _needs(cost: TurnCosts) -> Iterator[str]:
    yield (
        "**Reckoned from that**, for turns of a chat: a reply of 170 words that one client "
        "watches, and three pages that are read. Nothing is planned to be busier than "
        f"{BUSY:.0%}. Somebody who writes once a minute makes a sixtieth of a turn a second."
    )
    yield ""
    rows = [
        _row(need(cost, turns_per_second=rate, connections_each=_CONNECTIONS_EACH))
        for rate in _TURNS_PER_SECOND
    ]
    head = [
        "turns a second",
        "people",
        "processes",
        "PostgreSQL cores",
        "commits a second",
        "WAL a second",
        "Redis' core",
        "connections",
    ]
    yield from _table(head, rows)


def _row(one: Need) -> list[str]:
    return [
        f"{one.turns_per_second:,.0f}",
        f"{one.turns_per_second * 60:,.0f}",
        f"{one.processes:,}",
        f"{one.postgres_cores:.1f}",
        f"{one.commits_per_second:,.0f}",
        f"{one.wal_megabytes_per_second:.2f} MB",
        f"{one.redis_share:.0%}",
        f"{one.connections:,}",
    ]


def _next_bounds(cost: TurnCosts) -> Iterator[str]:
    yield "**What is full first**, by servers of PostgreSQL, in turns a second:"
    yield ""
    rows: list[list[str]] = []
    for cores, most in _SERVERS:
        found = bounds(
            cost,
            postgres_cores=cores,
            max_connections=most,
            connections_each=_CONNECTIONS_EACH,
        )
        cells = [f"{one.name}: {one.turns_per_second:,.0f}" for one in found]
        rows.append([f"{cores} cores, {most} connections", *cells])
    yield from _table(["PostgreSQL", "first", "then", "then"], rows)
