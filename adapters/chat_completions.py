"""The reply of a Chat Completions server: bytes in, the events of the `ModelClient` port out.

A protocol core without I/O: it holds no socket, no clock and no task. What it never does is call
half a reply whole: `end` raises unless the server said that it had finished.
"""

import re
from collections.abc import Callable, Iterator
from typing import TypeAlias, TypeVar

from adapters import wire
from adapters.model_errors import from_error_object
from adapters.sse import EventStreamParser, EventTooLongError
from chat.error_codes import ErrorCode
from chat.errors import ModelError
from chat.model import Finished, ModelEvent, TextPiece, UsageReport

TOOL_ASKED_FOR = "The model asked for a tool, and there are none here."
NO_ROOM_FOR_TEXT = (
    "The model reached its token limit before it wrote any text. Allow it more with maxTokens."
)
_DONE = "[DONE]"
_SURROGATE = re.compile("[\ud800-\udfff]")
_TOOL_REASONS = frozenset({"tool_calls", "function_call"})
# An event of two hundred bytes may carry one letter, so what is received may be far longer than
# the text that is kept; it needs an end all the same.
_RECEIVED_FOR_EACH_KEPT_BYTE = 16

Given = TypeVar("Given")

Heard: TypeAlias = tuple[str, ModelError | None]
"""Text of the reply, and the fault behind it if there is one."""


class ReplyParser:
    """Reads one reply, streamed or plain: feed it what comes, then call `end` once."""

    def __init__(self, *, max_reply_bytes: int, max_line_bytes: int) -> None:
        """`max_reply_bytes`: of the text or a plain answer; `max_line_bytes`: of one event."""
        self._max_reply_bytes = max_reply_bytes
        self._received_bytes = 0
        self._stream = EventStreamParser(max_event_bytes=max_line_bytes)
        self._plain: bytearray | None = None
        self._started = False
        self._heard_in_plain = 0
        self._reply = _Reply(max_reply_bytes)

    @property
    def heard(self) -> int:
        """Grows whenever the server says anything; comments and blank lines are silence."""
        return self._stream.heard + self._heard_in_plain

    @property
    def finished(self) -> bool:
        """Whether the model has ended its reply; all that may follow is the usage."""
        return self._reply.finish_reason is not None

    @property
    def done(self) -> bool:
        """Whether nothing more is to come: [DONE] was read."""
        return self._reply.done

    def feed(self, received: bytes) -> Heard:
        """Take the next bytes, unless there was a fault before.

        What came in one go is one text: handing it on in parts would cost for each of them.
        """
        return _gathered(self._feed, received)

    def end(self) -> Iterator[ModelEvent]:
        """What is left to say at the end of the body. Raises `ModelError` unless it is whole."""
        if self._plain is not None:
            text, fault = _gathered(self._reply.take, self._plain.decode("utf-8", "replace"))
            if text:
                yield TextPiece(text)
            if fault is not None:
                raise fault
            self._reply.done = True  # a JSON document that could be read is whole
        yield from self._reply.end()

    def _feed(self, received: bytes, texts: list[str]) -> None:
        self._received_bytes += len(received)
        if self._received_bytes > self._max_reply_bytes * _RECEIVED_FOR_EACH_KEPT_BYTE:
            raise _broken_off()
        if not self._started:
            received = received.lstrip()
            self._note_start(received)
        if self._plain is None:
            self._feed_stream(received, texts)
        else:
            self._feed_plain(self._plain, received)

    def _note_start(self, received: bytes) -> None:
        """Servers that ignore `stream` answer with a JSON object; no event begins with a brace.

        The content type is not asked, for there are servers that state a wrong one.
        """
        if received:
            self._started = True
            self._plain = bytearray() if received.startswith(b"{") else None

    def _feed_stream(self, received: bytes, texts: list[str]) -> None:
        try:
            events, too_long = self._stream.feed(received), False
        except EventTooLongError as error:
            events, too_long = error.complete, True
        reply = self._reply
        for data in events:
            if not reply.done:
                reply.take(data, texts)
        if too_long:
            raise _broken_off()

    def _feed_plain(self, plain: bytearray, received: bytes) -> None:
        plain += received
        self._heard_in_plain += len(received.strip())
        if len(plain) > self._max_reply_bytes:
            raise _broken_off()


def _gathered(take: Callable[[Given, list[str]], None], given: Given) -> Heard:
    """The texts that `take` finds, as one, and the fault that it raises behind them."""
    texts: list[str] = []
    fault: ModelError | None = None
    try:
        take(given, texts)
    except ModelError as error:
        fault = error
    return "".join(texts), fault


class _Reply:
    """What the chunks of one reply add up to."""

    def __init__(self, max_bytes: int) -> None:
        self.done = False
        self.finish_reason: str | None = None
        self._bytes_left = max_bytes
        self._text = _TextJoiner()
        self._has_text = False
        self._calls_tool = False
        self._usage: UsageReport | None = None

    def take(self, data: str, texts: list[str]) -> None:
        """Add the text of a chunk to `texts`, also where a fault is raised behind it."""
        stripped = data.strip()
        if not stripped:
            return
        if stripped == _DONE:
            self.done = True
            return
        try:
            chunk = wire.read_chunk(wire.read_object(data))
        except wire.MalformedJsonError as error:
            raise _broken_off() from error
        self._take_chunk(chunk, texts)

    def end(self) -> Iterator[ModelEvent]:
        if text := self._text.end():
            self._count(text)
            yield TextPiece(text)
        if self.finish_reason is not None:
            yield Finished(self.finish_reason)
        if self._usage is not None:
            yield self._usage
        self._check_whole()

    def _take_chunk(self, chunk: wire.Chunk, texts: list[str]) -> None:
        if text := self._text.take(chunk.text):
            self._count(text)
            texts.append(text)
        if chunk.error is not None:
            raise from_error_object(chunk.error)
        if chunk.finish_reason is not None:
            self.finish_reason = self.finish_reason or _clean(chunk.finish_reason)
            self._calls_tool |= chunk.finish_reason in _TOOL_REASONS
        self._calls_tool |= chunk.calls_tool
        # Servers that report usage in every chunk count up: the last report is the whole.
        self._usage = chunk.usage or self._usage

    def _count(self, text: str) -> None:
        self._bytes_left -= len(text.encode())
        if self._bytes_left < 0:
            raise _broken_off()
        self._has_text = True

    def _check_whole(self) -> None:
        if self._calls_tool:
            raise _rejected(TOOL_ASKED_FOR)
        if not self.done and self.finish_reason is None:
            raise _broken_off()
        if self._has_text:
            return
        if self.finish_reason == "content_filter":
            raise ModelError(ErrorCode.MODEL_CONTENT_FILTERED, answered=True)
        if self.finish_reason == "length":
            raise _rejected(NO_ROOM_FOR_TEXT)
        raise _broken_off()


class _TextJoiner:
    """Joins surrogate pairs that were cut in two, and makes every piece valid text."""

    def __init__(self) -> None:
        self._high = ""

    def take(self, text: str) -> str:
        if not text:
            return ""
        if not self._high and text.isascii():
            return _clean(text)
        text = self._high + text
        self._high = text[-1] if "\ud800" <= text[-1] <= "\udbff" else ""
        return _clean(text.removesuffix(self._high))

    def end(self) -> str:
        left, self._high = self._high, ""
        return _clean(left)


def _clean(text: str) -> str:
    """Join surrogate pairs; a lone surrogate, and NUL, become U+FFFD: neither can be stored."""
    if _SURROGATE.search(text):
        text = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return text.replace("\0", "\ufffd")


def _broken_off() -> ModelError:
    return ModelError(ErrorCode.MODEL_UNAVAILABLE, answered=True)


def _rejected(message: str) -> ModelError:
    return ModelError(ErrorCode.MODEL_REJECTED, message, answered=True)
