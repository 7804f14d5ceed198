"""What clients saw of a run of the history test: frozen entries, in the order in which they came.

Ids are those of the API, times are seconds since the epoch. An entry stands for an answer that
reached its client, except for Attempted and Deleting, which stand for a question: what became of
it is not known until an answer is there.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TypeVar


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """Something that one user's client saw; `asked_at` is when it asked, `at` when it knew."""

    at: float
    user: str
    asked_at: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempted(Entry):
    """A turn is asked for, once, with this key; `content` None asks for a reply only.

    Every content is asked for with one key only.
    """

    key: str
    content: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Accepted(Entry):
    """A turn that was acknowledged.

    `asked_in` is the conversation that it was asked for in, None where a new one was; `content` is
    what was sent, or the older message that a regenerated reply answers.
    """

    key: str
    content: str
    asked_in: str | None
    conversation: str
    run: str
    run_status: str
    user_message: str
    user_index: int
    reply: str
    reply_index: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent(Accepted):
    """Acknowledged at the first time of asking."""

    on_busy: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Repeated(Accepted):
    """Acknowledged to one who had asked with this key before, whatever had become of that."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Edited(Accepted):
    """`original`, a user message, was replaced in a variant."""

    original: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Regenerated(Accepted):
    """`original`, a reply, got an alternative in a variant, or a successor."""

    original: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Stopped(Entry):
    """A run was told to stop, and was in this state then."""

    run: str
    status: str


@dataclass(frozen=True, slots=True)
class Shown:
    """One message as a page showed it."""

    id: str
    index: int
    content: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Branched(Entry):
    """`child` was forked off before `at_index`; `prefix` is what was read of it at once."""

    parent: str
    child: str
    at_index: int
    prefix: tuple[Shown, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Deleting(Entry):
    """A conversation is to be deleted."""

    conversation: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Deleted(Entry):
    """A conversation was deleted."""

    conversation: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen(Entry):
    """A message in a final state, by whatever way it came."""

    message: str
    status: str
    content: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Paged(Entry):
    """A conversation was read page by page from its start: the indexes in the order they came."""

    conversation: str
    indexes: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Streamed(Entry):
    """A subscription told a message to its end, in `pieces` of (offset, text)."""

    subscription: int
    message: str
    pieces: tuple[tuple[int, str], ...]
    content: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Overheard(Entry):
    """A subscription was dropped when it had told these pieces of a message, not its end."""

    message: str
    pieces: tuple[tuple[int, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Listened(Entry):
    """A subscription from behind `after_index` on, until it was dropped: which messages it told.

    `resumed` says that it took up where another one had been dropped, `stayed` that it was open
    until everything was at rest, and for a minute more if it needed that.
    """

    subscription: int
    conversation: str
    after_index: int
    indexes: tuple[int, ...]
    resumed: bool
    stayed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused(Entry):
    """An error instead of an answer; `key` is that of a turn.

    `retryable` says that the server told the client to try again.
    """

    operation: str
    code: str
    key: str | None = None
    retryable: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Disturbed:
    """Something that clients depend on was taken away at `at` and was back at `back_at`."""

    at: float
    back_at: float

    def during(self, since: float, until: float) -> bool:
        """Whether it was away at some time between these."""
        return self.at <= until and since <= self.back_at


@dataclass(frozen=True, slots=True, kw_only=True)
class Killed(Disturbed):
    """A process that served was killed and started again.

    Others may have gone on, and have told after the kill what they had heard before it.
    """

    others: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Drained(Disturbed):
    """A process that served was told to end, and started again when it had."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RedisAway(Disturbed):
    """Redis was killed and started again, empty."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DatabaseAway(Disturbed):
    """The database was restarted."""


AnyEntry = TypeVar("AnyEntry", bound=Entry | Disturbed)


@dataclass
class Log:
    """Append-only; all clients of a run share one."""

    entries: list[Entry | Disturbed] = field(default_factory=list[Entry | Disturbed])

    def add(self, entry: Entry | Disturbed) -> None:
        """Append an entry."""
        self.entries.append(entry)

    def all(self, kind: type[AnyEntry]) -> Iterator[AnyEntry]:
        """The entries of a kind, in their order."""
        return (entry for entry in self.entries if isinstance(entry, kind))

    def about(self, words: set[str]) -> list[Entry | Disturbed]:
        """The entries that mention one of these ids or keys."""
        return [entry for entry in self.entries if any(word in repr(entry) for word in words)]
