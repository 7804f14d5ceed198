"""The state machine that tells each message, each piece of text and each end once."""

from dataclasses import replace
from uuid import UUID

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule

from chat.events import (
    MessageAdded,
    MessageDelta,
    MessageEvent,
    MessageFinished,
)
from chat.follower import Follower, GapError, InOrder
from chat.records import Message, MessageStatus
from tests.chat.examples import a_conversation, a_message, a_reply, a_user, whole

CONVERSATION = a_conversation(a_user().id)
FINAL = st.sampled_from([status for status in MessageStatus if status.final])
FIRST_TOLD = 2
UNTOLD = tuple(a_message(CONVERSATION, index) for index in range(FIRST_TOLD))


class FollowerMachine(RuleBasedStateMachine):
    """A conversation is written and published; a reader hears the events in any way at all.

    Each event may be heard late, twice, out of order, in parts, merged with the next one, or not
    at all, and what is stored may be read at any time, also as it was some time ago.
    """

    def __init__(self) -> None:
        super().__init__()
        self.stored: dict[UUID, Message] = {one.id: one for one in UNTOLD}
        self.texts: dict[UUID, str] = {}
        self.published: list[MessageEvent] = []
        self.snapshots: list[dict[UUID, Message]] = []
        self.follower = Follower(FIRST_TOLD)
        self.told: list[MessageEvent] = []
        self._stored(*UNTOLD)

    # What the writer does.

    @rule()
    def a_turn_begins(self) -> None:
        question = a_message(CONVERSATION, len(self.stored))
        reply = a_reply(CONVERSATION, len(self.stored) + 1)
        self._stored(question, reply)
        self.published += [MessageAdded(question), MessageFinished(question), MessageAdded(reply)]
        self.texts[reply.id] = ""

    @precondition(lambda self: self.texts)
    @rule(data=st.data(), text=st.text(min_size=1, max_size=4))
    def text_comes(self, data: st.DataObject, text: str) -> None:
        reply = data.draw(st.sampled_from(sorted(self.texts)))
        self.published.append(MessageDelta(reply, len(self.texts[reply]), text))
        self.texts[reply] += text

    @precondition(lambda self: self.texts)
    @rule(data=st.data())
    def text_is_checkpointed(self, data: st.DataObject) -> None:
        reply = data.draw(st.sampled_from(sorted(self.texts)))
        self._stored(replace(self.stored[reply], content=self.texts[reply]))

    @precondition(lambda self: self.texts)
    @rule(data=st.data(), status=FINAL)
    def a_reply_ends(self, data: st.DataObject, status: MessageStatus) -> None:
        reply = data.draw(st.sampled_from(sorted(self.texts)))
        final = whole(self.stored[reply], self.texts.pop(reply), status)
        self._stored(final)
        self.published.append(MessageFinished(final))

    def _stored(self, *messages: Message) -> None:
        self.stored |= {message.id: message for message in messages}
        self.snapshots.append(dict(self.stored))

    # What the reader does.

    @precondition(lambda self: self.published)
    @rule(data=st.data())
    def an_event_is_heard(self, data: st.DataObject) -> None:
        self._hear(data.draw(st.sampled_from(self.published)))

    @rule(count=st.integers(1, 10))
    def the_last_events_are_heard_in_order(self, count: int) -> None:
        for event in self.published[-count:]:
            self._hear(event)

    @precondition(lambda self: self._deltas())
    @rule(data=st.data())
    def some_stretch_of_a_replys_text_is_heard(self, data: st.DataObject) -> None:
        reply = data.draw(st.sampled_from(self._deltas())).message_id
        text = "".join(delta.text for delta in self._deltas() if delta.message_id == reply)
        start = data.draw(st.integers(0, len(text) - 1))
        stop = data.draw(st.integers(start + 1, len(text)))
        self._hear(MessageDelta(reply, start, text[start:stop]))

    @rule(data=st.data())
    def what_was_stored_is_read(self, data: st.DataObject) -> None:
        self._read(data.draw(st.sampled_from(self.snapshots)))

    def _deltas(self) -> list[MessageDelta]:
        return [event for event in self.published if isinstance(event, MessageDelta)]

    def _hear(self, event: MessageEvent) -> None:
        try:
            self.told += self.follower.heard(event)
        except GapError:
            self._read(self.snapshots[-1])

    def _read(self, snapshot: dict[UUID, Message]) -> None:
        unfinished = [snapshot[one] for one in self.follower.unfinished if one in snapshot]
        self.told += self.follower.stored(unfinished)
        new = [one for one in snapshot.values() if one.index >= self.follower.next_index]
        self.told += self.follower.stored(sorted(new, key=lambda message: message.index))

    # What must hold when all has come to its end.

    def teardown(self) -> None:
        for reply, text in self.texts.items():
            self._stored(whole(self.stored[reply], text))
        self._read(self.snapshots[-1])
        self._everything_was_told_once()
        self._texts_are_whole()
        self._whole_messages_come_in_order()

    def _everything_was_told_once(self) -> None:
        expected = [one for one in self.stored.values() if one.index >= FIRST_TOLD]
        added = [event.message.index for event in self.told if isinstance(event, MessageAdded)]
        ended = [event.message for event in self.told if isinstance(event, MessageFinished)]
        assert added == [one.index for one in expected]
        assert sorted(ended, key=lambda message: message.index) == expected
        assert self.follower.unfinished == ()

    def _texts_are_whole(self) -> None:
        texts: dict[UUID, str] = {}
        finished: set[UUID] = set()
        for event in self.told:
            match event:
                case MessageAdded(message):
                    texts[message.id] = message.content
                case MessageDelta(message_id, offset, text):
                    assert message_id not in finished
                    assert text
                    assert offset == len(texts[message_id])
                    texts[message_id] += text
                case MessageFinished(message):
                    assert texts[message.id] == message.content
                    finished.add(message.id)

    def _whole_messages_come_in_order(self) -> None:
        in_order = InOrder()
        due = [message.index for event in self.told for message in in_order.take(event)]
        assert due == list(range(FIRST_TOLD, len(self.stored)))


TestFollowerMachine = FollowerMachine.TestCase


def test_a_final_message_is_told_exactly_once() -> None:
    follower = Follower(0)
    message = a_message(CONVERSATION, 0)
    told = [MessageAdded(message), MessageFinished(message)]
    assert follower.stored([message]) == told
    assert follower.heard(MessageAdded(message)) == []
    assert follower.heard(MessageFinished(message)) == []
    assert follower.stored([message]) == []


def test_a_delta_that_overlaps_what_was_told_is_cut() -> None:
    follower = Follower(0)
    reply = a_reply(CONVERSATION, 0, "Hel")
    assert follower.stored([reply]) == [MessageAdded(reply)]
    assert follower.heard(MessageDelta(reply.id, 0, "Hel")) == []
    assert follower.heard(MessageDelta(reply.id, 2, "lo")) == [MessageDelta(reply.id, 3, "o")]


def test_a_delta_behind_a_hole_is_a_gap() -> None:
    follower = Follower(0)
    reply = a_reply(CONVERSATION, 0)
    follower.heard(MessageAdded(reply))
    with pytest.raises(GapError):
        follower.heard(MessageDelta(reply.id, 1, "i"))


def test_a_message_behind_one_that_was_not_told_is_a_gap() -> None:
    follower = Follower(0)
    with pytest.raises(GapError):
        follower.heard(MessageAdded(a_message(CONVERSATION, 1)))


def test_the_end_tells_what_the_deltas_did_not() -> None:
    follower = Follower(0)
    reply = a_reply(CONVERSATION, 0)
    follower.heard(MessageAdded(reply))
    follower.heard(MessageDelta(reply.id, 0, "Hel"))
    final = whole(reply, "Hello")
    told = follower.heard(MessageFinished(final))
    assert told == [MessageDelta(reply.id, 3, "lo"), MessageFinished(final)]


def test_a_message_that_finishes_early_waits_for_the_ones_before_it() -> None:
    in_order = InOrder()
    first, second = a_message(CONVERSATION, 0), a_message(CONVERSATION, 1)
    assert in_order.take(MessageAdded(first)) == []
    assert in_order.take(MessageAdded(second)) == []
    assert in_order.take(MessageFinished(second)) == []
    assert in_order.take(MessageDelta(first.id, 0, "Hi")) == []
    assert in_order.take(MessageFinished(first)) == [first, second]


def test_an_event_that_showed_a_gap_is_told_after_the_read_or_waits_for_the_end() -> None:
    follower = Follower(0)
    reply = a_reply(CONVERSATION, 0, "He")
    follower.stored([reply])
    ahead = MessageDelta(reply.id, 4, "o!")
    with pytest.raises(GapError):
        follower.heard(ahead)
    assert follower.heard_again(ahead) == []
    follower.stored([replace(reply, content="Hell")])
    assert follower.heard_again(ahead) == [ahead]


def test_what_is_due_counts_as_told_only_when_it_is_told() -> None:
    follower = Follower(0)
    reply = a_reply(CONVERSATION, 0)
    for event in (
        MessageAdded(reply),
        MessageDelta(reply.id, 0, "Hello"),
        MessageFinished(whole(reply, "Hello")),
    ):
        assert follower.due(event) == follower.due(event) == [event]
        follower.tell([event])
        assert follower.due(event) == []


def test_only_events_that_finish_nothing_are_passed_over() -> None:
    in_order = InOrder()
    message = a_message(CONVERSATION, 0)
    finished = MessageFinished(message)
    assert not in_order.pass_over([MessageAdded(message), finished])
    assert in_order.pass_over([MessageAdded(message), MessageDelta(message.id, 0, "Hi")])
    assert in_order.take(finished) == [message]
