"""Which channels somebody here listens to, and what Redis has been asked for. No I/O."""

from collections import Counter
from typing import Protocol

_CHANNELS_AT_ONCE = 500


class Ear(Protocol):
    """Who listens to one channel."""

    def subscribed(self) -> None:
        """From now on everything is heard. Again after each reconnection, which may have gaps."""
        ...

    def heard(self, payload: bytes) -> None:
        """Somebody published this."""
        ...


class Channels:
    """One ear for each channel, on one connection after the other."""

    def __init__(self) -> None:
        """Nobody listens."""
        self._ears: dict[bytes, Ear] = {}
        self._asked: set[bytes] = set()
        self._unanswered: Counter[bytes] = Counter()

    def add(self, channel: bytes, ear: Ear) -> None:
        """Listen; `ear.subscribed` tells when."""
        self._ears[channel] = ear
        if channel in self._asked and channel not in self._unanswered:
            ear.subscribed()

    def remove(self, channel: bytes) -> None:
        """Listen no longer."""
        self._ears.pop(channel, None)

    def disconnected(self) -> None:
        """Whatever was asked for went with the connection."""
        self._asked.clear()
        self._unanswered.clear()

    def next_command(self) -> tuple[bytes, ...]:
        """What Redis has to be asked for next, so that it tells what there are ears for."""
        if leave := self._asked - self._ears.keys():
            some = tuple(leave)[:_CHANNELS_AT_ONCE]
            self._asked.difference_update(some)
            return (b"UNSUBSCRIBE", *some)
        if join := self._ears.keys() - self._asked:
            some = tuple(join)[:_CHANNELS_AT_ONCE]
            self._asked.update(some)
            self._unanswered.update(some)
            return (b"SUBSCRIBE", *some)
        return ()

    def take(self, answer: object) -> None:
        """What Redis said on the connection."""
        match answer:
            case [b"message", bytes(channel), bytes(payload)]:
                if channel in self._ears:
                    self._ears[channel].heard(payload)
            case [b"subscribe", bytes(channel), _]:
                self._answered(channel)
            case _:
                pass

    def _answered(self, channel: bytes) -> None:
        """Only the answer to the last of several requests for a channel counts."""
        self._unanswered[channel] -= 1
        if self._unanswered[channel] > 0:
            return
        del self._unanswered[channel]
        if channel in self._asked and channel in self._ears:
            self._ears[channel].subscribed()
