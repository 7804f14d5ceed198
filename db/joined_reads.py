"""Conversations together with messages of theirs, by one statement each.

What is asked for most: a conversation as it is opened, and the list of conversations with what was
said last. A second statement would cost as much again, and could find a later state.
"""

from functools import lru_cache
from operator import attrgetter, itemgetter
from uuid import UUID

from chat.paging import IndexWindow
from chat.records import Conversation, Message
from db import rows
from db.database import Database

_FIRST = itemgetter(0)
# As far as the databases' integers go.
_HIGHEST_INDEX = 2**31 - 1

# A message belongs to a segment of the conversation's path, and a segment may have none here. What
# the conversation itself holds comes once: with the lowest index, or with no message at all.
_OPENED = f"""
    SELECT {rows.qualified(rows.CONVERSATION, "c")}, {rows.qualified(rows.MESSAGE, "m")}
    FROM conversations o
    LEFT JOIN segments s ON s.conversation_id = o.id AND s.user_id = o.user_id
      AND s.from_index < {{high}} AND (s.to_index IS NULL OR s.to_index > {{low}})
    LEFT JOIN messages m ON m.conversation_id = s.source_id
      AND m.idx >= GREATEST({{low}}, s.from_index)
      AND m.idx < LEAST({{high}}, COALESCE(s.to_index, {{high}}))
    LEFT JOIN conversations c ON c.id = o.id AND (m.id IS NULL OR m.idx = {{low}})
    WHERE o.id = :id AND o.user_id = :user_id
"""
_FROM_START = _OPENED.format(low=":low::int", high=":high::int")
_END = "LEAST(:high::int, o.next_index)"
_FROM_END = _OPENED.format(low=f"GREATEST(:low::int, {_END} - :count::int)", high=_END)

# The last message lies in the one segment that holds its index. By its id it is found by keys,
# whatever the database thinks of how many there are.
_WITH_LAST = f"""
    SELECT {rows.qualified(rows.CONVERSATION, "c")}, {rows.qualified(rows.MESSAGE, "m")}
    FROM ({{page}}) AS c
    LEFT JOIN messages m ON m.id = (
      SELECT last.id FROM segments s
      CROSS JOIN messages last
      WHERE s.conversation_id = c.id AND s.user_id = c.user_id
        AND s.from_index < c.next_index AND (s.to_index IS NULL OR s.to_index >= c.next_index)
        AND last.conversation_id = s.source_id AND last.idx = c.next_index - 1
    )
"""


async def read_with_messages(
    database: Database, user_id: UUID, conversation_id: UUID, window: IndexWindow
) -> tuple[Conversation, list[Message]] | None:
    """A conversation with a page of its messages, in order; None when it is not the user's."""
    low = 0 if window.after is None else min(window.after + 1, _HIGHEST_INDEX)
    high = _HIGHEST_INDEX if window.before is None else min(window.before, _HIGHEST_INDEX)
    count = window.size.count
    if window.size.from_end:
        text, bounds = _FROM_END, {"low": low, "high": high, "count": count}
    else:
        text, bounds = _FROM_START, {"low": low, "high": min(high, low + count)}
    found = await database.rows(text, id=conversation_id, user_id=user_id, **bounds)
    if not found:
        return None
    messages = [one for one in map(rows.message_last, found) if one]
    messages.sort(key=attrgetter("index"))
    return next(one for one in map(rows.conversation_first, found) if one), messages


async def read_with_last_messages(
    database: Database, page: str, parameters: dict[str, object]
) -> list[tuple[Conversation, Message | None]]:
    """Each conversation that the statement `page` selects, with the last message that it shows.

    The newest conversation comes first.
    """
    found = await database.rows(_with_last(page), **parameters)
    found.sort(key=_FIRST, reverse=True)  # by id
    return rows.conversations_with_messages(found)


@lru_cache(maxsize=64)
def _with_last(page: str) -> str:
    return _WITH_LAST.format(page=page)
