"""Events come out of Redis as they went in, or as a word to look into the store."""

from datetime import UTC, datetime
from uuid import UUID

import orjson
import pytest
from asyncpg.pgproto.pgproto import UUID as StoredUuid  # noqa: N811  as db/rows.py makes them
from hypothesis import given
from hypothesis import strategies as st

from adapters.redis_codec import LONGEST_PAYLOAD, LONGEST_TEXT, cut, decode, encode
from chat.events import (
    BusEvent,
    ConversationDeleted,
    LookAgain,
    MessageAdded,
    MessageDelta,
    MessageFinished,
)
from chat.identifiers import uuid7
from chat.records import Message, MessageError, MessageStatus, Role, UsageSource

TEXT = st.text(st.characters(codec="utf-8"), max_size=300)
ERRORS = st.builds(
    MessageError,
    code=TEXT,
    message=TEXT,
    retryable=st.booleans(),
    retry_after_seconds=st.none() | st.floats(0, 1e6),
)
# As they are made here, and as they come out of a database.
IDS = st.uuids() | st.uuids().map(lambda id_: StoredUuid(str(id_)))
MESSAGES = st.builds(
    Message,
    id=IDS,
    user_id=IDS,
    conversation_id=IDS,
    index=st.integers(0, 2**31 - 1),
    role=st.sampled_from(Role),
    content=TEXT,
    status=st.sampled_from(MessageStatus),
    model=st.none() | TEXT,
    finish_reason=st.none() | TEXT,
    error=st.none() | ERRORS,
    tokens_used=st.none() | st.integers(0, 2**31 - 1),
    usage_source=st.none() | st.sampled_from(UsageSource),
    created_at=st.datetimes(timezones=st.just(UTC)),
)
EVENTS: st.SearchStrategy[BusEvent] = st.one_of(
    st.builds(MessageAdded, MESSAGES),
    st.builds(MessageDelta, IDS, st.integers(0, 2**31 - 1), TEXT),
    st.builds(MessageFinished, MESSAGES),
    st.builds(ConversationDeleted, IDS),
    st.just(LookAgain()),
)
REPLY = UUID(int=7)


@given(EVENTS)
def test_an_event_comes_out_as_it_went_in(event: BusEvent) -> None:
    assert decode(encode(event)) == event


@given(st.binary(max_size=60))
def test_whatever_is_no_event_says_to_look_again(payload: bytes) -> None:
    assert isinstance(decode(payload), LookAgain)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**63) | st.text(max_size=9),
    lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from(["kind", "message"]), inner),
    max_leaves=8,
)


@given(JSON, st.sampled_from(["added", "delta", "finished", "deleted", "of tomorrow"]))
def test_events_of_another_version_say_to_look_again(value: object, kind: str) -> None:
    for one in (value, {"kind": kind, "message": value, "conversation": value}):
        assert isinstance(decode(orjson.dumps(one)), LookAgain)


def test_fields_that_another_version_has_added_are_passed_over() -> None:
    delta = MessageDelta(REPLY, 3, "lo")
    assert decode(orjson.dumps({**orjson.loads(encode(delta)), "colour": "blue"})) == delta


@pytest.mark.parametrize("kind", [MessageAdded, MessageFinished])
def test_a_message_that_is_too_long_says_to_look_again(
    kind: type[MessageAdded | MessageFinished],
) -> None:
    assert isinstance(decode(encode(kind(a_reply("x" * 8000)))), kind)
    long = encode(kind(a_reply("🎉" * 8000)))
    assert len(long) <= LONGEST_PAYLOAD
    assert decode(long) == LookAgain()


def test_a_text_that_is_no_unicode_says_to_look_again() -> None:
    for event in (MessageDelta(REPLY, 0, "\ud800"), MessageFinished(a_reply("\ud800"))):
        assert decode(encode(event)) == LookAgain()


@given(st.integers(0, 99), st.sampled_from([0, 1, LONGEST_TEXT, LONGEST_TEXT + 1, 9000]))
def test_a_long_delta_is_cut_into_pieces_that_join(offset: int, length: int) -> None:
    text = "abcdefghi" * 1000
    pieces = cut(MessageDelta(REPLY, offset, text[:length]))
    told = offset
    for piece in pieces:
        assert isinstance(piece, MessageDelta)
        assert piece.offset == told
        assert 0 < len(piece.text) <= LONGEST_TEXT
        told += len(piece.text)
    assert told == offset + length


def a_reply(content: str) -> Message:
    """A message with this text."""
    return Message(
        id=REPLY,
        user_id=uuid7(),
        conversation_id=uuid7(),
        index=1,
        role=Role.ASSISTANT,
        content=content,
        status=MessageStatus.COMPLETE,
        model="m",
        finish_reason=None,
        error=None,
        tokens_used=None,
        usage_source=None,
        created_at=datetime(2026, 11, 23, tzinfo=UTC),
    )
