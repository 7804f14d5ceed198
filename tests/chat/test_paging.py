"""Relay paging, against plain lists."""

from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chat.errors import BadUserInputError
from chat.identifiers import uuid7
from chat.paging import (
    IndexRange,
    IndexWindow,
    KeysetPage,
    KeysetRange,
    PageSize,
    index_range,
    keyset_page,
    keyset_range,
    page_size,
)

counts = st.integers(1, 8)
totals = st.integers(0, 30)
IDS = sorted((uuid7() for _ in range(30)), reverse=True)


@pytest.mark.parametrize(
    ("first", "last", "size"),
    [
        (None, None, PageSize(20, from_end=False)),
        (1, None, PageSize(1, from_end=False)),
        (100, None, PageSize(100, from_end=False)),
        (None, 1, PageSize(1, from_end=True)),
        (None, 100, PageSize(100, from_end=True)),
    ],
)
def test_a_page_has_1_to_100_items_and_20_when_nothing_is_said(
    first: int | None, last: int | None, size: PageSize
) -> None:
    assert page_size(first, last) == size


@pytest.mark.parametrize(
    ("first", "last", "field"),
    [
        (0, None, "first"),
        (101, None, "first"),
        (-1, None, "first"),
        (None, 0, "last"),
        (None, 101, "last"),
        (5, 5, "last"),
        (0, 0, "last"),
    ],
)
def test_other_sizes_and_two_at_once_are_refused(
    first: int | None, last: int | None, field: str
) -> None:
    with pytest.raises(BadUserInputError) as caught:
        page_size(first, last)
    assert caught.value.field == field


@given(
    totals, counts, st.booleans(), st.none() | st.integers(0, 35), st.none() | st.integers(0, 35)
)
def test_an_index_range_is_the_slice_that_the_arguments_leave(
    total: int, count: int, from_end: bool, after: int | None, before: int | None
) -> None:
    found = index_range(IndexWindow(PageSize(count, from_end), after, before), total=total)
    left = [
        index
        for index in range(total)
        if (after is None or index > after) and (before is None or index < before)
    ]
    page = left[-count:] if from_end else left[:count]
    assert list(range(found.start, found.stop)) == page
    assert 0 <= found.start <= found.stop <= total
    if page:
        assert found.has_previous == (page[0] > 0)
        assert found.has_next == (page[-1] < total - 1)


def test_a_range_behind_the_end_is_empty_and_knows_what_lies_before_it() -> None:
    found = index_range(IndexWindow(PageSize(5, from_end=False), 9, None), total=3)
    assert found == IndexRange(3, 3, has_previous=True, has_next=False)


@given(totals, counts, st.booleans())
def test_walking_pages_of_indexes_visits_each_once(total: int, count: int, back: bool) -> None:
    visited: list[int] = []
    cursor: int | None = None
    while True:
        after, before = (None, cursor) if back else (cursor, None)
        page = index_range(IndexWindow(PageSize(count, back), after, before), total=total)
        indexes = list(range(page.start, page.stop))
        visited = indexes + visited if back else visited + indexes
        if not (page.has_previous if back else page.has_next):
            break
        cursor = indexes[0] if back else indexes[-1]
    assert visited == list(range(total))


def found_in(listing: list[UUID], keyset: KeysetRange) -> list[UUID]:
    """What a store finds: ids strictly between, from one end, newest first."""
    between = [
        one
        for one in listing
        if (keyset.after is None or one < keyset.after)
        and (keyset.before is None or one > keyset.before)
    ]
    return between[-keyset.limit :] if keyset.from_end else between[: keyset.limit]


def page_of(
    listing: list[UUID], size: PageSize, *, after: UUID | None = None, before: UUID | None = None
) -> KeysetPage[UUID]:
    """A page of a listing."""
    keyset = keyset_range(size, after=after, before=before)
    return keyset_page(keyset, found_in(listing, keyset))


@given(totals, counts, st.booleans())
def test_walking_pages_of_ids_visits_each_once(total: int, count: int, back: bool) -> None:
    listing = IDS[:total]
    visited: list[UUID] = []
    cursor: UUID | None = None
    while True:
        after, before = (None, cursor) if back else (cursor, None)
        page = page_of(listing, PageSize(count, back), after=after, before=before)
        items = list(page.items)
        assert len(items) <= count
        visited = items + visited if back else visited + items
        if not (page.has_previous if back else page.has_next):
            break
        cursor = items[0] if back else items[-1]
    assert visited == listing


@given(st.data(), st.integers(1, 30), counts, st.booleans())
def test_a_page_knows_whether_there_is_more_on_either_side(
    data: st.DataObject, total: int, count: int, from_end: bool
) -> None:
    listing = IDS[:total]
    cursors = st.none() | st.sampled_from(listing)
    after, before = data.draw(cursors), data.draw(cursors)
    page = page_of(listing, PageSize(count, from_end), after=after, before=before)
    if page.items:
        assert page.has_previous == (page.items[0] != listing[0])
        assert page.has_next == (page.items[-1] != listing[-1])


def test_a_keyset_range_asks_for_one_item_more_than_the_page_holds() -> None:
    after, before = IDS[0], IDS[5]
    size = PageSize(3, from_end=True)
    assert keyset_range(size, after=after, before=before) == KeysetRange(after, before, 4, True)
