"""A long JSON array, taken apart element by element in memory that depends on one element.

It only finds where elements end; Python's parser then reads each. Written by hand, since ijson
3.6 takes memory in proportion to the square of the depth, which whoever wrote the file chooses.
"""

import json
import re
from collections.abc import Callable, Iterator
from typing import Never

from chat.errors import MalformedImportError
from chat.interchange.format import ReadableFile

LARGEST_ELEMENT = 64 * 1024 * 1024
_CHUNK = 64 * 1024
_UNIT = "Conversation"
_MARKS = re.compile(rb'["\\\[\]{},]')
_OPENING = (b"[", b"{")
_CLOSING = (b"]", b"}")
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"


def elements(file: ReadableFile, *, progress: Callable[[int], None]) -> Iterator[object]:
    """The elements, in order. Raises MalformedImportError with the number of the element."""
    splitter = _Splitter()
    file.seek(0)
    number = 0
    while chunk := file.readline(_CHUNK):
        progress(len(chunk))
        for text in splitter.feed(chunk):
            number += 1
            yield _parsed(text, number)
        if len(splitter.rest) > LARGEST_ELEMENT:
            problem = f"It has more than {LARGEST_ELEMENT:,} bytes."
            raise MalformedImportError(number + 1, problem, unit=_UNIT)
    if not splitter.ended:
        raise MalformedImportError(number + 1, "The file breaks off.", unit=_UNIT)


class _Splitter:
    """Where a file of chunks is: how deep, and whether in a string.

    `rest` is what came of the element that goes on; `ended`, whether the array was closed.
    """

    def __init__(self) -> None:
        self.rest = bytearray()
        self.ended = False
        self._count = 0
        self._depth = 0
        self._in_string = False
        self._escaped = False

    def feed(self, chunk: bytes) -> Iterator[bytes]:
        """Take a chunk; the texts of the elements that end in it."""
        taken = 0
        for place, mark in self._marks(chunk):
            if self._depth > 1 or (self._depth == 1 and mark in _OPENING):
                self._depth += (mark in _OPENING) - (mark in _CLOSING)
                continue
            self.rest += chunk[taken:place]
            taken = place + 1
            if self._depth == 0:
                self._begin(mark)
            else:
                yield from self._part(mark)
        self.rest += chunk[taken:]
        if self._depth == 0:
            self._refuse_text()

    def _marks(self, chunk: bytes) -> Iterator[tuple[int, bytes]]:
        """The brackets and commas outside of strings."""
        escaped_at = 0 if self._escaped else -1
        for match in _MARKS.finditer(chunk):
            place, mark = match.start(), match[0]
            if place == escaped_at:
                continue
            if mark == b'"':
                self._in_string = not self._in_string
            elif mark == b"\\":
                escaped_at = place + 1
            elif not self._in_string:
                yield place, mark
        self._escaped = escaped_at == len(chunk)

    def _begin(self, mark: bytes) -> None:
        """The array begins, once, and nothing else does."""
        self._refuse_text()
        if mark != b"[" or self.ended:
            self._refuse()
        self._depth = 1
        self.rest.clear()

    def _part(self, mark: bytes) -> Iterator[bytes]:
        """An element ends, and at a bracket the array too; only an empty one ends without any."""
        if mark == b"}":
            self._refuse()
        self.ended = mark == b"]"
        self._depth = 0 if self.ended else 1
        text = bytes(self.rest)
        self.rest.clear()
        if text.strip() or self._count or not self.ended:
            self._count += 1
            yield text

    def _refuse_text(self) -> None:
        """Nothing but blanks stands before and after the array."""
        text = bytes(self.rest)
        if text.removeprefix(_BYTE_ORDER_MARK).strip() and not _BYTE_ORDER_MARK.startswith(text):
            self._refuse()

    def _refuse(self) -> Never:
        raise MalformedImportError(self._count + 1, "The file is no JSON array.", unit=_UNIT)


def _parsed(text: bytes, number: int) -> object:
    try:
        value: object = json.loads(text.decode(), parse_constant=_not_json)
    except (ValueError, RecursionError) as error:
        raise MalformedImportError(number, "It is not JSON in UTF-8.", unit=_UNIT) from error
    return value


def _not_json(_: str) -> Never:
    """Python's parser knows NaN and Infinity; JSON does not."""
    raise ValueError
