"""What waits to be sent to other processes. No I/O, and no end of memory either.

Pieces of one text that wait are joined. What there is no room for is dropped, and the conversation
is remembered as one of which something was missed.
"""

from dataclasses import dataclass, field
from uuid import UUID

from adapters.redis_codec import LONGEST_TEXT, cut
from chat.events import BusEvent, MessageDelta

# About 16 MiB of text, or as much of events without one.
_MOST_CODE_POINTS = 4_000_000
_MOST_EVENTS = 20_000
_MOST_MISSED = 100_000
_MOST_AT_ONCE = 1000
# Each takes its texts so far along, and all must be sent within a second.
_MOST_MISSED_AT_ONCE = 50
_CODE_POINTS_AT_ONCE = 1_000_000


@dataclass(slots=True)
class Parcel:
    """Events of one conversation, in order; `missed` says that others before them were dropped."""

    conversation_id: UUID
    events: list[BusEvent] = field(default_factory=list[BusEvent])
    missed: bool = False


class Outbox:
    """Takes events one by one, and gives them in parcels, the longest waiting first."""

    def __init__(
        self,
        *,
        most_events: int = _MOST_EVENTS,
        most_code_points: int = _MOST_CODE_POINTS,
        most_missed: int = _MOST_MISSED,
    ) -> None:
        """At most so many events wait, with so much text, and so many conversations are missed."""
        self._most_events = most_events
        self._most_code_points = most_code_points
        self._most_missed = most_missed
        self._waiting: dict[UUID, list[BusEvent]] = {}
        self._missed: dict[UUID, None] = {}
        self._events = 0
        self._code_points = 0
        self.dropped = 0  # events that were put and never sent

    @property
    def empty(self) -> bool:
        """Whether there is nothing to send."""
        return not self._waiting and not self._missed

    def put(self, conversation_id: UUID, event: BusEvent) -> None:
        """Add an event; when there is no room, everything of the conversation is dropped."""
        if conversation_id in self._missed:
            self.dropped += 1
            return
        waiting = self._waiting.setdefault(conversation_id, [])
        for part in _parts(event):
            self._append(waiting, part)
        if self._events > self._most_events or self._code_points > self._most_code_points:
            self.miss(conversation_id)

    def miss(self, conversation_id: UUID) -> None:
        """Remember that something was missed; what waits is of no use then."""
        dropped = self._waiting.pop(conversation_id, [])
        self.dropped += len(dropped)
        self._events -= len(dropped)
        self._code_points -= sum(map(_length, dropped))
        self._missed[conversation_id] = None
        if len(self._missed) > self._most_missed:
            del self._missed[next(iter(self._missed))]

    def failed(self, parcels: list[Parcel]) -> None:
        """What was taken was not sent; nobody knows how much of it."""
        for parcel in parcels:
            self.dropped += len(parcel.events)
            self.miss(parcel.conversation_id)

    def take(self) -> list[Parcel]:
        """What is to be sent next, as much as goes well in one go."""
        missed = list(self._missed)[:_MOST_MISSED_AT_ONCE]
        for conversation_id in missed:
            del self._missed[conversation_id]
        parcels = [Parcel(conversation_id, missed=True) for conversation_id in missed]
        left = _MOST_AT_ONCE - len(parcels)
        code_points = 0
        while self._waiting and left > 0 and code_points < _CODE_POINTS_AT_ONCE:
            conversation_id, events = next(iter(self._waiting.items()))
            taken, rest = events[:left], events[left:]
            del self._waiting[conversation_id]
            if rest:
                self._waiting[conversation_id] = rest
            parcels.append(Parcel(conversation_id, taken))
            left -= len(taken)
            code_points += sum(map(_length, taken))
            self._events -= len(taken)
        self._code_points -= code_points
        return parcels

    def _append(self, waiting: list[BusEvent], event: BusEvent) -> None:
        self._code_points += _length(event)
        last = waiting[-1] if waiting else None
        if (
            isinstance(event, MessageDelta)
            and isinstance(last, MessageDelta)
            and last.message_id == event.message_id
            and last.offset + len(last.text) == event.offset
            and len(last.text) + len(event.text) <= LONGEST_TEXT
        ):
            waiting[-1] = MessageDelta(last.message_id, last.offset, last.text + event.text)
            return
        waiting.append(event)
        self._events += 1


def _parts(event: BusEvent) -> list[BusEvent]:
    """A delta that is too long for one event, in several; everything else as it is."""
    if not isinstance(event, MessageDelta) or len(event.text) <= LONGEST_TEXT:
        return [event]
    return cut(event)


def _length(event: BusEvent) -> int:
    match event:
        case MessageDelta():
            return len(event.text)
        case _:
            message = getattr(event, "message", None)
            return len(message.content) if message is not None else 0
