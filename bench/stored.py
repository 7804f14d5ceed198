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
from chat.records import BranchKind, Conversation, Message, MessageStatus, Role
from db.database import Database
from db.interchange import SqlInterchangeStore
from db.users import SqlUserStore
from main import SystemClock
from settings import Settings

# A page of twenty of them is about 12 kB.
TEXT = "What a person says, or a model. " * 12
_MODEL = "gpt-4o-mini"


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
        root, _ = await self.family(person, messages=messages, depth=0, leaves=0)
        return root

    async def family(
        self, person: Person, *, messages: int, depth: int, leaves: int
    ) -> tuple[UUID, list[UUID]]:
        """A conversation, and the ends of `leaves` branches of it.

        All show so many messages. A leaf is a branch of a branch …, `depth` times, and each branch
        on the way has one message of its own.
        """
        family = _Family(person.id, messages)
        path, root = family.root()
        for level in range(depth - 1):
            path, _ = family.branch(path, messages - depth + level)
        found = [family.branch(path, messages - 1)[1] for _ in range(leaves)]
        if not await self._store.add(family.records):
            raise AssertionError
        return root, found


@asynccontextmanager
async def storing(url: str) -> AsyncIterator[Stored]:
    """Write into the database of that URL."""
    database = await Database.open(url)
    try:
        yield Stored(database, url)
    finally:
        await database.close()


Path = tuple[Stretch, ...]


class _Family:
    """Conversations that hang together, to be written in the order of their making."""

    def __init__(self, user_id: UUID, messages: int) -> None:
        self._user_id = user_id
        self._messages = messages
        self._now = datetime.now(UTC)
        self._made: list[tuple[KeptConversation, range]] = []

    def root(self) -> tuple[Path, UUID]:
        """The one that has all messages; its path and its id."""
        id_ = uuid7()
        return self._keep(id_, (Stretch(id_, 0, None),), None, range(self._messages))

    def branch(self, path: Path, at: int) -> tuple[Path, UUID]:
        """One that shares the messages below an index, and has the one there for itself."""
        id_, parent = uuid7(), path[-1].source_id
        shared = (*path[:-1], Stretch(parent, path[-1].start, at))
        return self._keep(id_, (*shared, Stretch(id_, at, None)), parent, range(at, at + 1))

    def records(self) -> Iterator[Record]:
        """Each conversation before its messages."""
        for kept, own in self._made:
            yield kept
            for index in own:
                yield KeptMessage(self._message(kept.conversation.id, index), None)

    def _keep(self, id_: UUID, path: Path, parent_id: UUID | None, own: range) -> tuple[Path, UUID]:
        family = self._made[0][0].family if self._made else id_
        conversation = self._conversation(id_, parent_id, own)
        self._made.append((KeptConversation(conversation, family, path), own))
        return path, id_

    def _conversation(self, id_: UUID, parent_id: UUID | None, own: range) -> Conversation:
        return Conversation(
            id=id_,
            user_id=self._user_id,
            name="What a person and a model said",
            model=_MODEL,
            system_prompt=None,
            temperature=None,
            max_tokens=None,
            parent_id=parent_id,
            branched_at_index=None if parent_id is None else own.start,
            branch_kind=None if parent_id is None else BranchKind.TOPIC,
            root_id=None,
            active_variant_id=None,
            next_index=own.stop,
            active_run_id=None,
            tokens_used=0,
            created_at=self._now,
            updated_at=self._now,
            archived_at=None,
        )

    def _message(self, conversation_id: UUID, index: int) -> Message:
        reply = bool(index % 2)
        return Message(
            id=uuid7(),
            user_id=self._user_id,
            conversation_id=conversation_id,
            index=index,
            role=Role.ASSISTANT if reply else Role.USER,
            content=TEXT,
            status=MessageStatus.COMPLETE,
            model=_MODEL if reply else None,
            finish_reason="stop" if reply else None,
            error=None,
            tokens_used=None,
            usage_source=None,
            created_at=self._now,
        )
