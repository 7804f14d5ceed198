"""The alternatives of a message: what edits and regenerations put in its place.

They stand at the same index after the same past, in conversations of one family: a root and its
variants. A past is known by its last message, since a path is never rewritten.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from chat.records import Message, MessagePlace
from db import rows
from db.database import Database
from db.paths import Wanted, read_ranges

_FAMILIES = """
    WITH roots (id) AS (
        SELECT DISTINCT COALESCE(root_id, id) FROM conversations
        WHERE user_id = :user_id AND id IN (:ids)
    )
    SELECT c.id, c.id AS root_id, NULL::int AS fork
    FROM conversations c JOIN roots ON c.id = roots.id
    UNION ALL
    SELECT c.id, c.root_id, c.branched_at_index AS fork
    FROM conversations c JOIN roots ON c.root_id = roots.id
"""


@dataclass(slots=True)
class _Family:
    """The conversations of one root, and where its variants were forked."""

    members: list[UUID] = field(default_factory=list[UUID])
    forks: set[int] = field(default_factory=set[int])

    def wanted(self, index: int) -> list[Wanted]:
        """For each member its message at `index` and the one before."""
        return [(member, max(0, index - 1), index + 1) for member in self.members]


async def read_variants(
    database: Database, user_id: UUID, places: Sequence[MessagePlace]
) -> dict[MessagePlace, list[Message]]:
    """The alternatives of each message that has some, itself included, oldest first."""
    families = await _families(database, user_id, {place.conversation_id for place in places})
    # Only where a variant was forked can there be more than the message itself.
    split = [one for one in places if one.index in families[one.conversation_id].forks]
    wanted = {one: families[one.conversation_id].wanted(one.index) for one in split}
    ranges = [range_ for several in wanted.values() for range_ in several]
    found = await read_ranges(database, user_id, ranges) if ranges else {}
    return {one: _alternatives(one, [found[range_] for range_ in wanted[one]]) for one in split}


async def _families(
    database: Database, user_id: UUID, conversations: Iterable[UUID]
) -> dict[UUID, _Family]:
    """The family of each conversation."""
    found = await database.rows(_FAMILIES, user_id=user_id, ids=list(conversations))
    by_root: defaultdict[UUID, _Family] = defaultdict(_Family)
    families: defaultdict[UUID, _Family] = defaultdict(_Family)
    for row in found:
        family = by_root[rows.uuid(row["root_id"])]
        family.members.append(rows.uuid(row["id"]))
        if row["fork"] is not None:
            family.forks.add(row["fork"])
        families[rows.uuid(row["id"])] = family
    return families


def _alternatives(place: MessagePlace, ends: Sequence[Sequence[Message]]) -> list[Message]:
    """Of the messages at the same index, those that follow the same message.

    Each of `ends` is the end of a path: the message at the index, and the one before it.
    """
    reaching = [end for end in ends if end and end[-1].index == place.index]
    own = next((end for end in reaching if end[-1].id == place.message_id), None)
    if own is None:
        return []
    found = {
        end[-1].id: end[-1]
        for end in reaching
        if end[-1].role is own[-1].role and _past(end) == _past(own)
    }
    return sorted(found.values(), key=lambda one: one.id)


def _past(end: Sequence[Message]) -> list[UUID]:
    return [one.id for one in end[:-1]]
