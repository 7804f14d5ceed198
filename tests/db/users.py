"""Bodies of transactions that store a user, and whether it is there."""

import asyncio
import threading
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
        self.go_on = threading.Event()
        self._loop = asyncio.get_running_loop()
        if not held:
            self.go_on.set()

    async def __call__(self, transaction: Transaction) -> None:
        """The body."""
        await transaction.rows(INSERT, id=self.id, email=str(self.id), now=NOW)
        self._loop.call_soon_threadsafe(self.entered.set)
        if transaction.dialect == "sqlite":  # it has a thread for itself
            self.go_on.wait()
        else:
            while not self.go_on.is_set():  # noqa: ASYNC110  it is one for both databases
                await asyncio.sleep(0.001)


async def stored(database: Database, id_: UUID) -> bool:
    """Whether the user is there."""
    return await database.row("SELECT id FROM users WHERE id = :id", id=id_) is not None
