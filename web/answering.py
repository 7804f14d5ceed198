"""A request as the server holds it, with a way past ASGI's messages for what is usual.

ASGI passes a body piece by piece, and an answer in two messages, whose headers uvicorn looks at one
by one. Most bodies are there as a whole when they are asked for, and most answers are one head and
one body: these can be had and given at once. What is not as usual goes by messages.
"""

import asyncio
from functools import lru_cache

from uvicorn._types import ASGISendEvent
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, RequestResponseCycle

from web.asgi import Receive, Send
from web.joined_writes import MOST_JOINED_BYTES, JoinedWrites

_OK = STATUS_LINE[200]


class Answering(RequestResponseCycle):
    """Uvicorn's request, whose body can be taken and which can be answered without messages.

    Of an answer by messages, the first two writes are one.
    """

    async def send(self, message: ASGISendEvent) -> None:
        """Take a part of the answer. Behind the head of an answer to HEAD nothing comes."""
        if not self.response_started and self.scope["method"] != "HEAD":
            self.transport = JoinedWrites(self.transport, asyncio.get_running_loop())
        await super().send(message)

    def take_body(self) -> bytes | None:
        """The whole body; None where it has to be received."""
        if self.more_body or self.waiting_for_100_continue:
            return None
        if self.disconnected or self.response_complete:
            return None
        self.flow.resume_reading()
        self.message_event.clear()
        body, self.body = bytes(self.body), bytearray()
        return body

    def answer(self, head: bytes, body: bytes) -> bool:
        """Answer with 200, if that can be done at once; whether it was done.

        `head` are lines of headers, each with its end, the length of the body among them.
        """
        unusual = self.access_log or self.scope["method"] == "HEAD" or self.response_started
        if unusual or self.disconnected or self.flow.write_paused or len(body) > MOST_JOINED_BYTES:
            return False
        self.response_started = self.response_complete = True
        end = b"\r\n" if self.keep_alive else b"connection: close\r\n\r\n"
        lines = [_line(name, value) for name, value in self.default_headers]
        self.transport.write(b"".join((_OK, *lines, head, end, body)))
        self.message_event.set()
        if not self.keep_alive:
            self.transport.close()
        self.on_response()
        return True


def request_behind(call: Receive | Send) -> Answering | None:
    """Whose `receive` or `send` this is; None where something stands in between."""
    owner = getattr(call, "__self__", None)
    return owner if isinstance(owner, Answering) else None


@lru_cache(maxsize=16)
def _line(name: bytes, value: bytes) -> bytes:
    """A header of the server's own, which changes once in a second at most."""
    return b"%b: %b\r\n" % (name, value)
