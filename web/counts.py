"""How many sockets and streams each user has open, in this process."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from uuid import UUID

from chat.error_codes import ErrorCode
from chat.errors import ParleyError


class TooManyOpenError(ParleyError):
    """The user has as many sockets and streams open as one may have."""

    code = ErrorCode.RATE_LIMITED

    def __init__(self) -> None:
        """Needs nothing: the sentence is always the same."""
        super().__init__("You have as many sockets and streams open as you may. Close one first.")


class OpenCounts:
    """Counts what is open."""

    def __init__(self, most: int) -> None:
        """`most` may be open for a user."""
        self._most = most
        self._open: Counter[UUID] = Counter()

    @contextmanager
    def counted(self, user_id: UUID) -> Iterator[None]:
        """Count one while the context lasts. Raises TooManyOpenError."""
        self.add(user_id)
        try:
            yield
        finally:
            self.remove(user_id)

    def add(self, user_id: UUID) -> None:
        """Count one until `remove`. Raises TooManyOpenError."""
        if self._open[user_id] >= self._most:
            raise TooManyOpenError
        self._open[user_id] += 1

    def remove(self, user_id: UUID) -> None:
        """One is open no longer."""
        self._open[user_id] -= 1
        if not self._open[user_id]:
            del self._open[user_id]
