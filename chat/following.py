"""One gapless stream of events from two sources: what is stored, and what the bus says.

`Following` subscribes first, then reads, then listens, so that nothing falls between; `Follower`
tells once what comes from both. Whenever the bus may have missed something, it reads again.

Who follows may say how events are told at once (`AtOnce`): then an event of the bus is told where
it is published, while the stream waits. The stream has whatever could not be told so.
"""

import asyncio
from collections.abc import AsyncGenerator, Callable, Iterable, Iterator, Sequence
from contextlib import aclosing
from functools import partial
from typing import NamedTuple, TypeAlias
from uuid import UUID

from chat.errors import BadUserInputError, NotFoundError
from chat.events import (
    BusEvent,
    ConversationDeleted,
    LookAgain,
    MessageDelta,
    MessageEvent,
)
from chat.follower import Follower, GapError, Gaps, InOrder
from chat.ports import ConversationStore, EventBus, MessageStore, RunStore
from chat.records import Conversation, Message

_PAGE = 100
# When the bus comes back, all readers look into the store at the same moment. They wait here for
# one another, not in the pool of connections, which refuses those who wait too long.
_READS_AT_ONCE = 8

AtOnce: TypeAlias = Callable[[Sequence[MessageEvent]], bool]
"""Tells events at once, all of them; or says False, and then has told none."""


class _Followed(NamedTuple):
    user_id: UUID
    conversation_id: UUID


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
        self._reads = asyncio.Semaphore(_READS_AT_ONCE)

    async def messages(
        self, user_id: UUID, conversation_id: UUID, after_index: int | None
    ) -> AsyncGenerator[Message, None]:
        """Whole messages, each once, when it is final, in the order of their indexes."""
        in_order = InOrder()
        follow = self.events(user_id, conversation_id, after_index, in_order.pass_over)
        async with aclosing(follow) as events:
            async for event in events:
                for message in in_order.take(event):
                    yield message

    async def events(
        self,
        user_id: UUID,
        conversation_id: UUID,
        after_index: int | None,
        at_once: AtOnce | None = None,
    ) -> AsyncGenerator[MessageEvent, None]:
        """What happens in a conversation, from the message behind `after_index` on.

        Without it, from the first message that is not final, or else the next one. Ends when the
        conversation is deleted. Raises NotFoundError, and SlowReaderError when the reader falls
        too far behind.
        """
        async with self._bus.subscribe(conversation_id) as subscription:
            conversation = await self._owned(user_id, conversation_id)
            follower = Follower(await self._start(conversation, after_index))
            followed = _Followed(user_id, conversation_id)
            behind = follower.next_index < conversation.next_index
            del conversation  # Streams last for days, and there are thousands of them.
            if behind:
                async for event in self._read(followed, follower, at_once):
                    yield event
            gaps = Gaps()
            if at_once is not None:
                subscription.offer_to(partial(_told_at_once, follower, gaps, at_once))
            async for heard in subscription:
                if isinstance(heard, ConversationDeleted):
                    return
                due = _due(follower, gaps, heard)
                if due is None:
                    if isinstance(heard, LookAgain) and not await self._is_there(followed):
                        return
                    async for event in self._read(followed, follower, at_once):
                        yield event
                    due = () if isinstance(heard, LookAgain) else follower.heard_again(heard)
                for event in due:
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

    async def _is_there(self, followed: _Followed) -> bool:
        async with self._reads:
            found = await self._conversations.by_id(followed.user_id, [followed.conversation_id])
        return followed.conversation_id in found

    async def _read(
        self, followed: _Followed, follower: Follower, at_once: AtOnce | None
    ) -> AsyncGenerator[MessageEvent, None]:
        """Tell what is stored: what became of unfinished messages, then page by page the new."""
        for event in _not_told(follower, await self._unfinished(followed, follower), at_once):
            yield event
        while True:
            page = await self._page(followed, follower.next_index)
            for event in _not_told(follower, page, at_once):
                yield event
            if len(page) < _PAGE:
                return

    async def _unfinished(self, followed: _Followed, follower: Follower) -> Sequence[Message]:
        if not follower.unfinished:
            return ()
        async with self._reads:
            found = await self._messages.by_id(followed.user_id, follower.unfinished)
        return tuple(found.values())

    async def _page(self, followed: _Followed, start: int) -> Sequence[Message]:
        wanted = (followed.conversation_id, start, start + _PAGE)
        async with self._reads:
            return (await self._messages.ranges(followed.user_id, [wanted]))[wanted]


def _not_told(
    follower: Follower, messages: Iterable[Message], at_once: AtOnce | None
) -> Iterator[MessageEvent]:
    """What of stored messages could not be told at once. Messages one by one: they may be long."""
    for message in messages:
        due = follower.stored([message])
        if due and (at_once is None or not at_once(due)):
            yield from due


def _told_at_once(follower: Follower, gaps: Gaps, at_once: AtOnce, heard: BusEvent) -> bool:
    """Whether all that an event of the bus brings was told, and it has not to be heard any more."""
    if isinstance(heard, LookAgain | ConversationDeleted):
        return False
    try:
        due = follower.due(heard)
    except GapError:
        return False
    if due and not at_once(due):
        return False
    follower.tell(due)
    gaps.closed()
    return True


def _due(
    follower: Follower, gaps: Gaps, heard: MessageEvent | LookAgain
) -> Sequence[MessageEvent] | None:
    """What an event of the bus brings; None: what is stored has to be read first."""
    if isinstance(heard, LookAgain):
        return None
    try:
        due = follower.heard(heard)
    except GapError:
        return () if isinstance(heard, MessageDelta) and not gaps.worth_reading() else None
    gaps.closed()
    return due
