"""Messages along the path of a conversation.

A path is a list of segments, and indexes have no gap, so any page is a range of indexes: bounded
scans of the (conversation, index) key over the segments that the page touches. The cost depends
on the page, not on the history nor on how many messages were branched away from.
"""

from collections.abc import Sequence
from uuid import UUID

from chat.history import HistoryLimits, Window
from chat.records import Message
from db import rows
from db.database import Database, Transaction

Wanted = tuple[UUID, int, int]

_FIRST_CHUNK = 32
_LARGEST_CHUNK = 512
# SQLite takes at most 32,766 parameters in a statement; each range needs four.
_RANGES_PER_STATEMENT = 1000

# CROSS JOIN keeps SQLite to this order: each range, its segments, then their messages by key.
_RANGES = f"""
    WITH wanted (position, conversation_id, low, high) AS (VALUES {{values}})
    SELECT w.position AS wanted, {rows.qualified(rows.MESSAGE, "m")}
    FROM wanted w
    CROSS JOIN segments s
    CROSS JOIN messages m
    WHERE s.conversation_id = w.conversation_id AND s.user_id = :user_id
      AND s.from_index < w.high AND (s.to_index IS NULL OR s.to_index > w.low)
      AND m.conversation_id = s.source_id
      AND m.idx >= GREATEST(w.low, s.from_index)
      AND m.idx < LEAST(w.high, COALESCE(s.to_index, w.high))
"""


async def read_ranges(
    source: Database | Transaction, user_id: UUID, wanted: Sequence[Wanted]
) -> dict[Wanted, list[Message]]:
    """For each (conversation, from, to) the messages with from <= index < to, in order."""
    found: dict[Wanted, list[Message]] = {one: [] for one in wanted}
    unique = list(found)
    for start in range(0, len(unique), _RANGES_PER_STATEMENT):
        chunk = unique[start : start + _RANGES_PER_STATEMENT]
        for row in await source.rows(_statement(len(chunk)), **_parameters(user_id, chunk)):
            found[chunk[row["wanted"]]].append(rows.message(row))
    for messages in found.values():
        messages.sort(key=lambda message: message.index)
    return found


def _statement(count: int) -> str:
    one = "({0}, :conversation_{0}::uuid, :low_{0}::int, :high_{0}::int)"
    return _RANGES.format(values=", ".join(one.format(number) for number in range(count)))


def _parameters(user_id: UUID, wanted: Sequence[Wanted]) -> dict[str, object]:
    parameters: dict[str, object] = {"user_id": user_id}
    for number, (conversation_id, low, high) in enumerate(wanted):
        parameters[f"conversation_{number}"] = conversation_id
        parameters[f"low_{number}"] = low
        parameters[f"high_{number}"] = high
    return parameters


async def read_window(
    source: Database | Transaction,
    *,
    user_id: UUID,
    conversation_id: UUID,
    stop: int,
    newest: Message | None,
    limits: HistoryLimits,
) -> tuple[Message, ...]:
    """What is sent to the model: `newest`, then back along the path from below index `stop`.

    Reads in chunks that double, since messages that do not count may lie between.
    """
    window = Window(limits)
    if newest is not None:
        window.extend_back([newest])
    chunk = _FIRST_CHUNK
    while stop > 0 and not window.full:
        start = max(0, stop - chunk)
        wanted = (conversation_id, start, stop)
        messages = (await read_ranges(source, user_id, [wanted]))[wanted]
        window.extend_back(reversed(messages))
        stop, chunk = start, min(2 * chunk, _LARGEST_CHUNK)
    return window.messages
