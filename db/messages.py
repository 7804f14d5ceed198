"""The store of the messages: by their place in a conversation, by their id, and their variants."""

from collections.abc import Sequence
from uuid import UUID

from chat.records import Message, MessagePlace
from db import rows
from db.database import Database
from db.paths import Wanted, read_ranges
from db.variants import read_variants


class SqlMessageStore:
    """The `MessageStore` port on a database."""

    def __init__(self, database: Database) -> None:
        """Keep the database."""
        self._database = database

    async def ranges(self, user_id: UUID, wanted: Sequence[Wanted]) -> dict[Wanted, list[Message]]:
        """For each (conversation, from, to) the messages with from <= index < to, in order."""
        return await read_ranges(self._database, user_id, wanted)

    async def by_id(self, user_id: UUID, ids: Sequence[UUID]) -> dict[UUID, Message]:
        """Those of these messages that are the user's."""
        found = await self._database.rows(
            f"SELECT {rows.MESSAGE} FROM messages WHERE user_id = :user_id AND id IN (:ids)",
            user_id=user_id,
            ids=list(ids),
        )
        return {message.id: message for message in map(rows.message, found)}

    async def variants(
        self, user_id: UUID, places: Sequence[MessagePlace]
    ) -> dict[MessagePlace, list[Message]]:
        """The alternatives of each message that has some, itself included, oldest first."""
        return await read_variants(self._database, user_id, places)
