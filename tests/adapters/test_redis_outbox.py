"""What waits to be sent keeps its order, is joined, and never grows without end."""

from collections import defaultdict
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from adapters.redis_codec import LONGEST_TEXT
from adapters.redis_outbox import Outbox
from chat.events import BusEvent, ConversationDeleted, MessageDelta

ONE, OTHER = UUID(int=1), UUID(int=2)
REPLY = UUID(int=7)


def delta(offset: int, text: str) -> MessageDelta:
    """A piece of the reply."""
    return MessageDelta(REPLY, offset, text)


def test_pieces_that_touch_are_joined_and_others_are_not() -> None:
    outbox = Outbox()
    gone = ConversationDeleted(ONE)
    for event in (delta(0, "Hel"), delta(3, "lo"), delta(9, "!"), gone, delta(10, "?")):
        outbox.put(ONE, event)
    [parcel] = outbox.take()
    assert parcel.events == [delta(0, "Hello"), delta(9, "!"), gone, delta(10, "?")]
    assert outbox.empty


def test_pieces_of_two_conversations_stay_apart() -> None:
    outbox = Outbox()
    for offset, letter in enumerate("Hello"):
        outbox.put(ONE, delta(offset, letter))
        outbox.put(OTHER, delta(offset, letter.upper()))
    texts = {parcel.conversation_id: parcel.events for parcel in outbox.take()}
    assert texts == {ONE: [delta(0, "Hello")], OTHER: [delta(0, "HELLO")]}


@given(st.lists(st.tuples(st.sampled_from([ONE, OTHER]), st.integers(1, 3 * LONGEST_TEXT))))
def test_whatever_is_put_comes_out_whole_in_short_pieces(puts: list[tuple[UUID, int]]) -> None:
    outbox = Outbox()
    put: defaultdict[UUID, int] = defaultdict(int)
    for conversation, length in puts:
        outbox.put(conversation, delta(put[conversation], "x" * length))
        put[conversation] += length
    got: defaultdict[UUID, int] = defaultdict(int)
    while not outbox.empty:
        for parcel in outbox.take():
            assert not parcel.missed
            for event in parcel.events:
                assert isinstance(event, MessageDelta)
                assert event.offset == got[parcel.conversation_id]
                assert len(event.text) <= LONGEST_TEXT
                got[parcel.conversation_id] += len(event.text)
    assert got == put
    assert outbox.dropped == 0


def test_a_conversation_for_which_there_is_no_room_is_one_of_which_something_was_missed() -> None:
    outbox = Outbox(most_events=3)
    outbox.put(OTHER, delta(0, "kept"))
    for offset in range(0, 20, 2):
        outbox.put(ONE, delta(offset, "x"))
    parcels = {parcel.conversation_id: parcel for parcel in outbox.take()}
    assert (parcels[ONE].missed, parcels[ONE].events) == (True, [])
    assert (parcels[OTHER].missed, parcels[OTHER].events) == (False, [delta(0, "kept")])
    assert outbox.dropped == 10
    outbox.put(ONE, delta(20, "again"))
    assert outbox.take()[0].events == [delta(20, "again")]


def test_long_texts_fill_it_too() -> None:
    outbox = Outbox(most_code_points=10_000)
    outbox.put(ONE, delta(0, "x" * 9_000))
    outbox.put(ONE, delta(9_000, "x" * 9_000))
    outbox.put(OTHER, delta(0, "x" * 9_000))
    missed = {parcel.conversation_id: parcel.missed for parcel in outbox.take()}
    assert missed == {ONE: True, OTHER: False}


def test_what_was_taken_and_not_sent_was_missed() -> None:
    outbox = Outbox()
    outbox.put(ONE, delta(0, "Hello"))
    outbox.failed(outbox.take())
    outbox.put(ONE, delta(5, "!"))
    [parcel] = outbox.take()
    assert (parcel.missed, parcel.events) == (True, [])
    assert outbox.dropped == 2


def test_a_great_deal_is_taken_in_parts_of_which_none_is_lost() -> None:
    outbox = Outbox()
    conversations = [UUID(int=number) for number in range(700)]
    for offset in (0, 5, 10):
        for conversation in conversations:
            outbox.put(conversation, delta(offset, "x"))
    taken: defaultdict[UUID, list[BusEvent]] = defaultdict(list)
    parts = 0
    while not outbox.empty:
        parts += 1
        for parcel in outbox.take():
            taken[parcel.conversation_id] += parcel.events
    assert parts == 3
    expected = [delta(0, "x"), delta(5, "x"), delta(10, "x")]
    assert taken == dict.fromkeys(conversations, expected)


def test_what_was_missed_is_bounded_as_well() -> None:
    outbox = Outbox(most_missed=3)
    for number in range(5):
        outbox.miss(UUID(int=number))
    assert [parcel.conversation_id.int for parcel in outbox.take()] == [2, 3, 4]
