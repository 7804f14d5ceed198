"""Conversations: making, changing, forking, deleting and listing them."""

from collections.abc import Sequence
from datetime import datetime
from functools import partial
from typing import TypeVar
from uuid import UUID

from chat.drafts import (
    BranchDraft,
    ConversationChanges,
    ConversationDraft,
    ConversationFilter,
)
from chat.paging import IndexWindow, KeysetRange
from chat.records import BranchKind, Conversation, Message, Role
from db import rows
from db.branches import branch_conversation
from db.database import Database, Row, Transaction
from db.deletion import delete_conversation
from db.joined_reads import read_with_last_messages, read_with_messages
from db.writing import (
    append,
    lock_conversation,
    new_message,
    set_columns,
    start_conversation,
)

Item = TypeVar("Item")

_UNTOUCHED_AT_ONCE = 100
# There are 192 kinds at most.
_PAGES: dict[tuple[bool | None, ...], str] = {}
_VARIANTS = (BranchKind.EDIT, BranchKind.REGENERATION)
_NO_VARIANTS = "(branch_kind IS NULL OR branch_kind NOT IN (:variants))"


class SqlConversationStore:
    """The `ConversationStore` port on a database."""

    def __init__(self, database: Database) -> None:
        """Keep the database."""
        self._database = database

    async def create(
        self, user_id: UUID, draft: ConversationDraft, *, now: datetime
    ) -> tuple[Conversation, Sequence[Message]]:
        """Store a conversation; one with a prompt starts with it as message 0."""

        async def body(transaction: Transaction) -> tuple[Conversation, list[Message]]:
            return await start_conversation(transaction, user_id, draft, now=now)

        return await self._database.write(body)

    async def update(
        self, user_id: UUID, conversation_id: UUID, changes: ConversationChanges, *, now: datetime
    ) -> tuple[Conversation, Sequence[Message]] | None:
        """Change what is named; a new prompt is appended as a system message."""

        async def body(transaction: Transaction) -> tuple[Conversation, list[Message]] | None:
            before = await lock_conversation(transaction, user_id, conversation_id)
            if before is None:
                return None
            after = await set_columns(transaction, before, _changed(before, changes, now))
            if after.system_prompt == before.system_prompt:
                return after, []
            prompt = new_message(after, Role.SYSTEM, after.system_prompt or "", now=now)
            return await append(transaction, after, [prompt], now=now), [prompt]

        return await self._database.write(body)

    async def branch(
        self, user_id: UUID, conversation_id: UUID, draft: BranchDraft, *, now: datetime
    ) -> Conversation:
        """Fork; raises NotFoundError or BadUserInputError."""

        async def body(transaction: Transaction) -> Conversation:
            return await branch_conversation(transaction, user_id, conversation_id, draft, now=now)

        return await self._database.write(body)

    async def delete(self, user_id: UUID, conversation_id: UUID) -> Sequence[UUID] | None:
        """Delete it, its variants and the messages that no surviving branch shows."""
        return await self._database.write(
            partial(delete_conversation, user_id=user_id, conversation_id=conversation_id)
        )

    async def untouched(self, since: datetime) -> Sequence[tuple[UUID, UUID]]:
        """(user, conversation) of some that nobody has touched since then, in no variant either."""
        found = await self._database.rows(
            "SELECT c.user_id, c.id FROM conversations c "
            "WHERE c.root_id IS NULL AND c.updated_at < :since AND NOT EXISTS ("
            "SELECT 1 FROM conversations v WHERE v.root_id = c.id AND v.updated_at >= :since) "
            "ORDER BY c.updated_at LIMIT :limit",
            since=since,
            limit=_UNTOUCHED_AT_ONCE,
        )
        return [(rows.uuid(row["user_id"]), rows.uuid(row["id"])) for row in found]

    async def delete_untouched(
        self, user_id: UUID, conversation_id: UUID, *, since: datetime
    ) -> Sequence[UUID] | None:
        """Delete it as `delete` does, unless somebody has touched it since then."""
        return await self._database.write(
            partial(
                delete_conversation,
                user_id=user_id,
                conversation_id=conversation_id,
                untouched_since=since,
            )
        )

    async def by_id(self, user_id: UUID, ids: Sequence[UUID]) -> dict[UUID, Conversation]:
        """Those of these conversations that are the user's."""
        found = await self._database.rows(
            f"SELECT {rows.CONVERSATION} FROM conversations "
            "WHERE user_id = :user_id AND id IN (:ids)",
            user_id=user_id,
            ids=list(ids),
        )
        return {one.id: one for one in map(rows.conversation, found)}

    async def with_messages(
        self, user_id: UUID, conversation_id: UUID, window: IndexWindow
    ) -> tuple[Conversation, Sequence[Message]] | None:
        """A conversation with a page of its messages, in order, as of the same moment."""
        return await read_with_messages(self._database, user_id, conversation_id, window)

    async def page(
        self, user_id: UUID, wanted: ConversationFilter, keyset: KeysetRange
    ) -> Sequence[Conversation]:
        """One page, newest first."""
        found = await self._database.rows(
            _page(wanted, keyset), **_names(user_id, wanted), **_keys(keyset)
        )
        return [rows.conversation(row) for row in _newest_first(found, keyset)]

    async def page_with_last_messages(
        self, user_id: UUID, wanted: ConversationFilter, keyset: KeysetRange
    ) -> Sequence[tuple[Conversation, Message | None]]:
        """The same, each with the message that has the highest index, as of the same moment."""
        return await read_with_last_messages(
            self._database, _page(wanted, keyset), _names(user_id, wanted) | _keys(keyset)
        )

    async def count(self, user_id: UUID, wanted: ConversationFilter) -> int:
        """How many the filter matches."""
        found = await self._database.rows(
            f"SELECT COUNT(*) AS number FROM conversations WHERE {_where(wanted)}",
            **_names(user_id, wanted),
        )
        return int(found[0]["number"])

    async def branch_pages(
        self, user_id: UUID, parents: Sequence[UUID], keyset: KeysetRange
    ) -> dict[UUID, Sequence[Conversation]]:
        """One page of topic branches for each parent, newest first."""
        found = await self._database.rows(
            f"SELECT * FROM (SELECT {rows.CONVERSATION}, ROW_NUMBER() OVER "
            f"(PARTITION BY parent_id ORDER BY id {_order(keyset)}) AS place FROM conversations "
            f"WHERE user_id = :user_id AND parent_id IN (:parents) AND {_NO_VARIANTS} "
            f"{_between(keyset)}) AS numbered WHERE place <= :limit ORDER BY id {_order(keyset)}",
            user_id=user_id,
            parents=list(parents),
            variants=_VARIANTS,
            **_keys(keyset),
        )
        pages: dict[UUID, list[Row]] = {parent: [] for parent in parents}
        for row in found:
            pages[rows.uuid(row["parent_id"])].append(row)
        return {
            parent: [rows.conversation(row) for row in _newest_first(page, keyset)]
            for parent, page in pages.items()
        }

    async def branch_counts(self, user_id: UUID, parents: Sequence[UUID]) -> dict[UUID, int]:
        """How many topic branches each parent has."""
        found = await self._database.rows(
            "SELECT parent_id, COUNT(*) AS number FROM conversations "
            f"WHERE user_id = :user_id AND parent_id IN (:parents) AND {_NO_VARIANTS} "
            "GROUP BY parent_id",
            user_id=user_id,
            parents=list(parents),
            variants=_VARIANTS,
        )
        counts = {rows.uuid(row["parent_id"]): int(row["number"]) for row in found}
        return {parent: counts.get(parent, 0) for parent in parents}


def _changed(
    before: Conversation, changes: ConversationChanges, now: datetime
) -> dict[str, object]:
    columns: dict[str, object] = {**changes.columns, "updated_at": now}
    if changes.archived is not None:
        columns["archived_at"] = (before.archived_at or now) if changes.archived else None
    return columns


def _where(wanted: ConversationFilter) -> str:
    conditions = ["user_id = :user_id"]
    if wanted.archived is not None:
        conditions.append(f"archived_at IS {'NOT' if wanted.archived else ''} NULL")
    if wanted.name_contains is not None:
        # LOWER is Unicode's on both: PostgreSQL's own, and on SQLite the engine brings it.
        conditions.append("STRPOS(LOWER(name), LOWER(:name_contains)) > 0")
    if wanted.parent_id is not None:
        conditions.append("parent_id = :parent_id")
    if not wanted.include_variants:
        conditions.append(_NO_VARIANTS)
    return " AND ".join(conditions)


def _names(user_id: UUID, wanted: ConversationFilter) -> dict[str, object]:
    return {
        "user_id": user_id,
        "name_contains": wanted.name_contains,
        "parent_id": wanted.parent_id,
        "variants": _VARIANTS,
    }


def _between(keyset: KeysetRange) -> str:
    """Newest first: what comes after a cursor is older than it."""
    after = "AND id < :after" if keyset.after else ""
    before = "AND id > :before" if keyset.before else ""
    return f"{after} {before}"


def _keys(keyset: KeysetRange) -> dict[str, object]:
    return {"after": keyset.after, "before": keyset.before, "limit": keyset.limit}


def _order(keyset: KeysetRange) -> str:
    return "ASC" if keyset.from_end else "DESC"


def _page(wanted: ConversationFilter, keyset: KeysetRange) -> str:
    """The same text for the same kind of page: of long ones, even a copy takes its time."""
    kind = (
        wanted.archived,
        wanted.name_contains is None,
        wanted.parent_id is None,
        wanted.include_variants,
        keyset.after is None,
        keyset.before is None,
        keyset.from_end,
    )
    text = _PAGES.get(kind)
    if text is None:
        text = _PAGES[kind] = (
            f"SELECT {rows.CONVERSATION} FROM conversations "
            f"WHERE {_where(wanted)} {_between(keyset)} ORDER BY id {_order(keyset)} LIMIT :limit"
        )
    return text


def _newest_first(found: Sequence[Item], keyset: KeysetRange) -> Sequence[Item]:
    return found[::-1] if keyset.from_end else found
