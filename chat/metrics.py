"""What is measured, and the port to whatever counts it.

Nothing that people or models write, no id and no name that a client chose goes through here: what
is told becomes labels, and each label has a small, fixed set of values.
"""

from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal, Protocol

from chat.error_codes import ErrorCode
from chat.rates import RateKind
from chat.records import Message, Run, RunStatus

Transport = Literal["http", "socket"]


class Held(StrEnum):
    """What is open for a while."""

    SOCKETS = "SOCKETS"
    STREAMS = "STREAMS"
    SUBSCRIPTIONS = "SUBSCRIPTIONS"


class Count(StrEnum):
    """What happens now and then, in this process."""

    EVENTS_PUBLISHED = "EVENTS_PUBLISHED"
    EVENTS_LOST = "EVENTS_LOST"
    READERS_CUT = "READERS_CUT"
    TRANSACTIONS_RETRIED = "TRANSACTIONS_RETRIED"
    CONNECTIONS_NOT_HAD = "CONNECTIONS_NOT_HAD"
    OPERATIONS_WITHOUT_PLAN = "OPERATIONS_WITHOUT_PLAN"


class Level(StrEnum):
    """What can be read off at any time, in this process. A truth is 1 or 0."""

    READY = "READY"
    RUNS_IN_PROGRESS = "RUNS_IN_PROGRESS"
    CIRCUIT_OPEN = "CIRCUIT_OPEN"
    BUS_LAG_SECONDS = "BUS_LAG_SECONDS"
    REDIS_CONNECTED = "REDIS_CONNECTED"
    CONNECTIONS_OPEN = "CONNECTIONS_OPEN"
    CONNECTIONS_IN_USE = "CONNECTIONS_IN_USE"
    CONNECTIONS_MOST = "CONNECTIONS_MOST"
    CONNECTIONS_AWAITED = "CONNECTIONS_AWAITED"


@dataclass(frozen=True, slots=True)
class OpenRuns:
    """How many runs of all users are open in one state, and for how long the oldest of them is."""

    status: RunStatus
    count: int
    oldest_seconds: float


@dataclass(frozen=True, slots=True)
class ModelCall:
    """One reply that was asked for, with all its tries.

    `first_text_seconds` is None when no text came, `code` when it ended well. A call that was
    ended from outside counts as ended well.
    """

    model: str
    seconds: float
    first_text_seconds: float | None = None
    code: ErrorCode | None = None


@dataclass(frozen=True, slots=True)
class Exposition:
    """Everything that was measured, as it is shown."""

    body: bytes
    content_type: str


class Metrics(Protocol):
    """Takes what is measured. No call waits, fails, or costs more than microseconds."""

    def operation_ended(
        self, *, transport: Transport, kind: str | None, code: str | None, seconds: float
    ) -> None:
        """An operation, or a request for one, ended; `kind` None: it was refused unread.

        `code` is that of its first error.
        """
        ...

    def run_ended(self, run: Run, reply: Message) -> None:
        """A run was settled by this process, whoever drove it. Each is told once."""
        ...

    def model_called(self, call: ModelCall) -> None:
        """A call of the model ended."""
        ...

    def model_retried(self, code: ErrorCode) -> None:
        """A request to the model is sent again; `code` is what the last try failed with."""
        ...

    def rate_limited(self, kind: RateKind) -> None:
        """Somebody did something too often, and was refused."""
        ...

    def count(self, what: Count, by: int = 1) -> None:
        """Something happened."""
        ...

    def holding(self, what: Held) -> AbstractContextManager[object]:
        """Something is open while the context lasts."""
        ...

    def level(self, what: Level, value: float) -> None:
        """How it is now."""
        ...

    def open_runs(self, found: Sequence[OpenRuns]) -> None:
        """What is open now; a state that is not named has none."""
        ...

    def exposition(self, accept: str) -> Exposition:
        """Everything so far, in a form that the header Accept allows. May take milliseconds."""
        ...


class NullMetrics:
    """For tests, and for commands that nobody watches."""

    def operation_ended(
        self, *, transport: Transport, kind: str | None, code: str | None, seconds: float
    ) -> None:
        """Do nothing."""

    def run_ended(self, run: Run, reply: Message) -> None:
        """Do nothing."""

    def model_called(self, call: ModelCall) -> None:
        """Do nothing."""

    def model_retried(self, code: ErrorCode) -> None:
        """Do nothing."""

    def rate_limited(self, kind: RateKind) -> None:
        """Do nothing."""

    def count(self, what: Count, by: int = 1) -> None:
        """Do nothing."""

    def holding(self, what: Held) -> AbstractContextManager[object]:
        """Do nothing."""
        del what
        return nullcontext()

    def level(self, what: Level, value: float) -> None:
        """Do nothing."""

    def open_runs(self, found: Sequence[OpenRuns]) -> None:
        """Do nothing."""

    def exposition(self, accept: str) -> Exposition:
        """Nothing was measured."""
        del accept
        return Exposition(b"", "text/plain; charset=utf-8")


NO_METRICS = NullMetrics()
