"""Stores on a fresh database, with a user and the shortest way to a run."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from chat.drafts import ConversationDraft, Lease, NewMessage, OpenedRun, RunDraft, RunOutcome
from chat.history import HistoryLimits
from chat.identifiers import uuid7
from chat.records import RunStatus, User, UserRole
from db.conversations import SqlConversationStore
from db.database import Database
from db.messages import SqlMessageStore
from db.runs import SqlRunStore
from db.users import SqlUserStore

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
OWNER = "this process"
# A lease that ran out a second ago.
RAN_OUT = Lease(OWNER, -1)


class Stage:
    """The stores of one user."""

    def __init__(self, database: Database, user: User) -> None:
        """`user` is stored."""
        self.database = database
        self.user = user
        self.users = SqlUserStore(database)
        self.conversations = SqlConversationStore(database)
        self.messages = SqlMessageStore(database)
        self.runs = SqlRunStore(database)

    async def conversation(self, prompt: str | None = None) -> UUID:
        """A new conversation."""
        draft = ConversationDraft("C", "m", system_prompt=prompt)
        made, _ = await self.conversations.create(self.user.id, draft, now=NOW)
        return made.id

    def draft(self, conversation_id: UUID | None, content: str = "Hi", **changes: Any) -> RunDraft:
        """A send."""
        values: dict[str, Any] = {
            "user_id": self.user.id,
            "target": NewMessage(conversation_id, ConversationDraft("New", "m"), content),
            "model": None,
            "temperature": None,
            "max_tokens": None,
            "idempotency_key": None,
            "fingerprint": content,
            "allowed_models": frozenset({"m"}),
            "default_max_tokens": 100,
            "token_limit": None,
            "history": HistoryLimits(messages=5, tokens=10_000),
            "lease": Lease(OWNER, 15),
            "now": NOW,
            **changes,
        }
        return RunDraft(**values)

    async def open(self, conversation_id: UUID | None = None, **changes: Any) -> OpenedRun:
        """An accepted send."""
        return await self.runs.open(self.draft(conversation_id, **changes))

    def outcome(self, status: RunStatus = RunStatus.COMPLETE, **changes: Any) -> RunOutcome:
        """An end."""
        values: dict[str, Any] = {
            "owner": OWNER,
            "status": status,
            "text": "Hello",
            "finished_at": NOW,
            **changes,
        }
        return RunOutcome(**values)


@asynccontextmanager
async def staged(url: str) -> AsyncIterator[Stage]:
    """A stage on this database."""
    database = await Database.open(url)
    user = User(uuid7(), "U", f"{uuid7()}@example.org", UserRole.MEMBER, None, NOW)
    await SqlUserStore(database).add_user(user)
    try:
        yield Stage(database, user)
    finally:
        await database.close()
