"""When a request is sent again, and how long to wait before.

Pure: no sockets, no clock; randomness is passed in. The numbers are those of OpenAI's own client,
bounded by a budget, since a person waits for the reply.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus

from chat.errors import ModelError

_TRANSIENT = frozenset(
    {HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.CONFLICT, HTTPStatus.TOO_MANY_REQUESTS}
)
# Our own waits are shortened, so that they stay below the longest; what a server asks for is
# lengthened, so that it is never asked too early.
_SHORTENED_BY = 0.25
_LENGTHENED_BY = 0.1


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """How often a request is sent again, and how long is waited; the budget is for all waits."""

    most_retries: int = 2
    first_wait_seconds: float = 0.5
    longest_wait_seconds: float = 8.0
    budget_seconds: float = 10.0


def worth_a_retry(status: int, error: ModelError) -> bool:
    """Whether an answer with this status may be another one in a moment.

    `error` is what was made of it; a quota that is used up, say, comes back at no retry.
    """
    transient = status in _TRANSIENT or status >= HTTPStatus.INTERNAL_SERVER_ERROR
    return transient and error.retryable


class Retries:
    """The retries of one request; made when it starts."""

    def __init__(self, policy: RetryPolicy, *, jitter: Callable[[], float]) -> None:
        """`jitter` gives random numbers from 0 to 1."""
        self._policy = policy
        self._jitter = jitter
        self._made = 0
        self._budget_left = policy.budget_seconds

    def next_wait(
        self, asked_seconds: float | None, *, at_most_seconds: float = math.inf
    ) -> float | None:
        """Count one more retry: how long to wait before it, or None when there is none.

        `asked_seconds` is what the server asks for. There is no retry when that, or our own
        wait, is longer than what is left of the budget or than `at_most_seconds`.
        """
        if self._made >= self._policy.most_retries:
            return None
        left = min(self._budget_left, at_most_seconds)
        # No time at all, or a date that has passed, is no reason to hurry.
        wait = self._lengthened(asked_seconds, left) if asked_seconds else self._own_wait()
        if (asked_seconds or wait) > left:
            return None
        self._made += 1
        self._budget_left -= wait
        return wait

    def _own_wait(self) -> float:
        doubled = self._policy.first_wait_seconds * 2.0**self._made
        longest = min(doubled, self._policy.longest_wait_seconds)
        return longest * (1 - _SHORTENED_BY * self._jitter())

    def _lengthened(self, asked_seconds: float, left: float) -> float:
        return min(asked_seconds * (1 + _LENGTHENED_BY * self._jitter()), left)
