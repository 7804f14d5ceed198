"""The pass through a whole file before anything of it is written, and reading a part again."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from typing import NamedTuple
from uuid import UUID

from chat.errors import BadUserInputError, MalformedImportError
from chat.interchange import reading
from chat.interchange.fields import Fields, present
from chat.interchange.format import LONGEST_LINE, ReadableFile, Record
from chat.interchange.identity import conversation_key
from chat.interchange.structure import Family

Progress = Callable[[int], None]
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"


class Line(NamedTuple):
    """A line that is not blank: its number from 1, where it starts, and its bytes."""

    number: int
    offset: int
    content: bytes


class Entry(NamedTuple):
    """A conversation of a file: its line, its id there, and the id that it gets here."""

    line: int
    original: UUID
    key: UUID
    variant: bool


@dataclass(slots=True)
class Span:
    """Where a family stands in a file."""

    line: int
    offset: int
    family: UUID
    entries: list[Entry] = field(default_factory=list[Entry])
    messages: int = 0


def ignore(_: int) -> None:
    """Progress that nobody wants to know."""


def scan(
    file: ReadableFile, user_id: UUID, *, most: int | None = None, progress: Progress = ignore
) -> list[Span]:
    """The families of a file that is well-formed from the first line to the last.

    Raises MalformedImportError, also when there are more than `most` conversations. `progress` is
    told the number of bytes of each line.
    """
    scanning = _Scan(user_id, most)
    number = 0
    for line in _lines(file, 0, 0):
        number = line.number
        try:
            scanning.take(line)
        except BadUserInputError as error:
            raise MalformedImportError(line.number, str(error)) from error
        progress(len(line.content))
    if not scanning.ended:
        raise MalformedImportError(number + 1, "The file breaks off: its last line is missing.")
    return scanning.spans


def records(file: ReadableFile, span: Span, user_id: UUID, progress: Progress) -> Iterator[Record]:
    """The records of a family that was found before."""
    count = len(span.entries) + span.messages
    family = Family(span.family)
    for line in islice(_lines(file, span.offset, span.line - 1), count):
        kind, fields = reading.parse(line.content)
        yield _take(family, kind, fields, line.number, user_id)
        progress(len(line.content))


def _lines(file: ReadableFile, offset: int, number: int) -> Iterator[Line]:
    """The lines from an offset on; one that is too long comes cut, yet too long."""
    file.seek(offset)
    while content := file.readline(LONGEST_LINE + 1):
        number += 1
        start = offset
        offset += len(content)
        if number == 1:
            content = content.removeprefix(_BYTE_ORDER_MARK)
        if not content.isspace():
            yield Line(number, start, content)


def _take(family: Family, kind: str, fields: Fields, line: int, user_id: UUID) -> Record:
    if kind == "conversation":
        conversation = reading.conversation(fields, user_id)
        family.begin(line, conversation)
        return conversation
    if kind == "message":
        message = reading.message(fields, family.current)
        family.add(line, message)
        return message
    raise BadUserInputError("type", "must be conversation, message or end")


class _Scan:
    """What is known of a file after some of its lines."""

    def __init__(self, user_id: UUID, most: int | None) -> None:
        self.spans: list[Span] = []
        self.ended = False
        self._user_id = user_id
        self._most = most
        self._started = False
        self._family: Family | None = None
        self._seen: set[UUID] = set()

    def take(self, line: Line) -> None:
        """Take a line. Raises BadUserInputError or MalformedImportError."""
        kind, fields = reading.parse(line.content)
        if not self._started:
            reading.check_header(kind, fields)
            self._started = True
        elif self.ended:
            raise BadUserInputError("The line", "comes after the end")
        elif kind == "end":
            self._end(fields)
        else:
            self._record(line, kind, fields)

    def _record(self, line: Line, kind: str, fields: Fields) -> None:
        if kind == "conversation":
            self._choose_family(line, present("family", fields.id("family")))
        if self._family is None:
            raise BadUserInputError("The line", "must be a conversation or the end")
        _take(self._family, kind, fields, line.number, self._user_id)
        if kind == "message":
            self.spans[-1].messages += 1
            return
        one = self._family.current
        if one.id in self._seen:
            raise BadUserInputError("id", "is that of a conversation on a line before")
        self._seen.add(one.id)
        if self._most is not None and len(self._seen) > self._most:
            problem = f"is one too many: at most {self._most} in a request; use parley import"
            raise BadUserInputError("The conversation", problem)
        key = conversation_key(self._user_id, one.id, one.created_at)
        variant = one.root_id is not None
        self.spans[-1].entries.append(Entry(line.number, one.id, key, variant))

    def _choose_family(self, line: Line, key: UUID) -> None:
        """Go on with the family, or close it and begin the next."""
        if self._family is not None and key == self._family.key:
            return
        if self._family is not None:
            self._family.close()
        self._family = Family(key)
        self.spans.append(Span(line.number, line.offset, key))

    def _end(self, fields: Fields) -> None:
        if self._family is not None:
            self._family.close()
        counted = {
            "conversations": sum(len(span.entries) for span in self.spans),
            "messages": sum(span.messages for span in self.spans),
        }
        for name, count in counted.items():
            if fields.whole(name) != count:
                raise BadUserInputError(name, f"must be {count}: something is missing")
        self.ended = True
