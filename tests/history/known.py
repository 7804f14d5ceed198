"""What the clients of one user know together: where to write, and what to come back to."""

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from random import Random

from tests.history.log import Accepted
from tests.served import Json

_ACTIVE = 5  # so few conversations at a time that clients meet in them
_LONGEST = 60  # messages, so that reading all of them stays quick


@dataclass(frozen=True, slots=True)
class Attempt:
    """A turn that was or will be asked for, as often as it takes, with the same input.

    `more` is what its entry in the log says besides.
    """

    kind: type[Accepted]
    document: str
    field: str
    input: Json
    asked_in: str | None
    more: Mapping[str, str]

    @property
    def key(self) -> str:
        """The idempotency key."""
        return str(self.input["idempotencyKey"])

    @property
    def content(self) -> str | None:
        """What is said, if anything is."""
        return self.input.get("content")


@dataclass
class Known:
    """The conversations, runs and attempts of one user."""

    user: str
    token: str
    conversations: list[str] = field(default_factory=list[str])
    shown: dict[str, list[Json]] = field(default_factory=dict[str, list[Json]])
    runs: deque[str] = field(default_factory=lambda: deque[str](maxlen=4))
    answered: deque[Attempt] = field(default_factory=lambda: deque[Attempt](maxlen=20))
    unanswered: deque[Attempt] = field(default_factory=deque[Attempt])

    def met(self, conversation: str) -> None:
        """Remember a conversation."""
        if conversation not in self.conversations:
            self.conversations.append(conversation)

    def forget(self, conversation: str) -> None:
        """Leave a conversation alone from now on."""
        if conversation in self.conversations:
            self.conversations.remove(conversation)

    def any_conversation(self, random: Random) -> str | None:
        """One of the newest that are not too long, or None, also by chance: start another."""
        short = [one for one in self.conversations if len(self.shown.get(one, [])) < _LONGEST]
        return random.choice([*short[-_ACTIVE:], None])
