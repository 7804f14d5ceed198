"""Whole families of conversations, read for exports and written by imports.

A family is what hangs together by parents, roots and segments.
"""

from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Collection, Iterator, Sequence
from functools import partial
from uuid import UUID

from chat.interchange.format import KeptConversation, KeptMessage, KeptRun, Record, Stretch
from db import rows
from db.adding import add_family
from db.database import Database, Row, UniqueViolationError

_PAGE = 200
_MOST_IDS = 2000

_NEIGHBOURS = """
    SELECT id AS one, parent_id AS other FROM conversations
    WHERE user_id = :user_id AND parent_id IS NOT NULL AND (id IN (:ids) OR parent_id IN (:ids))
    UNION
    SELECT id AS one, root_id AS other FROM conversations
    WHERE user_id = :user_id AND root_id IS NOT NULL AND (id IN (:ids) OR root_id IN (:ids))
    UNION
    SELECT conversation_id AS one, source_id AS other FROM segments
    WHERE user_id = :user_id AND conversation_id <> source_id
      AND (conversation_id IN (:ids) OR source_id IN (:ids))
"""
_WRITTEN_IN = f"""
    SELECT {rows.qualified(rows.MESSAGE, "m")}, r.id AS run_id, r.prompt_tokens, r.temperature,
           r.max_tokens, r.started_at, r.first_token_at, r.finished_at, u.idx AS answers
    FROM messages m
    LEFT JOIN runs r ON r.reply_id = m.id
    LEFT JOIN messages u ON u.id = r.user_message_id
    WHERE m.user_id = :user_id AND m.conversation_id = :conversation_id
      AND m.idx >= :low AND m.idx < :high
    ORDER BY m.idx
"""


class SqlInterchangeStore:
    """The `InterchangeStore` port on a database."""

    def __init__(self, database: Database) -> None:
        """Keep the database."""
        self._database = database

    async def families(self, user_id: UUID) -> AsyncIterator[Sequence[KeptConversation]]:
        """Every family of the user, the oldest first."""
        after = UUID(int=0)
        done: set[UUID] = set()
        while page := await self._page(user_id, after):
            after = page[-1]
            links = await self._links(user_id, [id_ for id_ in page if id_ not in done])
            for start in page:
                if start in done:
                    continue
                family = _reached(start, links)
                done |= family
                if kept := await self._kept(user_id, start, family):
                    yield kept
            done = {id_ for id_ in done if id_ > after}

    async def family(self, user_id: UUID, conversation_id: UUID) -> Sequence[KeptConversation]:
        """The family of a conversation; nothing when the user has no such conversation."""
        if not await self.known(user_id, [conversation_id]):
            return []
        links = await self._links(user_id, [conversation_id])
        family = _reached(conversation_id, links)
        return await self._kept(user_id, min(family), family)

    async def written_in(
        self, user_id: UUID, conversation_id: UUID, low: int, high: int
    ) -> Sequence[KeptMessage]:
        """Messages written in a conversation with low <= index < high, in order."""
        found = await self._database.rows(
            _WRITTEN_IN, user_id=user_id, conversation_id=conversation_id, low=low, high=high
        )
        return [KeptMessage(rows.message(row), _run(row)) for row in found]

    async def known(self, user_id: UUID, ids: Collection[UUID]) -> frozenset[UUID]:
        """Those of these ids that are the user's conversations."""
        found: set[UUID] = set()
        asked = list(ids)
        for start in range(0, len(asked), _MOST_IDS):
            part = await self._database.rows(
                "SELECT id FROM conversations WHERE user_id = :user_id AND id IN (:ids)",
                user_id=user_id,
                ids=asked[start : start + _MOST_IDS],
            )
            found |= {rows.uuid(row["id"]) for row in part}
        return frozenset(found)

    async def add(self, records: Callable[[], Iterator[Record]]) -> bool:
        """Write a family in one transaction; False when one of it is there already."""
        try:
            await self._database.write(partial(add_family, records=records))
        except UniqueViolationError:
            return False
        return True

    async def _page(self, user_id: UUID, after: UUID) -> list[UUID]:
        found = await self._database.rows(
            "SELECT id FROM conversations WHERE user_id = :user_id AND id > :after "
            "ORDER BY id LIMIT :limit",
            user_id=user_id,
            after=after,
            limit=_PAGE,
        )
        return [rows.uuid(row["id"]) for row in found]

    async def _links(self, user_id: UUID, ids: Sequence[UUID]) -> dict[UUID, set[UUID]]:
        """What hangs together with these conversations, however far, by its neighbours."""
        links: defaultdict[UUID, set[UUID]] = defaultdict(set)
        asked = set(ids)
        waiting = list(ids)
        while waiting:
            part, waiting = waiting[:_MOST_IDS], waiting[_MOST_IDS:]
            for row in await self._database.rows(_NEIGHBOURS, user_id=user_id, ids=part):
                one, other = rows.uuid(row["one"]), rows.uuid(row["other"])
                links[one].add(other)
                links[other].add(one)
                waiting += {one, other} - asked
                asked |= {one, other}
        return links

    async def _kept(
        self, user_id: UUID, name: UUID, ids: Collection[UUID]
    ) -> list[KeptConversation]:
        """The conversations of a family that are there, with their paths."""
        paths: defaultdict[UUID, list[Stretch]] = defaultdict(list)
        found: list[Row] = []
        asked = list(ids)
        for start in range(0, len(asked), _MOST_IDS):
            part = asked[start : start + _MOST_IDS]
            found += await self._database.rows(
                f"SELECT {rows.CONVERSATION} FROM conversations "
                "WHERE user_id = :user_id AND id IN (:ids)",
                user_id=user_id,
                ids=part,
            )
            for row in await self._database.rows(
                "SELECT conversation_id, source_id, from_index, to_index FROM segments "
                "WHERE user_id = :user_id AND conversation_id IN (:ids) "
                "ORDER BY conversation_id, position",
                user_id=user_id,
                ids=part,
            ):
                stretch = Stretch(rows.uuid(row["source_id"]), row["from_index"], row["to_index"])
                paths[rows.uuid(row["conversation_id"])].append(stretch)
        kept = map(rows.conversation, found)
        return [KeptConversation(one, name, tuple(paths[one.id])) for one in kept]


def _reached(start: UUID, links: dict[UUID, set[UUID]]) -> set[UUID]:
    reached = {start}
    waiting = [start]
    while waiting:
        new = links.get(waiting.pop(), set()) - reached
        reached |= new
        waiting += new
    return reached


def _run(row: Row) -> KeptRun | None:
    if row["run_id"] is None:
        return None
    return KeptRun(
        answers=row["answers"],
        prompt_tokens=row["prompt_tokens"],
        temperature=row["temperature"],
        max_tokens=row["max_tokens"],
        started_at=rows.time(row["started_at"]),
        first_token_at=rows.time_or_none(row["first_token_at"]),
        finished_at=rows.time_or_none(row["finished_at"]),
    )
