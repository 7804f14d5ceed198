"""What a reader of a conversation is told, out of what is stored and what the bus says. No I/O."""

from collections.abc import Iterable, Sequence
from uuid import UUID

from chat.events import MessageAdded, MessageDelta, MessageEvent, MessageFinished
from chat.records import Message

_EVENTS_PER_READ = 32


class GapError(Exception):
    """The bus left something out; what is stored has to be read again."""


class Follower:
    """Tells each message once when it is added, each piece of text once, each end once.

    Messages come in the order of their indexes, from `next_index` on. The texts of a message,
    from MessageAdded and its deltas, joined, are its content when it is finished.
    """

    def __init__(self, next_index: int) -> None:
        """`next_index` is the first index that is told."""
        self.next_index = next_index
        self._told: dict[UUID, int] = {}  # code points told of each message that is not finished

    @property
    def unfinished(self) -> tuple[UUID, ...]:
        """Messages that were told as added and not yet as finished."""
        return tuple(self._told)

    def stored(self, messages: Iterable[Message]) -> list[MessageEvent]:
        """What to tell of messages as they are stored, given in the order of their indexes."""
        return [event for message in messages for event in self._telling(self._state(message))]

    def heard(self, event: MessageEvent) -> list[MessageEvent]:
        """What to tell of an event of the bus. Raises GapError."""
        return self._telling(self.due(event))

    def heard_again(self, event: MessageEvent) -> list[MessageEvent]:
        """The same after a read. What is stored may be older than the event: then it waits."""
        try:
            return self.heard(event)
        except GapError:
            return []

    def due(self, event: MessageEvent) -> list[MessageEvent]:
        """What `heard` would say, without counting as told. Raises GapError."""
        if isinstance(event, MessageDelta):
            return self._delta(event)
        if event.message.index > self.next_index:
            raise GapError
        return self._state(event.message)

    def tell(self, due: Iterable[MessageEvent]) -> None:
        """Events that were due are told now."""
        for event in due:
            if isinstance(event, MessageDelta):
                self._told[event.message_id] = event.offset + len(event.text)
            elif isinstance(event, MessageAdded):
                self.next_index = event.message.index + 1
                self._told[event.message.id] = len(event.message.content)
            else:
                del self._told[event.message.id]

    def _telling(self, due: list[MessageEvent]) -> list[MessageEvent]:
        self.tell(due)
        return due

    def _state(self, message: Message) -> list[MessageEvent]:
        end: list[MessageEvent] = [MessageFinished(message)] if message.status.final else []
        if message.index == self.next_index:
            return [MessageAdded(message), *end]
        told = self._told.get(message.id)
        if told is None:
            return []
        more = message.content[told:]
        return [MessageDelta(message.id, told, more), *end] if more else end

    def _delta(self, delta: MessageDelta) -> list[MessageEvent]:
        told = self._told.get(delta.message_id)
        if told is None or delta.offset + len(delta.text) <= told:
            return []
        if delta.offset > told:
            raise GapError
        if delta.offset == told:
            return [delta]
        return [MessageDelta(delta.message_id, told, delta.text[told - delta.offset :])]


class Gaps:
    """Says when to read because of a gap in a text: what is stored may end before the gap does.

    At the first, second, fourth, eighth … piece behind a gap that stays open, so that a quick
    reply does not have the store looked into for each of its pieces.
    """

    def __init__(self) -> None:
        """There is none."""
        self._events = 0

    def closed(self) -> None:
        """An event came without one."""
        self._events = 0

    def worth_reading(self) -> bool:
        """Whether to read, now that one more piece has come."""
        self._events += 1
        return self._events % _EVENTS_PER_READ == 0 or self._events.bit_count() == 1


class InOrder:
    """Holds finished messages back until all with a lower index are finished too."""

    def __init__(self) -> None:
        """Start with the first message that is added."""
        self._added: list[UUID] = []
        self._finished: dict[UUID, Message] = {}

    def pass_over(self, events: Sequence[MessageEvent]) -> bool:
        """Whether no message is due after these events, which are then taken."""
        if any(isinstance(event, MessageFinished) for event in events):
            return False
        for event in events:
            self.take(event)
        return True

    def take(self, event: MessageEvent) -> list[Message]:
        """The messages that are due after this event, in the order of their indexes."""
        match event:
            case MessageAdded(message):
                self._added.append(message.id)
            case MessageFinished(message):
                self._finished[message.id] = message
            case _:
                return []
        due: list[Message] = []
        while self._added and self._added[0] in self._finished:
            due.append(self._finished.pop(self._added.pop(0)))
        return due
