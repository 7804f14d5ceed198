"""The event bus within one process: bounded queues, and no waiting for a reader."""

import asyncio
from collections import defaultdict, deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from uuid import UUID

from chat.errors import ShuttingDownError, SlowReaderError
from chat.events import BusEvent, ConversationDeleted, MessageAdded, MessageDelta, MessageFinished

DEFAULT_QUEUE_EVENTS = 1000
_LONGEST_JOINED = 4096  # code points; joining longer texts again and again would cost


class MemorySubscription:
    """One reader's queue. When it is full the reader is cut off, and nobody else notices."""

    def __init__(self, limit: int) -> None:
        """`limit` is the most events that may wait for the reader."""
        self._limit = limit
        self._waiting: deque[BusEvent] = deque()
        self._changed = asyncio.Event()
        self._cut = False
        self._closed = False

    def put(self, event: BusEvent) -> None:
        """Add an event; a full queue is emptied and the reader cut off."""
        if len(self._waiting) >= self._limit:
            self._waiting.clear()
            self._cut = True
        if not self._cut:
            self._append(event)
        self._changed.set()

    def _append(self, event: BusEvent) -> None:
        """Pieces of one text that wait are joined: who reads slowly gets longer ones, not more."""
        last = self._waiting[-1] if self._waiting else None
        if (
            isinstance(event, MessageDelta)
            and isinstance(last, MessageDelta)
            and last.message_id == event.message_id
            and last.offset + len(last.text) == event.offset
            and len(last.text) < _LONGEST_JOINED
        ):
            self._waiting[-1] = MessageDelta(last.message_id, last.offset, last.text + event.text)
        else:
            self._waiting.append(event)

    def close(self) -> None:
        """Let the reader take what waits, and then end with ShuttingDownError."""
        self._closed = True
        self._changed.set()

    def __aiter__(self) -> AsyncIterator[BusEvent]:
        """The events, in the order of their publishing."""
        return self

    async def __anext__(self) -> BusEvent:
        """Wait for the next event."""
        while not self._waiting:
            if self._cut:
                raise SlowReaderError
            if self._closed:
                raise ShuttingDownError
            self._changed.clear()
            await self._changed.wait()
        return self._waiting.popleft()


@dataclass(slots=True)
class _Topic:
    """The readers of a conversation, and the text so far of replies that are being written."""

    readers: list[MemorySubscription] = field(default_factory=list[MemorySubscription])
    texts: dict[UUID, list[str]] = field(default_factory=dict[UUID, list[str]])

    def note(self, event: BusEvent) -> None:
        match event:
            case MessageAdded(message) if not message.status.final:
                self.texts[message.id] = [message.content]
            case MessageDelta(message_id, _, text) if message_id in self.texts:
                self.texts[message_id].append(text)
            case MessageFinished(message):
                self.texts.pop(message.id, None)
            case ConversationDeleted():
                self.texts.clear()
            case _:
                pass

    def replay(self) -> list[MessageDelta]:
        return [MessageDelta(id_, 0, "".join(parts)) for id_, parts in self.texts.items()]


class MemoryBus:
    """The `EventBus` port for a single process."""

    def __init__(self, *, queue_events: int = DEFAULT_QUEUE_EVENTS) -> None:
        """`queue_events` is the most events that may wait for one reader."""
        self._queue_events = queue_events
        self._topics: defaultdict[UUID, _Topic] = defaultdict(_Topic)
        self._closed = False

    async def publish(self, conversation_id: UUID, event: BusEvent) -> None:
        """Hand the event to every subscription of the conversation."""
        topic = self._topics[conversation_id]
        topic.note(event)
        for reader in topic.readers:
            reader.put(event)
        self._forget_if_idle(conversation_id)

    @asynccontextmanager
    async def subscribe(self, conversation_id: UUID) -> AsyncIterator[MemorySubscription]:
        """Events published after the context was entered are not missed."""
        topic = self._topics[conversation_id]
        subscription = MemorySubscription(self._queue_events)
        for delta in topic.replay():
            subscription.put(delta)
        if self._closed:
            subscription.close()
        topic.readers.append(subscription)
        try:
            yield subscription
        finally:
            topic.readers.remove(subscription)
            self._forget_if_idle(conversation_id)

    @property
    def topics(self) -> int:
        """How many conversations have readers or a reply that is being written."""
        return len(self._topics)

    def close(self) -> None:
        """End every subscription, now and to come."""
        self._closed = True
        for topic in self._topics.values():
            for reader in topic.readers:
                reader.close()

    def _forget_if_idle(self, conversation_id: UUID) -> None:
        topic = self._topics.get(conversation_id)
        if topic is not None and not topic.readers and not topic.texts:
            del self._topics[conversation_id]
