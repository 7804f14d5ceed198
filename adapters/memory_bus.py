"""The event bus within one process: bounded queues, and no waiting for a reader.

It is also what hands events of other processes to the readers in this one (`hear`, `recall`); how
they come here is no business of it.
"""

from collections import defaultdict
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from uuid import UUID

from adapters.memory_queue import MemorySubscription
from adapters.memory_topic import Topic
from chat.events import BusEvent, LookAgain, MessageDelta

DEFAULT_QUEUE_EVENTS = 1000


class MemoryBus:
    """The `EventBus` port for a single process."""

    def __init__(self, *, queue_events: int = DEFAULT_QUEUE_EVENTS) -> None:
        """`queue_events` is the most events that may wait for one reader.

        `readers_cut` counts those for whom more would have waited.
        """
        self._queue_events = queue_events
        self._topics: defaultdict[UUID, Topic] = defaultdict(lambda: Topic(self._cut))
        self._closed = False
        self.readers_cut = 0

    async def publish(self, conversation_id: UUID, event: BusEvent) -> None:
        """Hand the event to every subscription of the conversation."""
        self._take(conversation_id, event, own=True)

    def hear(self, conversation_id: UUID, event: BusEvent) -> None:
        """The same for an event of another process.

        Texts of other processes are kept until `forget_heard`.
        """
        self._take(conversation_id, event, own=False)

    def recall(self, conversation_id: UUID, past: Iterable[BusEvent]) -> None:
        """Start over with what other processes said, of which something may have been missed.

        Readers are not told the past again: they look into the store, and get the texts so far.
        """
        topic = self._topics[conversation_id]
        topic.forget_heard()
        for event in past:
            topic.note(event, own=False)
        topic.tell(LookAgain(), *topic.so_far(own=False))
        self._forget_if_idle(conversation_id)

    def look_again(self, conversation_id: UUID) -> None:
        """Have the readers look into the store; what is known of texts stays."""
        if conversation_id in self._topics:
            self._topics[conversation_id].tell(LookAgain())

    def forget_heard(self, conversation_id: UUID) -> None:
        """Drop the texts that other processes write in a conversation."""
        if conversation_id in self._topics:
            self._topics[conversation_id].forget_heard()
            self._forget_if_idle(conversation_id)

    def own_texts(self, conversation_id: UUID) -> list[MessageDelta]:
        """The texts so far that this process writes in a conversation."""
        topic = self._topics.get(conversation_id)
        return [] if topic is None else topic.so_far(own=True)

    @property
    def written_here(self) -> list[UUID]:
        """The conversations in which this process writes a text."""
        topics = self._topics.items()
        return [id_ for id_, topic in topics if any(text.own for text in topic.texts.values())]

    @asynccontextmanager
    async def subscribe(self, conversation_id: UUID) -> AsyncIterator[MemorySubscription]:
        """Events published after the context was entered are not missed."""
        topic = self._topics[conversation_id]
        topic.hurry()  # The new reader has the whole text so far.
        subscription = MemorySubscription(self._queue_events)
        for delta in topic.so_far():
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
            topic.hurry()
            for reader in topic.readers:
                reader.close()

    def _take(self, conversation_id: UUID, event: BusEvent, *, own: bool) -> None:
        topic = self._topics[conversation_id]
        topic.note(event, own=own)
        topic.tell(event)
        self._forget_if_idle(conversation_id)

    def _cut(self, readers: int) -> None:
        self.readers_cut += readers

    def _forget_if_idle(self, conversation_id: UUID) -> None:
        topic = self._topics.get(conversation_id)
        if topic is not None and topic.idle:
            del self._topics[conversation_id]
