"""How many sockets each user has open, in this process."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from uuid import UUID


class TooManySocketsError(Exception):
    """The user has as many sockets as one may have."""


class SocketCounts:
    """Counts open sockets."""

    def __init__(self, most: int) -> None:
        """`most` may be open for a user."""
        self._most = most
        self._open: Counter[UUID] = Counter()

    @contextmanager
    def counted(self, user_id: UUID) -> Iterator[None]:
        """Count a socket while the context lasts. Raises TooManySocketsError."""
        if self._open[user_id] >= self._most:
            raise TooManySocketsError
        self._open[user_id] += 1
        try:
            yield
        finally:
            self._open[user_id] -= 1
            if not self._open[user_id]:
                del self._open[user_id]
