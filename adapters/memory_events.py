"""Events that wait, in their order. Pieces of one text that follow one another become one."""

from chat.events import BusEvent, LookAgain, MessageDelta

_LONGEST_JOINED = 4096  # code points; nobody gets longer texts for reading slowly


class WaitingEvents:
    """A list, and no deque, which takes most of a kilobyte: nearly all of thousands are empty."""

    __slots__ = ("_events", "_length", "_more")

    def __init__(self) -> None:
        """Nothing waits."""
        self._events: list[BusEvent] = []
        # Of the text that waits last: its length in code points, and what is yet to be joined.
        self._length = 0
        self._more: list[str] = []

    def __len__(self) -> int:
        """How many events wait."""
        return len(self._events)

    def add(self, event: BusEvent) -> None:
        """One more: who takes them slowly gets longer texts, not more of them."""
        last = self._events[-1] if self._events else None
        if isinstance(event, MessageDelta):
            if isinstance(last, MessageDelta) and self._continues(last, event):
                self._more.append(event.text)
                self._length += len(event.text)
                return
            self._join()
            self._length = len(event.text)
        elif isinstance(event, LookAgain) and isinstance(last, LookAgain):
            return
        else:
            self._join()
        self._events.append(event)

    def take(self) -> BusEvent:
        """The first of them, which waits no longer."""
        if len(self._events) == 1:
            self._join()
        return self._events.pop(0)

    def clear(self) -> None:
        """Forget them."""
        self._events.clear()
        self._more.clear()

    def _continues(self, last: MessageDelta, event: MessageDelta) -> bool:
        return (
            last.offset + self._length == event.offset
            and self._length + len(event.text) <= _LONGEST_JOINED
            and last.message_id == event.message_id
        )

    def _join(self) -> None:
        """Make one text of what waits last; once, and not again for each piece."""
        last = self._events[-1] if self._more else None
        if isinstance(last, MessageDelta):
            text = "".join((last.text, *self._more))
            self._events[-1] = MessageDelta(last.message_id, last.offset, text)
            self._more.clear()
