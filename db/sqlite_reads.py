"""Short reads of a SQLite file, made in the thread of the loop itself.

A way to another thread and back takes several times as long as SQLite does for a page of messages.
What is read here holds up the loop, so nothing may take long:

- Only statements are read here that are known as short: another thread has run them before, and
  needed little CPU time.
- A read that turns out as long nevertheless, by its work or by the clock, is broken off and goes
  to the other thread. So do its next ones, for a while that doubles each time.
- The search always goes to the other thread: what an index of words does cannot be broken off.
- Nothing is waited for. A file that is locked, and whatever else goes wrong, is the other thread's
  affair: it reads again, waits, and tells what is wrong.

Each read sees what was committed before it began, and keeps nothing open when it is done.
"""

import re
import sqlite3
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

# How much CPU time a short read may take, and reads one after the other before others get a turn.
SHORT_SECONDS = 0.002
# Many times that: a thread of a busy machine stands still for some milliseconds now and then.
_LONGEST_SECONDS = 0.02
# What SQLite does in SHORT_SECONDS, or less: its own count of work is told by no neighbour.
_STEPS_BETWEEN_LOOKS = 1000
_MOST_LOOKS = 20
_ROWS_BETWEEN_LOOKS = 16
_SHORTEST_REST_SECONDS = 0.01
_LONGEST_REST_SECONDS = 60.0
_NOT_SHORT = re.compile(r"\bMATCH\b")
_MOST_KNOWN = 1000
# Longer ones differ from one another, as in `db.sql`.
_LONGEST_KNOWN = 8192


@dataclass(slots=True)
class _Pace:
    """Until when a statement is left to the other thread, and for how long the next time."""

    resting_until: float = 0.0
    rest_seconds: float = _SHORTEST_REST_SECONDS

    def rest(self, now: float) -> None:
        """Another one took too long."""
        self.resting_until = now + self.rest_seconds
        self.rest_seconds = min(2 * self.rest_seconds, _LONGEST_REST_SECONDS)

    def do_well(self) -> None:
        """Another one was short."""
        self.rest_seconds = max(self.rest_seconds / 2, _SHORTEST_REST_SECONDS)


class ShortReads:
    """A connection of the loop's own thread. Nothing is ever written over it."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        """Use `opened`."""
        self._connection = connection
        self._paces: dict[str, _Pace] = {}
        self._deadline = 0.0
        self._looks_left = 0
        self._held_up_seconds = 0.0
        connection.set_progress_handler(self._is_late, _STEPS_BETWEEN_LOOKS)

    def rows(self, query: str, values: list[object]) -> list[sqlite3.Row] | None:
        """The rows of a statement; None when the other thread is to read them."""
        pace = self._paces.get(query)
        if pace is None:
            return None
        began = time.monotonic()
        if pace.resting_until > began:
            return None
        self._deadline = began + _LONGEST_SECONDS
        self._looks_left = _MOST_LOOKS
        try:
            found = self._read(query, values)
        except sqlite3.Error:
            found = None
        took = time.monotonic() - began
        self._held_up_seconds += took
        if found is None or took > _LONGEST_SECONDS:
            pace.rest(began + took)
        else:
            pace.do_well()
        return found

    def turn_is_due(self) -> bool:
        """Whether it is time to let others run: reads here never do. True once each time."""
        is_due = self._held_up_seconds > SHORT_SECONDS
        if is_due:
            self._held_up_seconds = 0.0
        return is_due

    def learn(self, query: str, cpu_seconds: float) -> None:
        """Note what the other thread needed for a statement."""
        pace = self._paces.get(query)
        if pace is None:
            if len(query) > _LONGEST_KNOWN or _NOT_SHORT.search(query):
                return
            if len(self._paces) >= _MOST_KNOWN:
                self._paces.clear()
            pace = self._paces[query] = _Pace()
        if cpu_seconds > SHORT_SECONDS:
            pace.rest(time.monotonic())

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()

    def _read(self, query: str, values: list[object]) -> list[sqlite3.Row] | None:
        """None when the time is over between two rows: long values take no steps."""
        cursor = _begun(self._connection, query, values)
        found: list[sqlite3.Row] = []
        while some := cursor.fetchmany(_ROWS_BETWEEN_LOOKS):
            found += some
            if len(some) < _ROWS_BETWEEN_LOOKS:
                break
            if time.monotonic() > self._deadline:
                cursor.close()
                return None
        return found

    def _is_late(self) -> bool:
        """Asked by SQLite in the midst of a statement; True ends it."""
        self._looks_left -= 1
        return self._looks_left < 0 or time.monotonic() > self._deadline


def opened(path: str | Path) -> sqlite3.Connection:
    """A connection that only reads and waits for nobody. Raises sqlite3.Error; blocks."""
    connection = sqlite3.connect(
        path, timeout=0, isolation_level=None, check_same_thread=False, cached_statements=256
    )
    connection.execute("PRAGMA query_only = ON")
    return connection


def rows_of(connection: sqlite3.Connection, query: str, values: list[Any]) -> list[sqlite3.Row]:
    """The rows of a statement, all of them. Raises sqlite3.Error."""
    return _begun(connection, query, values).fetchall()


def _begun(connection: sqlite3.Connection, query: str, values: list[Any]) -> sqlite3.Cursor:
    cursor = connection.cursor()
    cursor.row_factory = sqlite3.Row
    return cursor.execute(query, values)
