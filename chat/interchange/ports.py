"""What export and import need from outside, as Protocols."""

from collections.abc import AsyncIterator, Callable, Collection, Iterator, Sequence
from typing import Protocol
from uuid import UUID

from chat.interchange.format import KeptConversation, KeptMessage, ReadableFile, Record


class InterchangeStore(Protocol):
    """Whole families of conversations, read (of one user) and written (as the records say)."""

    def families(self, user_id: UUID) -> AsyncIterator[Sequence[KeptConversation]]:
        """Every family of the user, the oldest first, its conversations in any order."""
        ...

    async def family(self, user_id: UUID, conversation_id: UUID) -> Sequence[KeptConversation]:
        """The family of a conversation; nothing when the user has no such conversation."""
        ...

    async def written_in(
        self, user_id: UUID, conversation_id: UUID, low: int, high: int
    ) -> Sequence[KeptMessage]:
        """Messages written in a conversation with low <= index < high, in order."""
        ...

    async def known(self, user_id: UUID, ids: Collection[UUID]) -> frozenset[UUID]:
        """Those of these ids that are the user's conversations."""
        ...

    async def add(self, records: Callable[[], Iterator[Record]]) -> bool:
        """Write a family in one transaction; False when one of it is there already.

        `records` may be asked for more than once, when another transaction came between.
        """
        ...


class WritableFile(ReadableFile, Protocol):
    """A file that can be written and then read."""

    def write(self, content: bytes, /) -> int:
        """Write at the end."""
        ...
