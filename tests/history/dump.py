"""What is stored, read past the program that stored it: plain records with the ids of the API."""

import asyncio
from collections.abc import Mapping
from contextlib import aclosing
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from db.database import Database, Row


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredConversation:
    """A row of `conversations`."""

    id: str
    user: str
    parent: str | None
    branched_at_index: int | None
    branch_kind: str | None
    root: str | None
    next_index: int
    active_run: str | None
    tokens_used: int


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredMessage:
    """A row of `messages`; `conversation` is its owner."""

    id: str
    user: str
    conversation: str
    index: int
    role: str
    content: str
    status: str
    error_code: str | None
    tokens_used: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredSegment:
    """A row of `segments`; `to_index` None means open."""

    conversation: str
    position: int
    source: str
    from_index: int
    to_index: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredRun:
    """A row of `runs`; times in seconds since the epoch, `month` is that of its acceptance."""

    id: str
    user: str
    conversation: str
    user_message: str
    reply: str
    status: str
    key: str | None
    prompt_tokens: int
    month: str
    started_at: float
    first_token_at: float | None
    finished_at: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredUsage:
    """A row of `monthly_usage`."""

    user: str
    month: str
    used: int
    reserved: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Dump:
    """Everything that the checker wants to know of a database, by id where there is one."""

    conversations: Mapping[str, StoredConversation]
    messages: Mapping[str, StoredMessage]
    runs: Mapping[str, StoredRun]
    segments: tuple[StoredSegment, ...]
    usage: tuple[StoredUsage, ...]


async def read_dump(url: str) -> Dump:
    """Read a database that nobody writes to any more."""
    async with aclosing(_Reader(await Database.open(url))) as reader:
        return Dump(
            conversations={
                one.id: one for one in map(_conversation, await reader.table("conversations"))
            },
            messages={one.id: one for one in map(_message, await reader.table("messages"))},
            runs={one.id: one for one in map(_run, await reader.table("runs"))},
            segments=tuple(map(_segment, await reader.table("segments"))),
            usage=tuple(map(_usage, await reader.table("monthly_usage"))),
        )


async def open_runs(url: str) -> int:
    """How many runs are not final; the server may be at work."""
    async with aclosing(_Reader(await Database.open(url))) as reader:
        return len(await reader.table("runs", "WHERE status IN ('QUEUED', 'RUNNING')"))


async def until_writing(url: str, processes: int) -> None:
    """Wait until so many processes write a reply each, so that a kill interrupts one.

    Ten seconds at most: a server that cannot write is for the checker to tell of.
    """
    holding = "WHERE status = 'RUNNING' AND lease_owner IS NOT NULL"
    async with aclosing(_Reader(await Database.open(url))) as reader:
        for _ in range(500):
            runs = await reader.table("runs", holding)
            if len({run["lease_owner"] for run in runs}) >= processes:
                return
            await asyncio.sleep(0.02)


class _Reader:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def aclose(self) -> None:
        await self._database.close()

    async def table(self, name: str, condition: str = "") -> list[Row]:
        return await self._database.rows(f"SELECT * FROM {name} {condition} ORDER BY id")


def _id(kind: str, value: UUID | str) -> str:
    return f"{kind}_{(value if isinstance(value, UUID) else UUID(value)).hex}"


def _id_or_none(kind: str, value: UUID | str | None) -> str | None:
    return None if value is None else _id(kind, value)


def _time(value: datetime | str) -> datetime:
    time = value if isinstance(value, datetime) else datetime.fromisoformat(value)
    return time.astimezone(UTC)


def _seconds(value: datetime | str | None) -> float | None:
    return None if value is None else _time(value).timestamp()


def _conversation(row: Row) -> StoredConversation:
    return StoredConversation(
        id=_id("conversation", row["id"]),
        user=_id("user", row["user_id"]),
        parent=_id_or_none("conversation", row["parent_id"]),
        branched_at_index=row["branched_at_index"],
        branch_kind=row["branch_kind"],
        root=_id_or_none("conversation", row["root_id"]),
        next_index=row["next_index"],
        active_run=_id_or_none("run", row["active_run_id"]),
        tokens_used=row["tokens_used"],
    )


def _message(row: Row) -> StoredMessage:
    return StoredMessage(
        id=_id("message", row["id"]),
        user=_id("user", row["user_id"]),
        conversation=_id("conversation", row["conversation_id"]),
        index=row["idx"],
        role=row["role"],
        content=row["content"],
        status=row["status"],
        error_code=row["error_code"],
        tokens_used=row["tokens_used"],
    )


def _segment(row: Row) -> StoredSegment:
    return StoredSegment(
        conversation=_id("conversation", row["conversation_id"]),
        position=row["position"],
        source=_id("conversation", row["source_id"]),
        from_index=row["from_index"],
        to_index=row["to_index"],
    )


def _run(row: Row) -> StoredRun:
    started_at = _time(row["started_at"])
    return StoredRun(
        id=_id("run", row["id"]),
        user=_id("user", row["user_id"]),
        conversation=_id("conversation", row["conversation_id"]),
        user_message=_id("message", row["user_message_id"]),
        reply=_id("message", row["reply_id"]),
        status=row["status"],
        key=row["idempotency_key"],
        prompt_tokens=row["prompt_tokens"],
        month=f"{started_at:%Y-%m}",
        started_at=started_at.timestamp(),
        first_token_at=_seconds(row["first_token_at"]),
        finished_at=_seconds(row["finished_at"]),
    )


def _usage(row: Row) -> StoredUsage:
    return StoredUsage(
        user=_id("user", row["user_id"]),
        month=row["month"],
        used=row["used"],
        reserved=row["reserved"],
    )
