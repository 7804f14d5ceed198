"""Relay paging as plain arithmetic: what was asked for becomes a range, never an offset.

Messages have indexes without a gap, so a page of them is a range of indexes. Conversations are
listed newest first by id (UUIDv7, so by creation), and a page of them is a keyset range.
Source of the argument rules: the Relay cursor connections specification.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar
from uuid import UUID

from chat.errors import BadUserInputError

DEFAULT_PAGE = 20
LARGEST_PAGE = 100

Item = TypeVar("Item")


@dataclass(frozen=True, slots=True)
class PageSize:
    """How many items, and from which end of what the cursors leave."""

    count: int
    from_end: bool


def page_size(first: int | None, last: int | None) -> PageSize:
    """Check `first` and `last`: 1 to 100, not both, 20 from the start when neither is given."""
    if first is not None and last is not None:
        raise BadUserInputError("last", "cannot be used together with first")
    name, count = ("last", last) if last is not None else ("first", first)
    if count is None:
        return PageSize(DEFAULT_PAGE, from_end=False)
    if not 1 <= count <= LARGEST_PAGE:
        raise BadUserInputError(name, f"must be from 1 to {LARGEST_PAGE}")
    return PageSize(count, from_end=name == "last")


@dataclass(frozen=True, slots=True)
class IndexWindow:
    """A page of a list of messages, however long that is: behind and before these indexes."""

    size: PageSize
    after: int | None
    before: int | None


@dataclass(frozen=True, slots=True)
class IndexRange:
    """Messages with start <= index < stop, and whether there are more on either side."""

    start: int
    stop: int
    has_previous: bool
    has_next: bool


def index_range(window: IndexWindow, *, total: int) -> IndexRange:
    """The range of indexes that a page of a list of `total` messages covers."""
    size, after, before = window.size, window.after, window.before
    low = 0 if after is None else min(after + 1, total)
    high = total if before is None else min(before, total)
    high = max(low, high)
    if size.from_end:
        start, stop = max(low, high - size.count), high
    else:
        start, stop = low, min(high, low + size.count)
    return IndexRange(start, stop, has_previous=start > 0, has_next=stop < total)


@dataclass(frozen=True, slots=True)
class KeysetRange:
    """Items strictly between two ids, in listing order (newest first), `limit` at the most.

    `from_end` takes them from the old end; they still come newest first.
    """

    after: UUID | None
    before: UUID | None
    limit: int
    from_end: bool


def keyset_range(size: PageSize, *, after: UUID | None, before: UUID | None) -> KeysetRange:
    """One item more than the page holds, which tells whether the list goes on."""
    return KeysetRange(after, before, size.count + 1, size.from_end)


@dataclass(frozen=True, slots=True)
class KeysetPage(Generic[Item]):
    """A page, newest first, and whether there are more items on either side.

    On the side that the cursor came from there is at least the cursor's own item.
    """

    items: tuple[Item, ...]
    has_previous: bool
    has_next: bool


def keyset_page(keyset: KeysetRange, found: Sequence[Item]) -> KeysetPage[Item]:
    """Cut the surplus item off what a store found for `keyset`."""
    more = len(found) == keyset.limit
    if keyset.from_end:
        items = tuple(found[1:] if more else found)
        following = keyset.before is not None
        return KeysetPage(items, has_previous=more or keyset.after is not None, has_next=following)
    items = tuple(found[:-1] if more else found)
    previous = keyset.after is not None
    return KeysetPage(items, has_previous=previous, has_next=more or keyset.before is not None)
