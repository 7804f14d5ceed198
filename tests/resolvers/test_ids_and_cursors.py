"""Ids and cursors on the wire."""

from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chat.errors import BadUserInputError
from chat.identifiers import uuid7
from resolvers.cursors import CursorList
from resolvers.ids import Kind, decode, decode_any, decode_optional, encode


@given(st.sampled_from(Kind), st.uuids())
def test_an_id_comes_back_as_what_it_was(kind: Kind, key: UUID) -> None:
    assert decode_any(encode(kind, key), "id") == (kind, key)
    assert decode(kind, encode(kind, key)) == key
    assert decode_optional(kind, encode(kind, key), "id") == key


def test_no_id_is_no_id() -> None:
    assert decode_optional(Kind.RUN, None, "id") is None


@given(st.text())
def test_text_that_is_no_id_is_refused(text: str) -> None:
    with pytest.raises(BadUserInputError):
        decode(Kind.RUN, text)


def test_the_id_of_another_kind_is_refused_with_the_field_named() -> None:
    with pytest.raises(BadUserInputError) as caught:
        decode(Kind.RUN, encode(Kind.MESSAGE, uuid7()), "runId")
    assert caught.value.field == "runId"


LISTS = st.builds(CursorList, st.uuids(), st.text(max_size=20))


@given(LISTS, st.integers(0, 10**9), st.uuids())
def test_a_cursor_marks_its_place_in_its_list(of: CursorList, index: int, key: UUID) -> None:
    assert of.index(of.encode(str(index)), "after") == index
    assert of.key(of.encode(key.hex), "after") == key
    assert of.index(None, "after") is None
    assert of.key(None, "after") is None


@given(LISTS, LISTS, st.integers(0, 10**9))
def test_a_cursor_of_another_list_is_refused(of: CursorList, other: CursorList, index: int) -> None:
    if of != other:
        with pytest.raises(BadUserInputError):
            other.index(of.encode(str(index)), "after")


@given(LISTS, st.text())
def test_text_that_is_no_cursor_is_refused(of: CursorList, text: str) -> None:
    with pytest.raises(BadUserInputError):
        of.index(text, "after")


@given(LISTS, st.integers(0, 10**9), st.integers(0, 40), st.characters(codec="ascii"))
def test_a_cursor_with_one_character_changed_is_refused(
    of: CursorList, index: int, place: int, character: str
) -> None:
    cursor = of.encode(str(index))
    place %= len(cursor)
    changed = cursor[:place] + character + cursor[place + 1 :]
    if changed != cursor:
        with pytest.raises(BadUserInputError):
            of.index(changed, "after")
