"""What the rules need from outside, as Protocols: stores, event bus, clock.

The ports on users and rates are in `account_ports`; the model client's stands with its vocabulary
in `model`. Every store method that takes a
`user_id` sees only that user's rows: somebody else's id answers as an absent one.
"""

from collections.abc import AsyncIterator, Callable, Collection, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import datetime
from typing import Protocol, TypeAlias
from uuid import UUID

from chat.drafts import (
    BranchDraft,
    Checkpoint,
    ConversationChanges,
    ConversationDraft,
    ConversationFilter,
    Lease,
    LeaseState,
    OpenedRun,
    RunDraft,
    RunOutcome,
    SettledRun,
    StopRequest,
)
from chat.events import BusEvent
from chat.history import HistoryLimits
from chat.metrics import OpenRuns
from chat.paging import IndexWindow, KeysetRange
from chat.records import (
    Conversation,
    Message,
    MessagePlace,
    Run,
)


class Timer(Protocol):
    """Something that is to happen later."""

    def cancel(self) -> None:
        """Let it not happen."""
        ...


class Clock(Protocol):
    """Time as the rules see it."""

    def now(self) -> datetime:
        """The time of day in UTC."""
        ...

    async def sleep(self, seconds: float) -> None:
        """Wait."""
        ...

    def later(self, seconds: float, callback: Callable[[], None]) -> Timer:
        """Call back after so many seconds, unless the timer is cancelled before."""
        ...


class ConversationStore(Protocol):
    """Conversations, their branches and their lists."""

    async def create(
        self, user_id: UUID, draft: ConversationDraft, *, now: datetime
    ) -> tuple[Conversation, Sequence[Message]]:
        """Store a conversation; one with a prompt starts with it as message 0."""
        ...

    async def update(
        self, user_id: UUID, conversation_id: UUID, changes: ConversationChanges, *, now: datetime
    ) -> tuple[Conversation, Sequence[Message]] | None:
        """Change what is named; the messages are those that the change appended."""
        ...

    async def branch(
        self, user_id: UUID, conversation_id: UUID, draft: BranchDraft, *, now: datetime
    ) -> Conversation:
        """Fork. Writes a number of rows that does not depend on how many messages are shared."""
        ...

    async def delete(self, user_id: UUID, conversation_id: UUID) -> Sequence[UUID] | None:
        """Delete it, its variants and the messages that no surviving branch shows.

        Returns the ids of the conversations that are gone, or None when there was none.
        """
        ...

    async def untouched(self, since: datetime) -> Sequence[tuple[UUID, UUID]]:
        """(user, conversation) of some that nobody has touched since then, in no variant either."""
        ...

    async def delete_untouched(
        self, user_id: UUID, conversation_id: UUID, *, since: datetime
    ) -> Sequence[UUID] | None:
        """Delete it as `delete` does, unless somebody has touched it since then."""
        ...

    async def by_id(self, user_id: UUID, ids: Sequence[UUID]) -> dict[UUID, Conversation]:
        """Those of these conversations that are the user's."""
        ...

    async def with_messages(
        self, user_id: UUID, conversation_id: UUID, window: IndexWindow
    ) -> tuple[Conversation, Sequence[Message]] | None:
        """A conversation with a page of its messages, in order, as of the same moment."""
        ...

    async def page(
        self, user_id: UUID, wanted: ConversationFilter, keyset: KeysetRange
    ) -> Sequence[Conversation]:
        """One page, newest first."""
        ...

    async def page_with_last_messages(
        self, user_id: UUID, wanted: ConversationFilter, keyset: KeysetRange
    ) -> Sequence[tuple[Conversation, Message | None]]:
        """The same, each with the message that has the highest index, as of the same moment."""
        ...

    async def count(self, user_id: UUID, wanted: ConversationFilter) -> int:
        """How many the filter matches."""
        ...

    async def branch_pages(
        self, user_id: UUID, parents: Sequence[UUID], keyset: KeysetRange
    ) -> dict[UUID, Sequence[Conversation]]:
        """One page of topic branches for each parent, newest first."""
        ...

    async def branch_counts(self, user_id: UUID, parents: Sequence[UUID]) -> dict[UUID, int]:
        """How many topic branches each parent has."""
        ...


class MessageStore(Protocol):
    """Messages, read along the path of a conversation."""

    async def ranges(
        self, user_id: UUID, wanted: Sequence[tuple[UUID, int, int]]
    ) -> Mapping[tuple[UUID, int, int], Sequence[Message]]:
        """For each (conversation, from, to) the messages with from <= index < to, in order."""
        ...

    async def by_id(self, user_id: UUID, ids: Sequence[UUID]) -> dict[UUID, Message]:
        """Those of these messages that are the user's."""
        ...

    async def variants(
        self, user_id: UUID, places: Sequence[MessagePlace]
    ) -> Mapping[MessagePlace, Sequence[Message]]:
        """The alternatives of each message, itself included, oldest first.

        Alternatives stand at the same index, after the same messages, in variants of the same
        conversation. A message that has none is left out.
        """
        ...


class RunStore(Protocol):
    """Runs, from acceptance to their final state. Each method is one transaction."""

    async def open(self, draft: RunDraft) -> OpenedRun:
        """Accept a send: ownership, idempotency, indexes, both rows, the reservation.

        While another run is open in the conversation, it is refused or waits, as the draft says.
        Raises NotFoundError, ConversationBusyError, IdempotencyKeyReusedError,
        TokenLimitExceededError or BadUserInputError, and then has written nothing.
        """
        ...

    async def key_is_known(self, user_id: UUID, key: str, *, now: datetime) -> bool:
        """Whether an idempotency key stands for a run of the user, so that `open` repeats it."""
        ...

    async def start(
        self, run_id: UUID, *, lease: Lease, history: HistoryLimits
    ) -> OpenedRun | None:
        """Start a run that waited; None when it is not its turn, or it waits no longer."""
        ...

    async def waiting(self) -> Sequence[UUID]:
        """Runs whose turn it is and that nobody has started; some of them, if there are many."""
        ...

    async def request_stop(
        self, user_id: UUID, run_id: UUID, *, now: datetime
    ) -> StopRequest | None:
        """Ask whoever drives the run to stop it; one that waits is settled as STOPPED at once.

        None when the user has no such run. A final one stays as it is.
        """
        ...

    async def checkpoint(self, run_id: UUID, checkpoint: Checkpoint) -> LeaseState:
        """Store the text so far and renew the lease, unless the run is no longer the owner's."""
        ...

    async def settle(self, run_id: UUID, outcome: RunOutcome) -> SettledRun | None:
        """Make the run final: text, tokens, budget; None when it is no longer the owner's."""
        ...

    async def interrupt_expired(
        self, now: datetime, *, sparing: Collection[UUID] = ()
    ) -> Sequence[SettledRun]:
        """Settle as INTERRUPTED every run whose lease has run out, each exactly once.

        The store's clock decides which; `now` is only noted as the time of their ends. As STOPPED,
        if that was asked for. Those named in `sparing` are left alone. The text is that of the
        last checkpoint; what was used is estimated. Of two that do this at once, one gets each
        run.
        """
        ...

    async def by_id(self, user_id: UUID, ids: Sequence[UUID]) -> dict[UUID, Run]:
        """Those of these runs that are the user's."""
        ...

    async def open_runs(self, *, now: datetime) -> Sequence[OpenRuns]:
        """How many runs of all users are QUEUED and RUNNING, those states that have any."""
        ...


Take: TypeAlias = Callable[[BusEvent], bool]
"""Deals with an event at once, or says False, and then has done nothing."""


class Subscription(Protocol):
    """One reader's view of a conversation's events, from the moment it subscribed.

    It starts with one `MessageDelta` for each reply that is being written and has text, holding
    the text so far; of a reply that another process writes, it may be the last stretch of it.
    `LookAgain` may come at any time. Iterating never ends by itself: it raises SlowReaderError
    when the reader fell too far behind, and ShuttingDownError when the bus closes.
    """

    def offer_to(self, take: Take) -> None:
        """Offer events to `take` first, while the reader waits for one and nothing waits for it.

        What it takes does not wait for the reader. What it raises is raised where the reader waits.
        """
        ...

    def __aiter__(self) -> AsyncIterator[BusEvent]:
        """The events, in the order of their publishing."""
        ...


class EventBus(Protocol):
    """Carries events from runs to subscriptions. Losing it loses no data.

    Events come in the order of their publishing, at least once. Where one may have been lost, or
    came twice, every subscription of the conversation gets a `LookAgain` behind it.
    """

    async def publish(self, conversation_id: UUID, event: BusEvent) -> None:
        """Hand the event to every subscription of the conversation; never waits for a reader.

        `LookAgain` forgets the texts so far that were published here: nobody will finish them.
        """
        ...

    def subscribe(self, conversation_id: UUID) -> AbstractAsyncContextManager[Subscription]:
        """Events published after the context was entered are not missed."""
        ...

    def close(self) -> None:
        """End every subscription, now and to come."""
        ...
