"""A circuit breaker: spares a server that fails, and those who ask it a long wait for nothing.

    closed ──5 failures in a row──▶ open ──30 s──▶ one probe at a time
       ▲                             ▲                │        │
       │                             └────failure─────┘        │
       └──────────────────────answer───────────────────────────┘

It knows no sockets and no tasks: callers say how their attempts went, and the clock is passed in.
"""

import logging
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

_log = logging.getLogger(__name__)

# How a probe ends cannot be known, but mostly it is known soon.
_WHILE_PROBING_SECONDS = 1.0


class CircuitOpenError(Exception):
    """No attempt may be made now; another one may be let through in `retry_after_seconds`."""

    def __init__(self, retry_after_seconds: float) -> None:
        """Raised before anything was sent."""
        super().__init__("the circuit is open")
        self.retry_after_seconds = retry_after_seconds


class CircuitBreaker:
    """The circuit to one server, closed at first."""

    def __init__(
        self,
        *,
        clock: Callable[[], float] = time.monotonic,
        most_failures: int = 5,
        open_seconds: float = 30,
    ) -> None:
        """`clock` counts seconds and never goes back."""
        self._clock = clock
        self._most_failures = most_failures
        self._open_seconds = open_seconds
        self._failures = 0
        self._probe_at: float | None = None  # none while the circuit is closed
        self._probe: Attempt | None = None
        self._era = 0

    @property
    def open(self) -> bool:
        """Whether requests are held back, but for probes."""
        return self._probe_at is not None

    @property
    def blocked_seconds(self) -> float | None:
        """How long no attempt will be let through; None when one may begin now."""
        if self._probe_at is None:
            return None
        left = self._probe_at - self._clock()
        if left > 0:
            return left
        return None if self._probe is None else _WHILE_PROBING_SECONDS

    @contextmanager
    def attempt(self) -> Iterator["Attempt"]:
        """Make one attempt inside, and say how it went; one that is cancelled says nothing.

        Raises `CircuitOpenError` instead of letting it through.
        """
        blocked = self.blocked_seconds
        if blocked is not None:
            raise CircuitOpenError(blocked)
        attempt = Attempt(self, self._era)
        if self._probe_at is not None:
            self._probe = attempt
        try:
            yield attempt
        finally:
            if self._probe is attempt:
                self._probe = None

    def note_answer(self, era: int) -> None:
        """For `Attempt`: the server works. What began in an earlier era tells nothing of now."""
        if era != self._era:
            return
        self._failures = 0
        if self._probe_at is not None:
            self._probe_at = None
            self._era += 1
            _log.info("the model server answers again")

    def note_failure(self, era: int) -> None:
        """For `Attempt`: the server does not work. The era counts as for an answer."""
        if era != self._era:
            return
        self._failures += 1
        probing = self._probe_at is not None
        if not probing and self._failures < self._most_failures:
            return
        self._probe_at = self._clock() + self._open_seconds
        self._era += 1
        if not probing:  # an outage is told once, however many probes it takes
            extra = {"failures": self._failures, "open_seconds": self._open_seconds}
            _log.warning(
                "the model server keeps failing; requests to it are held back", extra=extra
            )


class Attempt:
    """One attempt that was let through; say at most once how it went."""

    def __init__(self, breaker: CircuitBreaker, era: int) -> None:
        """`era` changes whenever the circuit opens or closes."""
        self._breaker = breaker
        self._era = era

    def answered(self) -> None:
        """The server answered, be it with a refusal."""
        self._breaker.note_answer(self._era)

    def failed(self) -> None:
        """The server could not be reached, kept silent, or said that it cannot work."""
        self._breaker.note_failure(self._era)
