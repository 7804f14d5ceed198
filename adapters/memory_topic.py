"""What this process knows of one conversation: its readers, and the texts that grow in it."""

from dataclasses import dataclass, field
from uuid import UUID

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
    """The readers of a conversation, and the texts so far of replies that are being written."""

    readers: list[MemorySubscription] = field(default_factory=list[MemorySubscription])
    texts: dict[UUID, GrowingText] = field(default_factory=dict[UUID, GrowingText])

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

    def tell(self, *events: BusEvent) -> int:
        """Hand the events to every reader; how many were cut off, since they read too slowly."""
        return sum(reader.put(event) for event in events for reader in self.readers)

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
