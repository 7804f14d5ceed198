"""All that an account can show, told without ids, so that two accounts can be compared."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from adapters.memory_rates import MemoryRates
from chat.identifiers import uuid7
from chat.interchange.exporting import Exports
from chat.interchange.importing import Imports
from chat.options import Options
from chat.ports import Timer
from chat.records import Conversation, Message, MessagePlace, MessageStatus, User, UserRole
from db import rows
from db.conversations import SqlConversationStore
from db.database import Database
from db.interchange import SqlInterchangeStore
from db.messages import SqlMessageStore
from db.users import SqlUserStore
from tests.contracts.stage import NOW

_NOBODY = UUID(int=0)


class Now:
    """A clock that stands still."""

    def now(self) -> datetime:
        """The time of day."""
        return datetime(2027, 1, 1, tzinfo=UTC)

    async def sleep(self, seconds: float) -> None:
        """Nobody waits."""

    def later(self, seconds: float, callback: Callable[[], None]) -> Timer:
        """Nobody waits."""
        return asyncio.get_running_loop().call_soon(callback)


@dataclass
class Account:
    """A user with what exports and imports."""

    database: Database
    user_id: UUID

    @property
    def exports(self) -> Exports:
        """What exports."""
        return Exports(
            store=SqlInterchangeStore(self.database),
            conversations=SqlConversationStore(self.database),
            messages=SqlMessageStore(self.database),
            clock=Now(),
        )

    @property
    def imports(self) -> Imports:
        """What imports."""
        return Imports(
            store=SqlInterchangeStore(self.database),
            rates=MemoryRates({}),
            clock=Now(),
            options=Options(),
        )

    async def exported(self) -> bytes:
        """Everything as a file."""
        return b"".join([line async for line in self.exports.account(self.user_id)])

    async def other(self) -> "Account":
        """A fresh account on the same database."""
        user = User(uuid7(), "T", f"{uuid7()}@x", UserRole.MEMBER, None, NOW)
        await SqlUserStore(self.database).add_user(user)
        return Account(self.database, user.id)

    async def user(self) -> User:
        """The user."""
        found = await self.database.row("SELECT * FROM users WHERE id = :id", id=self.user_id)
        assert found is not None
        return rows.user(found)

    async def rows(self) -> list[int]:
        """How many rows the user has in each table."""
        counts = [
            await self.database.rows(
                f"SELECT COUNT(*) AS n FROM {table} WHERE user_id = :id", id=self.user_id
            )
            for table in ("conversations", "segments", "messages", "runs", "monthly_usage")
        ]
        return [found[0]["n"] for found in counts]

    async def conversations(self) -> list[Conversation]:
        """All conversations, the oldest first."""
        found = await self.database.rows(
            "SELECT id FROM conversations WHERE user_id = :id ORDER BY id", id=self.user_id
        )
        ids = [UUID(str(row["id"])) for row in found]
        by_id = await SqlConversationStore(self.database).by_id(self.user_id, ids)
        return [by_id[id_] for id_ in ids]

    async def content(self) -> list[Any]:
        """All that can be shown, with places in this list instead of ids."""
        conversations = await self.conversations()
        places: dict[UUID | None, int | None] = {
            one.id: place for place, one in enumerate(conversations)
        }
        places[None] = None
        return [
            [_settings(one, places), await self.path(one), await self.runs(one)]
            for one in conversations
        ]

    async def path(self, conversation: Conversation) -> list[Any]:
        """The messages of a path, each with its alternatives."""
        store = SqlMessageStore(self.database)
        wanted = (conversation.id, 0, conversation.next_index)
        messages = (await store.ranges(self.user_id, [wanted]))[wanted]
        assert [one.index for one in messages] == list(range(conversation.next_index))
        at = [MessagePlace(one.id, one.conversation_id, one.index) for one in messages]
        variants = await store.variants(self.user_id, at)
        return [
            (_plain(message), [_plain(one) for one in variants.get(place, [])])
            for message, place in zip(messages, at, strict=True)
        ]

    async def runs(self, conversation: Conversation) -> list[Any]:
        """The runs of a conversation."""
        found = await self.database.rows(
            "SELECT r.status, r.prompt_tokens, r.temperature, r.max_tokens, r.started_at, "
            "r.first_token_at, u.content AS asked, u.idx AS at_index, a.content AS answer "
            "FROM runs r JOIN messages u ON u.id = r.user_message_id "
            "JOIN messages a ON a.id = r.reply_id WHERE r.conversation_id = :id ORDER BY a.idx",
            id=conversation.id,
        )
        return [
            row | {"status": "INTERRUPTED"} if row["status"] in ("QUEUED", "RUNNING") else row
            for row in map(dict, found)
        ]


def _settings(one: Conversation, places: dict[UUID | None, int | None]) -> tuple[object, ...]:
    plain = replace(
        one,
        id=_NOBODY,
        user_id=_NOBODY,
        parent_id=None,
        root_id=None,
        active_variant_id=None,
        active_run_id=None,
        updated_at=NOW,
    )
    return plain, places[one.parent_id], places[one.root_id], places[one.active_variant_id]


def _plain(one: Message) -> Message:
    status = one.status if one.status.final else MessageStatus.INTERRUPTED
    return replace(one, id=_NOBODY, user_id=_NOBODY, conversation_id=_NOBODY, status=status)
