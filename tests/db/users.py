"""Bodies of transactions that store a user, and whether it is there."""

import asyncio
from datetime import UTC, datetime
from uuid import UUID

from chat.identifiers import uuid7
from db.database import Database, Transaction

NOW = datetime(2026, 11, 23, tzinfo=UTC)
INSERT = (
    "INSERT INTO users (id, name, email, role, created_at) "
    "VALUES (:id, 'n', :email, 'MEMBER', :now) RETURNING id"
)


class InsertUser:
    """Stores a user, and can be held inside its transaction."""

    def __init__(self, *, held: bool = False) -> None:
        """When `held`, the transaction stays open until `go_on` is set."""
        self.id = uuid7()
        self.entered = asyncio.Event()
        self.go_on = asyncio.Event()
        if not held:
            self.go_on.set()

    async def __call__(self, transaction: Transaction) -> None:
        """The body."""
        await transaction.rows(INSERT, id=self.id, email=str(self.id), now=NOW)
        self.entered.set()
        await self.go_on.wait()


async def stored(database: Database, id_: UUID) -> bool:
    """Whether the user is there."""
    return await database.row("SELECT id FROM users WHERE id = :id", id=id_) is not None
