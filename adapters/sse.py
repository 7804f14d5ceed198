"""Server-Sent Events: bytes in, the data of events out.

Follows "Interpreting an event stream" of the WHATWG HTML standard. Knows no sockets, no JSON and
no model. Only the data of an event is kept: its type, id and retry time mean nothing here.
"""

_BOM = b"\xef\xbb\xbf"


class EventTooLongError(Exception):
    """One event is longer than allowed. `complete` holds the events that ended before it."""

    def __init__(self, complete: list[str]) -> None:
        """The parser that raised it is of no use any more."""
        super().__init__("an event of the stream is longer than allowed")
        self.complete = complete


class EventStreamParser:
    """An incremental parser: the bytes may be cut anywhere, also inside a character or a CRLF."""

    def __init__(self, *, max_event_bytes: int) -> None:
        """`max_event_bytes` is the most that one line, or the data of one event, may take.

        `heard` is how many bytes were fed so far that belong neither to a comment nor to a line
        end.
        """
        self._max_event_bytes = max_event_bytes
        self._line = bytearray()  # one that has not ended yet
        self._data: list[str] = []
        self._data_bytes = 0
        self._after_cr = False
        self._at_start = True
        self.heard = 0

    def feed(self, received: bytes) -> list[str]:
        """Take the next bytes; the data of each event that is whole now, in order.

        An event that is not ended by a blank line is never given out, as the standard asks.
        Raises `EventTooLongError`.
        """
        events: list[str] = []
        for piece in self._without_split_crlf(received).splitlines(keepends=True):
            content = piece.rstrip(b"\r\n")
            if self._line:
                self._line += content
            line = self._line or content
            if len(line) + self._data_bytes > self._max_event_bytes:
                raise EventTooLongError(events)
            if not line.startswith(b":"):
                self.heard += len(content)
            if len(content) < len(piece):
                self._take_line(bytes(line), events)
                self._line.clear()
            elif not self._line:
                self._line += content
        return events

    def _without_split_crlf(self, received: bytes) -> bytes:
        """The line feed of a CRLF that was cut in two ends no second line."""
        if not received:
            return received
        if self._after_cr:
            received = received.removeprefix(b"\n")
        self._after_cr = received.endswith(b"\r")
        return received

    def _take_line(self, line: bytes, events: list[str]) -> None:
        # A whole line is decoded at once: no character of UTF-8 holds a line end inside.
        if self._at_start:
            line = line.removeprefix(_BOM)
            self._at_start = False
        if line:
            self._take_field(line)
        elif self._data:
            events.append("\n".join(self._data))
            self._data.clear()
            self._data_bytes = 0

    def _take_field(self, line: bytes) -> None:
        name, _, value = line.partition(b":")
        if name == b"data":
            self._data.append(value.removeprefix(b" ").decode("utf-8", "replace"))
            self._data_bytes += len(value) + 1
