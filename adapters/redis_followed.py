"""What is known of the stream of one conversation that somebody here listens to. No I/O."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from adapters import redis_names as names
from adapters.memory_bus import MemoryBus
from adapters.redis_codec import decode
from chat.events import BusEvent, MessageAdded, MessageDelta, MessageFinished

BEGINNING = b"-"
_LONGEST_SILENCE_SECONDS = 300.0

Entry = tuple[bytes, dict[bytes, bytes]]


@dataclass(slots=True, eq=False, kw_only=True)
class Followed:
    """The `Ear` of a conversation's channel, and how far its stream was read.

    `wake` is called when there is something to read. `begun` counts how often it was begun from
    the beginning; `past` is what was read since then, None when the present is reached.
    """

    conversation_id: UUID
    origin: bytes
    bus: MemoryBus
    wake: Callable[["Followed"], None]
    now: Callable[[], float]
    readers: int = 0
    read_to: bytes = BEGINNING
    begun: int = 0
    past: list[BusEvent] | None = field(default_factory=list[BusEvent])
    ready: asyncio.Event = field(default_factory=asyncio.Event)
    open_replies: set[UUID] = field(default_factory=set[UUID])
    heard_at: float = 0.0
    looked_at: float = 0.0

    @property
    def next(self) -> bytes:
        """Where reading goes on, as Redis takes it."""
        return self.read_to if self.read_to == BEGINNING else b"(" + self.read_to

    def subscribed(self) -> None:
        """Nothing is missed from now on; what was said before is in the stream."""
        self.read_to, self.past = BEGINNING, []
        self.begun += 1
        self.wake(self)

    def heard(self, payload: bytes) -> None:
        """Somebody says that there is something new, or that something was missed."""
        if names.origin_of(payload) == self.origin:
            return
        if names.says_missed(payload):
            self.bus.look_again(self.conversation_id)
        self.wake(self)

    def take(self, page: Sequence[Entry], *, more: bool) -> int:
        """Hand over what was read; with `more` to come, the past is not over yet.

        Returns how many events there were of other processes.
        """
        if page:
            self.read_to = page[-1][0]
        events: list[BusEvent] = []
        for _, fields in page:
            event = decode(fields.get(names.PAYLOAD, b""))
            if fields.get(names.ORIGIN) != self.origin:
                self._note(event)
                events.append(event)
            elif isinstance(event, MessageFinished):  # ended here: nobody else will say so
                self.open_replies.discard(event.message.id)
        if self.past is None:
            for event in events:
                self.bus.hear(self.conversation_id, event)
        else:
            self.past.extend(events)
            if not more:
                past, self.past = self.past, None
                self.bus.recall(self.conversation_id, past)
                self.ready.set()
        return len(events)

    def quiet_for(self) -> float:
        """How long nothing was heard of a reply that somebody is writing; 0 when nobody is."""
        return self.now() - max(self.heard_at, self.looked_at) if self.open_replies else 0.0

    def look(self) -> None:
        """Something is odd: read, and have the readers look into the store.

        A reply of which nothing is heard for very long has ended without anybody telling it here.
        """
        self.looked_at = self.now()
        if self.looked_at - self.heard_at > _LONGEST_SILENCE_SECONDS:
            self.open_replies.clear()
        self.wake(self)
        self.bus.look_again(self.conversation_id)

    def _note(self, event: BusEvent) -> None:
        self.heard_at = self.now()
        match event:
            case MessageAdded(message) if not message.status.final:
                self.open_replies.add(message.id)
            case MessageDelta(message_id):
                self.open_replies.add(message_id)
            case MessageFinished(message):
                self.open_replies.discard(message.id)
            case MessageAdded():
                pass
            case _:
                self.open_replies.clear()
