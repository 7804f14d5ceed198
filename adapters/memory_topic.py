"""What this process knows of one conversation: its readers, and the texts that grow in it."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from uuid import UUID

from adapters.memory_events import WaitingEvents
from adapters.memory_queue import MemorySubscription
from chat.events import BusEvent, ConversationDeleted, LookAgain, MessageDelta, MessageFinished


@dataclass(slots=True)
class GrowingText:
    """A stretch of a reply's text, from code point `start` on, without a gap.

    `own` says that this process writes it. One from elsewhere may have been heard from its middle
    on; what stands before `start` is then found in the store.
    """

    start: int
    own: bool
    parts: list[str] = field(default_factory=list[str])
    length: int = 0

    def take(self, offset: int, text: str) -> None:
        """Add a piece; one behind a gap, or from before the start, begins a new stretch."""
        end = self.start + self.length
        if not self.start <= offset <= end:
            self.start, self.parts, self.length = offset, [text], len(text)
            return
        more = text[end - offset :]
        if more:
            self.parts.append(more)
            self.length += len(more)


@dataclass(slots=True)
class Topic:
    """The readers of a conversation, and the texts so far of replies that are being written.

    A piece of text is told at once. What comes behind it in the same turn of the loop, as the
    pieces of a model that is quicker than its readers, is told together in the next one: a reply
    that comes at once is not taken apart for each of a thousand readers.

    `cut` is called with the number of readers that were cut off, since they read too slowly.
    """

    cut: Callable[[int], None]
    readers: list[MemorySubscription] = field(default_factory=list[MemorySubscription])
    texts: dict[UUID, GrowingText] = field(default_factory=dict[UUID, GrowingText])
    _pieces: WaitingEvents = field(default_factory=WaitingEvents)
    _is_in_turn: bool = False

    @property
    def idle(self) -> bool:
        """Whether there is nothing to keep."""
        return not self.readers and not self.texts

    def note(self, event: BusEvent, *, own: bool) -> None:
        """Remember what the event says of texts; `own` events come from this process."""
        match event:
            case MessageDelta(message_id, offset, text):
                if message_id not in self.texts:
                    self.texts[message_id] = GrowingText(offset, own)
                self.texts[message_id].take(offset, text)
            case MessageFinished(message):
                self.texts.pop(message.id, None)
            case LookAgain() if not own:
                self.forget_heard()
            case LookAgain() | ConversationDeleted():
                self.texts.clear()
            case _:
                pass

    def tell(self, *events: BusEvent) -> None:
        """Hand the events to every reader."""
        for event in events:
            if not self.readers:
                continue
            if not isinstance(event, MessageDelta):
                self.hurry()
                self._hand_out(event)
            elif self._is_in_turn:
                self._pieces.add(event)
            else:
                self._hand_out(event)
                self._begin_turn()

    def hurry(self) -> None:
        """Hand out now what is to come together."""
        while self._pieces:
            self._hand_out(self._pieces.take())

    def _begin_turn(self) -> None:
        self._is_in_turn = True
        asyncio.get_running_loop().call_soon(self._end_turn)

    def _end_turn(self) -> None:
        """As long as pieces come in each turn, they are told once in each."""
        self._is_in_turn = False
        if self._pieces:
            self.hurry()
            self._begin_turn()

    def _hand_out(self, event: BusEvent) -> None:
        if count := sum(reader.put(event) for reader in self.readers):
            self.cut(count)

    def forget_heard(self) -> None:
        """Drop the texts that other processes write."""
        self.texts = {id_: text for id_, text in self.texts.items() if text.own}

    def so_far(self, *, own: bool | None = None) -> list[MessageDelta]:
        """The texts so far, each as one piece: all, or those from here, or from elsewhere."""
        return [
            MessageDelta(id_, text.start, "".join(text.parts))
            for id_, text in self.texts.items()
            if own is None or text.own is own
        ]
