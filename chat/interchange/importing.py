"""Imports: a file is read through before anything of it is written, and a repeat changes nothing.

First the whole file is checked, so that a malformed one changes nothing. Then family after family
is written, each in one transaction; an import that breaks off between two is completed by a
repeat. A family of which anything is there already, as the original or by an earlier import, is
left alone: an import adds and never merges.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from io import BytesIO
from uuid import UUID

from chat.account_ports import RateLimits
from chat.errors import RateLimitedError
from chat.interchange.array import elements
from chat.interchange.chatgpt import ChatGptExport
from chat.interchange.format import (
    KeptConversation,
    KeptMessage,
    ReadableFile,
    Record,
    Stretch,
)
from chat.interchange.identity import message_key
from chat.interchange.ports import InterchangeStore, WritableFile
from chat.interchange.scanning import Entry, Progress, Span, ignore, records, scan
from chat.options import Options
from chat.ports import Clock
from chat.rates import RateKind
from chat.records import MessageStatus

_MOST_IN_A_REQUEST = 100


class ImportFormat(StrEnum):
    """Whose format a file has."""

    JSON = "JSON"
    CHATGPT = "CHATGPT"


@dataclass(frozen=True, slots=True)
class Skipped:
    """What was left out: its line (of ChatGPT's export: the number of the conversation) and why."""

    position: int
    reason: str


@dataclass(slots=True)
class ImportReport:
    """What came of an import. `conversations` are the new ones, variants left out."""

    conversations: list[UUID] = field(default_factory=list[UUID])
    variants: int = 0
    messages: int = 0
    skipped: list[Skipped] = field(default_factory=list[Skipped])


class Imports:
    """The verbs of importing."""

    def __init__(
        self,
        *,
        store: InterchangeStore,
        rates: RateLimits,
        clock: Clock,
        options: Options,
    ) -> None:
        """Keep the collaborators."""
        self._store = store
        self._rates = rates
        self._clock = clock
        self._options = options

    async def request(self, user_id: UUID, data: str, form: ImportFormat) -> ImportReport:
        """Import what came in a request: at most 100 conversations; it counts as a send.

        Raises RateLimitedError and MalformedImportError.
        """
        wait = await self._rates.hit(RateKind.SEND, user_id)
        if wait is not None:
            raise RateLimitedError(retry_after_seconds=wait)
        # What is no Unicode is refused with the number of its line.
        file = BytesIO(data.encode(errors="surrogatepass"))
        if form is ImportFormat.CHATGPT:
            return await self.chatgpt(user_id, file, spool=BytesIO(), most=_MOST_IN_A_REQUEST)
        return await self.own(user_id, file, most=_MOST_IN_A_REQUEST)

    async def own(
        self,
        user_id: UUID,
        file: ReadableFile,
        *,
        most: int | None = None,
        progress: Progress = ignore,
    ) -> ImportReport:
        """Import Parley's own format; `progress` is told of each line's bytes, twice.

        Raises MalformedImportError, also when there are more than `most` conversations, and then
        nothing was written.
        """
        spans = scan(file, user_id, most=most, progress=progress)
        report = ImportReport()
        for span in spans:
            await self._write(user_id, file, span, report, progress)
        return report

    async def chatgpt(
        self,
        user_id: UUID,
        file: ReadableFile,
        *,
        spool: WritableFile,
        most: int | None = None,
        progress: Progress = ignore,
    ) -> ImportReport:
        """Import ChatGPT's conversations.json, by way of Parley's own format in `spool`."""
        export = ChatGptExport(
            spool, now=self._clock.now(), default_model=self._options.default_model
        )
        for element in elements(file, progress=progress):
            export.add(element)
        export.end()
        report = await self.own(user_id, spool, most=most, progress=progress)
        told = [Skipped(export.position_of(one.position), one.reason) for one in report.skipped]
        left_out = [Skipped(position, reason) for position, reason in export.left_out]
        report.skipped = sorted([*told, *left_out], key=lambda one: one.position)
        return report

    async def _write(
        self,
        user_id: UUID,
        file: ReadableFile,
        span: Span,
        report: ImportReport,
        progress: Progress,
    ) -> None:
        """Write a family, unless something of it is there."""
        asked = [id_ for entry in span.entries for id_ in (entry.original, entry.key)]
        known = await self._store.known(user_id, asked)
        if not known and await self._store.add(
            lambda: self._renamed(user_id, file, span, progress)
        ):
            shown = [entry.key for entry in span.entries if not entry.variant]
            report.conversations += shown
            report.variants += len(span.entries) - len(shown)
            report.messages += span.messages
            return
        report.skipped += [_skipped(entry, known) for entry in span.entries]

    def _renamed(
        self, user_id: UUID, file: ReadableFile, span: Span, progress: Progress
    ) -> Iterator[Record]:
        """The records of a family as they are stored: under new ids, and final."""
        keys = {entry.original: entry.key for entry in span.entries}
        now = self._clock.now()
        for record in records(file, span, user_id, progress):
            if isinstance(record, KeptConversation):
                yield _conversation(record, keys, now)
            else:
                yield _message(record, keys, now)


def _skipped(entry: Entry, known: frozenset[UUID]) -> Skipped:
    if known and not known & {entry.original, entry.key}:
        return Skipped(entry.line, "a branch or variant of the same family is here already")
    return Skipped(entry.line, "is here already")


def _conversation(
    kept: KeptConversation, keys: dict[UUID, UUID], now: datetime
) -> KeptConversation:
    """`updated_at` is now: an import is a use, and what is not used may be deleted."""
    one = kept.conversation
    renamed = replace(
        one,
        id=keys[one.id],
        parent_id=one.parent_id and keys[one.parent_id],
        root_id=one.root_id and keys[one.root_id],
        active_variant_id=one.active_variant_id and keys[one.active_variant_id],
        updated_at=now,
    )
    path = tuple(Stretch(keys[part.source_id], part.start, part.stop) for part in kept.path)
    return KeptConversation(renamed, kept.family, path)


def _message(kept: KeptMessage, keys: dict[UUID, UUID], now: datetime) -> KeptMessage:
    """A reply that was being written has nobody who goes on with it."""
    one, run = kept.message, kept.run
    renamed = replace(
        one,
        id=message_key(one.user_id, one.conversation_id, one.index, one.id, one.created_at),
        conversation_id=keys[one.conversation_id],
        status=one.status if one.status.final else MessageStatus.INTERRUPTED,
    )
    if run is not None and run.finished_at is None:
        run = replace(run, finished_at=now)
    return KeptMessage(renamed, run)
