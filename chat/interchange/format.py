"""Parley's own format, version 1: JSON Lines, one object a line, in UTF-8.

    {"type": "header", "format": "parley", "version": 1, "exportedAt": …}
    {"type": "conversation", "family": …, "id": …, "path": […], …}
    {"type": "message", "index": 0, …}     the messages written in it, in the order of indexes
    …
    {"type": "end", "conversations": 2, "messages": 40}

Lines of one family stand together: conversations that are branches, variants or sources of one
another, parents and roots before those that refer to them. So a file is written and read in
memory that depends on its largest family's number of conversations, not on its messages.
Names are those of the API; `path` holds the segments of a path, `run.answers` is the index of the
user message that a reply answers.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

from chat.records import Conversation, Message

NAME = "parley"
VERSION = 1
# A reply may be longer than what people may send.
LONGEST_REPLY = 1_000_000
# A reply of that length, with every character escaped.
LONGEST_LINE = 8 * 1024 * 1024
LONGEST_PATH = 10_000


@dataclass(frozen=True, slots=True)
class Stretch:
    """A segment of a path: `source_id`'s messages with start <= index < stop (None: open)."""

    source_id: UUID
    start: int
    stop: int | None


@dataclass(frozen=True, slots=True)
class KeptConversation:
    """A conversation as it is exported, with its path and the family that it belongs to."""

    conversation: Conversation
    family: UUID
    path: tuple[Stretch, ...]


@dataclass(frozen=True, slots=True)
class KeptRun:
    """The run of a reply. `answers` is the index of the user message, on the reply's path."""

    answers: int
    prompt_tokens: int
    temperature: float | None
    max_tokens: int | None
    started_at: datetime
    first_token_at: datetime | None
    finished_at: datetime | None


@dataclass(frozen=True, slots=True)
class KeptMessage:
    """A message as it is exported; a reply has the run that made it."""

    message: Message
    run: KeptRun | None


Record = KeptConversation | KeptMessage


class ReadableFile(Protocol):
    """A file in binary mode that can be read again from any place."""

    def readline(self, limit: int = -1, /) -> bytes:
        """The next line, or so many bytes of it."""
        ...

    def seek(self, offset: int, /) -> int:
        """Go to a place."""
        ...


def source_at(path: tuple[Stretch, ...], index: int) -> UUID:
    """The conversation that the message at an index of a path was written in."""
    return next(one.source_id for one in path if one.stop is None or index < one.stop)


def cut(path: tuple[Stretch, ...], stop: int) -> Iterator[tuple[UUID, int, int]]:
    """A path below an index, with neighbours of one source as one."""
    last: tuple[UUID, int, int] | None = None
    for one in path:
        if one.start >= stop:
            break
        end = stop if one.stop is None else min(one.stop, stop)
        if last is not None and last[0] == one.source_id:
            last = (last[0], last[1], end)
            continue
        if last is not None:
            yield last
        last = (one.source_id, one.start, end)
    if last is not None:
        yield last
