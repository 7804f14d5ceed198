"""Waiting for something that somebody may tell of, and that is looked for again and again."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from uuid import UUID

from chat.errors import ParleyError
from chat.events import ConversationDeleted, LookAgain, MessageFinished
from chat.ports import Clock, EventBus, Subscription


async def pause(clock: Clock, seconds: float, told: asyncio.Event) -> None:
    """Wait so long, or until `told` is set, which is then taken back."""
    timer = clock.later(seconds, told.set)
    try:
        await told.wait()
    finally:
        timer.cancel()
    told.clear()


@asynccontextmanager
async def news_of_end(
    bus: EventBus, conversation_id: UUID, reply_id: UUID
) -> AsyncGenerator[asyncio.Event]:
    """An event that is set when the bus says that a reply has ended, or that it may have."""
    told = asyncio.Event()
    async with bus.subscribe(conversation_id) as subscription:
        listening = asyncio.create_task(_listen(subscription, reply_id, told))
        try:
            yield told
        finally:
            listening.cancel()
            await asyncio.wait([listening])


async def _listen(subscription: Subscription, reply_id: UUID, told: asyncio.Event) -> None:
    try:
        async for event in subscription:
            match event:
                case MessageFinished(message) if message.id == reply_id:
                    told.set()
                case LookAgain() | ConversationDeleted():
                    told.set()
                case _:
                    pass
    except ParleyError:
        told.set()  # nothing more is told; whoever waits looks for it alone
