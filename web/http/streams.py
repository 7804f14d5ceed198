"""Results on their way through a stream: server-sent events, and multipart.

Nothing here does I/O.

Sources: https://github.com/enisdenjo/graphql-sse/blob/master/PROTOCOL.md (distinct connections) and
https://www.apollographql.com/docs/graphos/routing/operations/subscriptions/multipart-protocol.
"""

from typing import Protocol

from web.http.media_types import AnswerType


class StreamFormat(Protocol):
    """How a stream of results is written."""

    content_type: str

    def begin(self) -> bytes:
        """What comes first."""
        ...

    def result(self, body: bytes) -> bytes:
        """A result, whose `body` is JSON."""
        ...

    def heartbeat(self) -> bytes:
        """Something that says nothing, so that nobody in between thinks the stream dead."""
        ...

    def end(self) -> bytes:
        """What says that nothing follows."""
        ...


class EventStream:
    """Server-sent events, in graphql-sse's distinct connections mode."""

    content_type = "text/event-stream; charset=utf-8"

    def begin(self) -> bytes:
        """A comment: some clients and proxies wait for a first byte."""
        return b":\n\n"

    def result(self, body: bytes) -> bytes:
        """An event `next`. JSON holds no line break, so its data is one line."""
        return b"event: next\ndata: " + body + b"\n\n"

    def heartbeat(self) -> bytes:
        """A comment."""
        return b":\n\n"

    def end(self) -> bytes:
        """An event `complete`. Its data is empty but there: browsers drop events without any."""
        return b"event: complete\ndata:\n\n"


class Multipart:
    """Multipart subscriptions, as Apollo Client reads them."""

    content_type = 'multipart/mixed; boundary="graphql"; subscriptionSpec=1.0'
    _PART = b"content-type: application/json\r\n\r\n"
    _BORDER = b"\r\n--graphql"

    def begin(self) -> bytes:
        """The first border, behind which the first part's head follows at once."""
        return self._BORDER + b"\r\n"

    def result(self, body: bytes) -> bytes:
        """A part, closed by the next border: readers take a part when they see its end."""
        return self._PART + b'{"payload":' + body + b"}" + self._BORDER + b"\r\n"

    def heartbeat(self) -> bytes:
        """An empty object, which clients pass over."""
        return self._PART + b"{}" + self._BORDER + b"\r\n"

    def end(self) -> bytes:
        """An empty part and the last border: the border before cannot be taken back."""
        return self._PART + b"{}" + self._BORDER + b"--\r\n"


def stream_format(type_: AnswerType) -> StreamFormat:
    """How to write a stream of this type."""
    return EventStream() if type_ is AnswerType.EVENT_STREAM else Multipart()
