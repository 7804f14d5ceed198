"""Whether Redis is there, as its users find out. Says so once when that changes."""

import asyncio
import logging

_log = logging.getLogger(__name__)


class RedisHealth:
    """Each part that uses Redis reports what it found; it is there when it is for all of them."""

    def __init__(self, *parts: str) -> None:
        """No part has reached it yet."""
        self._away = set(parts)
        self._warned = False
        self.gone = asyncio.Event()
        self.gone.set()

    @property
    def connected(self) -> bool:
        """Whether every part reaches it."""
        return not self._away

    def lost(self, part: str, error: BaseException) -> None:
        """A part did not reach it. The error itself may quote what was sent, and is not logged."""
        self._away.add(part)
        self.gone.set()
        if not self._warned:
            self._warned = True
            _log.warning("Redis is away", extra={"part": part, "error": type(error).__name__})

    def found(self, part: str) -> None:
        """A part reached it."""
        self._away.discard(part)
        if self._away or not self.gone.is_set():
            return
        self.gone.clear()
        if self._warned:
            self._warned = False
            _log.info("Redis is back")
