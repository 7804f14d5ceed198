"""One gapless stream of events from two sources: what is stored, and what the bus says.

`Following` subscribes first, then reads, then listens, so that nothing falls between; `Follower`
tells once what comes from both. Whenever the bus may have missed something, it reads again.
"""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from uuid import UUID

from chat.errors import BadUserInputError, NotFoundError
from chat.events import ConversationDeleted, LookAgain, MessageDelta, MessageEvent
from chat.follower import Follower, GapError, Gaps, InOrder
from chat.ports import ConversationStore, EventBus, MessageStore, RunStore, Subscription
from chat.records import Conversation, Message

_PAGE = 100
# When the bus comes back, all readers look into the store at the same moment. They wait here for
# one another, not in the pool of connections, which refuses those who wait too long.
_READS_AT_ONCE = 8


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
        gaps = Gaps()
        async for heard in subscription:
            match heard:
                case ConversationDeleted():
                    return
                case LookAgain():
                    if not await self._is_there(conversation):
                        return
                    async for event in self._read(conversation, follower):
                        yield event
                case _:
                    async for event in self._tell(conversation, follower, gaps, heard):
                        yield event

    async def _tell(
        self, conversation: Conversation, follower: Follower, gaps: Gaps, heard: MessageEvent
    ) -> AsyncGenerator[MessageEvent, None]:
        """Tell what one event brings; if others before it were lost, what is stored comes first."""
        try:
            due = follower.heard(heard)
            gaps.closed()
        except GapError:
            if isinstance(heard, MessageDelta) and not gaps.worth_reading():
                return
            async for event in self._read(conversation, follower):
                yield event
            due = follower.heard_again(heard)
        for event in due:
            yield event

    async def _is_there(self, conversation: Conversation) -> bool:
        async with self._reads:
            found = await self._conversations.by_id(conversation.user_id, [conversation.id])
        return conversation.id in found

    async def _read(
        self, conversation: Conversation, follower: Follower
    ) -> AsyncGenerator[MessageEvent, None]:
        """Tell what is stored: what became of unfinished messages, then page by page the new."""
        for event in follower.stored(await self._unfinished(conversation, follower)):
            yield event
        while True:
            page = await self._page(conversation, follower.next_index)
            for event in follower.stored(page):
                yield event
            if len(page) < _PAGE:
                return

    async def _unfinished(
        self, conversation: Conversation, follower: Follower
    ) -> Sequence[Message]:
        if not follower.unfinished:
            return ()
        async with self._reads:
            found = await self._messages.by_id(conversation.user_id, follower.unfinished)
        return tuple(found.values())

    async def _page(self, conversation: Conversation, start: int) -> Sequence[Message]:
        wanted = (conversation.id, start, start + _PAGE)
        async with self._reads:
            return (await self._messages.ranges(conversation.user_id, [wanted]))[wanted]
