"""The search in messages. What it matches and how it ranks is told in decision 0013."""

from uuid import UUID

from chat.records import MessageStatus, Role
from chat.search import MOST_HITS, SearchPage, SearchQuery, Term
from db import rows
from db.database import Database, Transaction
from db.search_index import index_message, phrase, postgres_match, sqlite_match

# The index gives the last matches first and can stop; CROSS JOIN keeps SQLite to that order.
_SQLITE_HITS = """
    SELECT w.message_id, bm25(message_index) AS distance
    FROM message_index CROSS JOIN message_words w ON w.key = message_index.rowid
    WHERE message_index MATCH :match AND w.user_id = :user_id
    ORDER BY message_index.rowid DESC LIMIT :most
"""
# No index is in the order of the key, on purpose: PostgreSQL would walk along it, past the rows
# of everybody, whenever it believes that a word is frequent.
_POSTGRES_HITS = """
    SELECT w.message_id, -ts_rank_cd(w.vector, q.query, 1) AS distance
    FROM (
        SELECT message_id, vector FROM message_words
        WHERE vector @@ :match::text::tsquery AND user_id = :user_id {phrases}
        ORDER BY key DESC LIMIT :most
    ) AS w, (SELECT :match::text::tsquery AS query) AS q
"""
_PAGE = f"""
    WITH hits AS MATERIALIZED ({{hits}})
    SELECT {rows.qualified(rows.MESSAGE, "m")}, (SELECT COUNT(*) FROM hits) AS total
    FROM hits CROSS JOIN messages m
    WHERE m.id = hits.message_id
    ORDER BY hits.distance, m.id DESC LIMIT :limit OFFSET :offset
"""
_COUNT = "WITH hits AS MATERIALIZED ({hits}) SELECT COUNT(*) AS total FROM hits"
_FINAL = tuple(status for status in MessageStatus if status.final)
_SPOKEN = (Role.USER, Role.ASSISTANT)


class SqlSearchStore:
    """The `SearchStore` port on a database."""

    def __init__(self, database: Database) -> None:
        """Keep the database."""
        self._database = database

    async def search(
        self, user_id: UUID, query: SearchQuery, *, offset: int, limit: int
    ) -> SearchPage:
        """The final USER and ASSISTANT messages of the user that match, the best first."""
        if not query.wanted:
            return SearchPage((), 0)
        hits, parameters = self._hits(user_id, query)
        found = await self._database.rows(
            _PAGE.format(hits=hits), **parameters, limit=limit, offset=offset
        )
        if not found and offset:  # behind the last one there is no row to tell the total
            found_total = await self._database.rows(_COUNT.format(hits=hits), **parameters)
            return SearchPage((), int(found_total[0]["total"]))
        total = int(found[0]["total"]) if found else 0
        return SearchPage(tuple(map(rows.message, found)), total)

    def _hits(self, user_id: UUID, query: SearchQuery) -> tuple[str, dict[str, object]]:
        """The statement for what matches, and its parameters."""
        shared: dict[str, object] = {"user_id": user_id, "most": MOST_HITS}
        if self._database.dialect == "sqlite":
            return _SQLITE_HITS, {**shared, "match": sqlite_match(user_id, query)}
        conditions, phrases = _phrases(user_id, query)
        match = postgres_match(user_id, query)
        return _POSTGRES_HITS.format(phrases=conditions), {**shared, **phrases, "match": match}

    async def index_missing(self, after: UUID | None, *, limit: int) -> UUID | None:
        """Look at the next `limit` messages by id, and index those that are not indexed."""
        looked_at = await self._database.rows(
            "SELECT m.id, m.role, m.status, w.message_id FROM messages m "
            "LEFT JOIN message_words w ON w.message_id = m.id "
            f"{'' if after is None else 'WHERE m.id > :after'} ORDER BY m.id LIMIT :limit",
            after=after,
            limit=limit,
        )
        missing = [
            row["id"]
            for row in looked_at
            if row["message_id"] is None and row["role"] in _SPOKEN and row["status"] in _FINAL
        ]
        if missing:
            await self._index([rows.uuid(one) for one in missing])
        return rows.uuid(looked_at[-1]["id"]) if looked_at else None

    async def _index(self, ids: list[UUID]) -> None:
        async def body(transaction: Transaction) -> None:
            found = await transaction.rows(
                f"SELECT {rows.MESSAGE} FROM messages WHERE id IN (:ids)", ids=ids
            )
            for row in found:
                await index_message(transaction, rows.message(row))

        await self._database.write(body)


def _phrases(user_id: UUID, query: SearchQuery) -> tuple[str, dict[str, object]]:
    """Conditions on the words in a row, for PostgreSQL, whose index knows too few places."""
    wanted = [(term, ">") for term in query.wanted if _is_phrase(term)]
    unwanted = [(term, "=") for term in query.unwanted if _is_phrase(term)]
    conditions: list[str] = []
    parameters: dict[str, object] = {}
    for number, (term, comparison) in enumerate(wanted + unwanted):
        conditions.append(f"AND STRPOS(words, :phrase_{number}) {comparison} 0")
        parameters[f"phrase_{number}"] = phrase(user_id, term)
    return " ".join(conditions), parameters


def _is_phrase(term: Term) -> bool:
    return len(term.words) > 1
