"""What is stored before anything is measured: users with tokens, and conversations of theirs."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

import configured
from chat.accounts import Accounts, NewUser
from chat.identifiers import uuid7
from chat.interchange.format import KeptConversation, KeptMessage, Record, Stretch
from chat.records import Conversation, Message, MessageStatus, Role
from db.database import Database
from db.interchange import SqlInterchangeStore
from db.users import SqlUserStore
from main import SystemClock
from settings import Settings

# A page of twenty of them is about 12 kB.
TEXT = "What a person says, or a model. " * 12


@dataclass(frozen=True, slots=True)
class Person:
    """A user, and a token that lets in."""

    id: UUID
    token: str


class Stored:
    """Writes into a database, as an import does: what is written can be found by its words too."""

    def __init__(self, database: Database, url: str) -> None:
        """Use `storing`."""
        self._store = SqlInterchangeStore(database)
        self._accounts = Accounts(
            store=SqlUserStore(database),
            clock=SystemClock(),
            options=configured.options(Settings.model_validate({"database_url": url})),
        )

    async def people(self, count: int) -> tuple[Person, ...]:
        """New users."""
        found: list[Person] = []
        for number in range(count):
            new = NewUser(name=f"Person {number}", email=f"person{number}@example.org")
            user = await self._accounts.add_user(new)
            _, secret = await self._accounts.create_token(user.id, "bench")
            found.append(Person(user.id, secret))
        return tuple(found)

    async def conversation(self, person: Person, *, messages: int) -> UUID:
        """A new conversation with so many messages."""
        id_ = uuid7()

        def records() -> Iterator[Record]:
            return _records(person.id, id_, messages)

        if not await self._store.add(records):
            raise AssertionError
        return id_


@asynccontextmanager
async def storing(url: str) -> AsyncIterator[Stored]:
    """Write into the database of that URL."""
    database = await Database.open(url)
    try:
        yield Stored(database, url)
    finally:
        await database.close()


def _records(user_id: UUID, id_: UUID, messages: int) -> Iterator[Record]:
    now = datetime.now(UTC)
    conversation = Conversation(
        id=id_,
        user_id=user_id,
        name="What a person and a model said",
        model="gpt-4o-mini",
        system_prompt=None,
        temperature=None,
        max_tokens=None,
        parent_id=None,
        branched_at_index=None,
        branch_kind=None,
        root_id=None,
        active_variant_id=None,
        next_index=messages,
        active_run_id=None,
        tokens_used=0,
        created_at=now,
        updated_at=now,
        archived_at=None,
    )
    yield KeptConversation(conversation, id_, (Stretch(id_, 0, None),))
    for index in range(messages):
        reply = bool(index % 2)
        message = Message(
            id=uuid7(),
            user_id=user_id,
            conversation_id=id_,
            index=index,
            role=Role.ASSISTANT if reply else Role.USER,
            content=TEXT,
            status=MessageStatus.COMPLETE,
            model="gpt-4o-mini" if reply else None,
            finish_reason="stop" if reply else None,
            error=None,
            tokens_used=None,
            usage_source=None,
            created_at=now,
        )
        yield KeptMessage(message, None)
