"""Answers whose bodies are there as a whole go out with their heads, in one write.

Uvicorn writes the two by themselves, which wakes server, kernel and client twice for each answer,
and looks at each header anew, which takes as long as the write. What is not as usual is left to
it.
"""

import asyncio
from functools import lru_cache
from typing import NamedTuple

from uvicorn._types import ASGISendEvent, HTTPResponseStartEvent
from uvicorn.protocols.http.httptools_impl import (
    HEADER_RE,
    HEADER_VALUE_RE,
    STATUS_LINE,
    RequestResponseCycle,
)

from web.joined_writes import MOST_JOINED_BYTES, JoinedWrites

# Uvicorn does more with these than to write them down.
_DECIDING = frozenset({b"connection", b"content-length", b"transfer-encoding"})


class _Start(NamedTuple):
    """The beginning of an answer: as it was sent, its head but for the last line, its length."""

    event: HTTPResponseStartEvent
    head: bytes
    length: int


class Answering(RequestResponseCycle):
    """One request and its answer.

    Nothing is written, and nothing promised, before the first piece of a body whose length is
    told. What becomes of an answer that has no such piece is decided as if nothing had been sent.
    """

    _start: _Start | None = None

    async def send(self, message: ASGISendEvent) -> None:
        """Take a part of the answer, as ASGI has it."""
        start, self._start = self._start, None
        if not self.response_started:
            if message["type"] == "http.response.start":
                self._start = self._started(message)
                if self._start is not None:
                    return
            elif start is not None:
                if self._written_whole(start, message):
                    return
                await self._send_begun(start.event)
        await self._send_begun(message)

    async def _send_begun(self, message: ASGISendEvent) -> None:
        """Leave it to uvicorn, but for the first two writes, which are one if they can be."""
        # Behind the head of an answer to HEAD nothing comes.
        if not self.response_started and self.scope["method"] != "HEAD":
            self.transport = JoinedWrites(self.transport, asyncio.get_running_loop())
        await super().send(message)

    def _started(self, event: HTTPResponseStartEvent) -> _Start | None:
        """The beginning of an answer, if a body of known length will follow and all is usual."""
        if self.access_log or self.scope["method"] == "HEAD":
            return None
        lines = [STATUS_LINE.get(event["status"])]
        length = None
        for name, value in (*self.default_headers, *event.get("headers", ())):
            if name == b"content-length" and value.isdigit() and length is None:
                length = int(value)
                lines.append(b"content-length: %d\r\n" % length)
            else:
                lines.append(_line(name, value))
        if length is None or None in lines:
            return None
        return _Start(event, b"".join(line for line in lines if line), length)

    def _written_whole(self, start: _Start, message: ASGISendEvent) -> bool:
        """Write an answer and be done with it, if this is all of its body and it can be joined."""
        if message["type"] != "http.response.body" or message.get("more_body", False):
            return False
        body = message.get("body", b"")
        if len(body) != start.length or start.length > MOST_JOINED_BYTES:
            return False
        if self.disconnected or self.flow.write_paused:
            return False
        end = b"\r\n" if self.keep_alive else b"connection: close\r\n\r\n"
        self.response_started, self.response_complete = True, True
        self.waiting_for_100_continue = False
        self.transport.write(b"".join((start.head, end, body)))
        self.message_event.set()
        if not self.keep_alive:
            self.transport.close()
        self.on_response()
        return True


@lru_cache(maxsize=256)
def _line(name: bytes, value: bytes) -> bytes | None:
    """A header as it is written; None where uvicorn has more to do, or something against it."""
    small = name.lower()
    if small in _DECIDING or HEADER_RE.search(name) or HEADER_VALUE_RE.search(value):
        return None
    return b"%b: %b\r\n" % (small, value)
