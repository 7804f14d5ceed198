"""What a person types to search, as terms. No text is an error but one that is too long.

`red car` finds messages with both words, the last of which may go on (`car` finds "cars"), so that
a search may run while somebody types. `"red car"` finds the words in a row, `-red` leaves out
messages with the word. Everything else is text. A query without a word that is wanted finds
nothing.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol
from uuid import UUID

from chat import checks, paging
from chat.records import Message, MessageStatus, Role
from chat.words import words_of

LONGEST_QUERY = 200
# So many matches, the ones indexed last, are counted and ranked; a search that finds more is
# better made more precise than paged through.
MOST_HITS = 1000

_TERM = re.compile(
    r'(?P<minus>(?<!\S)-)?(?:"(?P<phrase>[^"]*)(?P<closed>"?)|(?P<plain>[^\s"]+))', re.UNICODE
)


@dataclass(frozen=True, slots=True)
class Term:
    """Words in a row; with `prefix`, the last one may go on."""

    words: tuple[str, ...]
    prefix: bool = False


@dataclass(frozen=True, slots=True)
class SearchQuery:
    """All of `wanted` and none of `unwanted`; nothing is wanted of a query that finds nothing."""

    wanted: tuple[Term, ...]
    unwanted: tuple[Term, ...] = ()


@dataclass(frozen=True, slots=True)
class SearchPage:
    """Some hits, the best first, and how many there are, counted up to `MOST_HITS`."""

    messages: Sequence[Message]
    total: int


class SearchStore(Protocol):
    """Finds messages, and keeps what they are found by."""

    async def search(
        self, user_id: UUID, query: SearchQuery, *, offset: int, limit: int
    ) -> SearchPage:
        """The final USER and ASSISTANT messages of the user that match, the best first."""
        ...

    async def index_missing(self, after: UUID | None, *, limit: int) -> UUID | None:
        """Look at the next `limit` messages by id, and index those that are not indexed.

        Returns the last id that was looked at, None when there was nothing more.
        """
        ...


def searchable(message: Message) -> bool:
    """Whether a message can be found: said by a person or the model, and final."""
    return message.role is not Role.SYSTEM and MessageStatus(message.status).final


def parse(text: str) -> SearchQuery:
    """What is searched for.

    Raises BadUserInputError for more than 200 characters, and for what no message can hold.
    """
    checks.storable("query", text, longest=LONGEST_QUERY)
    found = [(match, words) for match in _TERM.finditer(text) if (words := _words(match))]
    wanted: dict[Term, None] = {}
    unwanted: dict[Term, None] = {}
    for position, (match, words) in enumerate(found, start=1):
        open_ended = position == len(found) and not match["closed"]
        if match["minus"]:
            unwanted[Term(words)] = None
        else:
            wanted[Term(words, prefix=open_ended)] = None
    return SearchQuery(tuple(wanted), tuple(unwanted))


def _words(match: re.Match[str]) -> tuple[str, ...]:
    return tuple(words_of(match["plain"] or match["phrase"] or ""))


@dataclass(frozen=True, slots=True)
class HitRange:
    """The hits that a page asks for: `limit` after the first `offset`."""

    offset: int
    limit: int


def hit_range(first: int | None, after: int | None) -> HitRange:
    """The range behind the hit at place `after`. Raises BadUserInputError."""
    return HitRange(0 if after is None else after + 1, paging.page_size(first, None).count)
