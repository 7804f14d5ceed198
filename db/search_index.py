"""What messages are found by: a row of words for each message that can be found.

Every word begins with a mark of its user. So the words of a user lie together in the index, and a
search, even one for all words with some beginning, reads nothing of anybody else.

The words are made in Python (`chat/words.py`) and hold letters, digits and accents only, so that
both databases take them as they are, and none has a say in what a word is.
"""

import hashlib
from base64 import b32encode
from collections.abc import Iterable, Mapping
from uuid import UUID

from chat.records import Message
from chat.search import SearchQuery, Term, searchable
from chat.words import words_of
from db.database import Transaction
from db.sql import Dialect
from db.together import Statement

_MARK_BYTES = 5
# PostgreSQL keeps so many places of a word, and no place behind this one.
_MOST_PLACES = 255
_LAST_PLACE = 16_383
_INSERT_SQLITE = (
    "INSERT INTO message_words (message_id, user_id, words) VALUES (:message_id, :user_id, :words) "
    "ON CONFLICT (message_id) DO NOTHING"
)
_INSERT_POSTGRES = (
    "INSERT INTO message_words (message_id, user_id, words, vector) "
    "VALUES (:message_id, :user_id, :words, :vector::text::tsvector) "
    "ON CONFLICT (message_id) DO NOTHING"
)
_INSERTS: Mapping[Dialect, str] = {"sqlite": _INSERT_SQLITE, "postgres": _INSERT_POSTGRES}


async def index_message(transaction: Transaction, message: Message) -> None:
    """Make a message findable, if it is final and has words; once indexed, it stays as it is."""
    await index_messages(transaction, [message])


async def index_messages(transaction: Transaction, messages: Iterable[Message]) -> None:
    """The same for many, whose rows must be there already."""
    rows = _rows(transaction.dialect, messages)
    await transaction.many(_INSERTS[transaction.dialect], rows)


def indexing(dialect: Dialect, messages: Iterable[Message]) -> list[Statement]:
    """What makes a few messages findable, where it is run together with what stores them."""
    return [Statement(_INSERTS[dialect], row) for row in _rows(dialect, messages)]


def _rows(dialect: Dialect, messages: Iterable[Message]) -> list[dict[str, object]]:
    return [
        _row(message, words, embedded=dialect == "sqlite")
        for message in messages
        if searchable(message) and (words := marked(message.user_id, words_of(message.content)))
    ]


def _row(message: Message, words: list[str], *, embedded: bool) -> dict[str, object]:
    row: dict[str, object] = {
        "message_id": message.id,
        "user_id": message.user_id,
        "words": f" {' '.join(words)} ",
    }
    return row if embedded else {**row, "vector": _vector(words)}


def marked(user_id: UUID, words: list[str] | tuple[str, ...]) -> list[str]:
    """The words as they stand in the index, with the mark of the user before each."""
    digest = hashlib.blake2b(user_id.bytes, digest_size=_MARK_BYTES).digest()
    mark = b32encode(digest).decode().lower()
    return [f"{mark}{word}" for word in words]


def sqlite_match(user_id: UUID, query: SearchQuery) -> str:
    """The query in the language of FTS5; each word is quoted, and holds nothing to escape."""
    wanted = " AND ".join(_fts_phrase(user_id, term) for term in query.wanted)
    unwanted = " OR ".join(_fts_phrase(user_id, term) for term in query.unwanted)
    return f"({wanted}) NOT ({unwanted})" if unwanted else wanted


def _fts_phrase(user_id: UUID, term: Term) -> str:
    return f'"{" ".join(marked(user_id, term.words))}"{" *" if term.prefix else ""}'


def postgres_match(user_id: UUID, query: SearchQuery) -> str:
    """The words of the query as a tsquery. Of phrases it tells only that their words are there."""
    wanted = [_lexemes(user_id, term) for term in query.wanted]
    unwanted = [f"!{_lexemes(user_id, one)}" for one in query.unwanted if len(one.words) == 1]
    return " & ".join(wanted + unwanted)


def _lexemes(user_id: UUID, term: Term) -> str:
    lexemes = [f"'{word}'" for word in marked(user_id, term.words)]
    return " & ".join(lexemes) + (":*" if term.prefix else "")


def phrase(user_id: UUID, term: Term) -> str:
    """What stands in the column `words` where the term's words stand in a row."""
    return f" {' '.join(marked(user_id, term.words))}{'' if term.prefix else ' '}"


def _vector(words: list[str]) -> str:
    """The words and their places as a tsvector."""
    places: dict[str, list[str]] = {}
    for place, word in enumerate(words, start=1):
        kept = places.setdefault(word, [])
        if len(kept) < _MOST_PLACES:
            kept.append(str(min(place, _LAST_PLACE)))
    return " ".join(f"{word}:{','.join(kept)}" for word, kept in places.items())
