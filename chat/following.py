"""One gapless stream of events from two sources: what is stored, and what the bus says.

`Follower` is the state machine, without I/O. `follow` subscribes first, then reads, then listens,
so that nothing falls between; whatever comes from both is told once.
"""

from collections.abc import AsyncGenerator, Iterable
from contextlib import aclosing
from uuid import UUID

from chat.errors import BadUserInputError, NotFoundError
from chat.events import (
    ConversationDeleted,
    LookAgain,
    MessageAdded,
    MessageDelta,
    MessageEvent,
    MessageFinished,
)
from chat.ports import ConversationStore, EventBus, MessageStore, RunStore, Subscription
from chat.records import Conversation, Message

_PAGE = 100
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
        return [event for message in messages for event in self._state(message)]

    def heard(self, event: MessageEvent) -> list[MessageEvent]:
        """What to tell of an event of the bus. Raises GapError."""
        match event:
            case MessageDelta():
                return self._delta(event)
            case _:
                if event.message.index > self.next_index:
                    raise GapError
                return self._state(event.message)

    def heard_again(self, event: MessageEvent) -> list[MessageEvent]:
        """The same after a read. What is stored may be older than the event: then it waits."""
        try:
            return self.heard(event)
        except GapError:
            return []

    def _state(self, message: Message) -> list[MessageEvent]:
        if message.index == self.next_index:
            self.next_index += 1
            self._told[message.id] = len(message.content)
            return [MessageAdded(message), *self._end(message)]
        if message.id not in self._told:
            return []
        told = self._told[message.id]
        more = message.content[told:]
        self._told[message.id] = told + len(more)
        delta = [MessageDelta(message.id, told, more)] if more else []
        return [*delta, *self._end(message)]

    def _end(self, message: Message) -> list[MessageEvent]:
        if not message.status.final:
            return []
        del self._told[message.id]
        return [MessageFinished(message)]

    def _delta(self, delta: MessageDelta) -> list[MessageEvent]:
        told = self._told.get(delta.message_id)
        if told is None or delta.offset + len(delta.text) <= told:
            return []
        if delta.offset > told:
            raise GapError
        self._told[delta.message_id] = delta.offset + len(delta.text)
        return [MessageDelta(delta.message_id, told, delta.text[told - delta.offset :])]


class Gaps:
    """Says when to read because of a gap: what is stored may be older than what the bus says.

    At the first, second, fourth, eighth … event behind a gap that stays open, so that a quick
    reply does not have each of its pieces looked for in the store.
    """

    def __init__(self) -> None:
        """There is none."""
        self._events = 0

    def closed(self) -> None:
        """An event followed without one."""
        self._events = 0

    def worth_reading(self) -> bool:
        """Whether to read now that there is one more."""
        self._events += 1
        return self._events % _EVENTS_PER_READ == 0 or self._events.bit_count() == 1


class InOrder:
    """Holds finished messages back until all with a lower index are finished too."""

    def __init__(self) -> None:
        """Start with the first message that is added."""
        self._added: list[UUID] = []
        self._finished: dict[UUID, Message] = {}

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


class Following:
    """The verbs of the subscriptions."""

    def __init__(
        self,
        *,
        conversations: ConversationStore,
        messages: MessageStore,
        runs: RunStore,
        bus: EventBus,
    ) -> None:
        """Keep the collaborators."""
        self._conversations = conversations
        self._messages = messages
        self._runs = runs
        self._bus = bus

    async def messages(
        self, user_id: UUID, conversation_id: UUID, after_index: int | None
    ) -> AsyncGenerator[Message, None]:
        """Whole messages, each once, when it is final, in the order of their indexes."""
        in_order = InOrder()
        async with aclosing(self.events(user_id, conversation_id, after_index)) as events:
            async for event in events:
                for message in in_order.take(event):
                    yield message

    async def events(
        self, user_id: UUID, conversation_id: UUID, after_index: int | None
    ) -> AsyncGenerator[MessageEvent, None]:
        """What happens in a conversation, from the message behind `after_index` on.

        Without it, from the first message that is not final, or else the next one. Ends when the
        conversation is deleted. Raises NotFoundError, and SlowReaderError when the reader falls
        too far behind.
        """
        await self._owned(user_id, conversation_id)
        async with self._bus.subscribe(conversation_id) as subscription:
            conversation = await self._owned(user_id, conversation_id)
            follower = Follower(await self._start(conversation, after_index))
            async for event in self._read(conversation, follower):
                yield event
            async for event in self._listen(conversation, follower, subscription):
                yield event

    async def _owned(self, user_id: UUID, conversation_id: UUID) -> Conversation:
        found = await self._conversations.by_id(user_id, [conversation_id])
        if conversation_id not in found:
            raise NotFoundError(field="conversationId")
        return found[conversation_id]

    async def _start(self, conversation: Conversation, after_index: int | None) -> int:
        if after_index is not None and after_index >= conversation.next_index:
            raise BadUserInputError("afterIndex", "lies behind the last message")
        if after_index is not None:
            return after_index + 1
        run_id = conversation.active_run_id
        if run_id is None:
            return conversation.next_index
        run = (await self._runs.by_id(conversation.user_id, [run_id])).get(run_id)
        replies = await self._messages.by_id(conversation.user_id, [run.reply_id] if run else [])
        return min([reply.index for reply in replies.values()], default=conversation.next_index)

    async def _listen(
        self, conversation: Conversation, follower: Follower, subscription: Subscription
    ) -> AsyncGenerator[MessageEvent, None]:
        """Tell what the bus says, until the conversation is gone."""
        user_id, gaps = conversation.user_id, Gaps()
        async for heard in subscription:
            match heard:
                case ConversationDeleted():
                    return
                case LookAgain():
                    if not await self._conversations.by_id(user_id, [conversation.id]):
                        return
                    async for event in self._read(conversation, follower):
                        yield event
                    continue
                case _:
                    pass
            try:
                due = follower.heard(heard)
                gaps.closed()
            except GapError:
                if not gaps.worth_reading():
                    continue
                async for event in self._read(conversation, follower):
                    yield event
                due = follower.heard_again(heard)
            for event in due:
                yield event

    async def _read(
        self, conversation: Conversation, follower: Follower
    ) -> AsyncGenerator[MessageEvent, None]:
        """Tell what is stored: what became of unfinished messages, then page by page the new."""
        user_id = conversation.user_id
        unfinished = await self._messages.by_id(user_id, follower.unfinished)
        for event in follower.stored(unfinished.values()):
            yield event
        while True:
            wanted = (conversation.id, follower.next_index, follower.next_index + _PAGE)
            page = (await self._messages.ranges(user_id, [wanted]))[wanted]
            for event in follower.stored(page):
                yield event
            if len(page) < _PAGE:
                return
