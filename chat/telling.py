"""Telling the event bus. Saving never depends on delivery: what cannot be told is logged."""

import logging
from collections.abc import Iterable
from uuid import UUID

from chat.events import BusEvent, MessageAdded, MessageFinished
from chat.ports import EventBus
from chat.records import Message

_log = logging.getLogger(__name__)


async def tell(bus: EventBus, conversation_id: UUID, event: BusEvent) -> None:
    """Publish an event. Readers find out from the store what a bus that is away did not tell."""
    try:
        await bus.publish(conversation_id, event)
    except Exception:  # noqa: BLE001  a bus may fail in any way
        _log.exception("event was not delivered", extra={"conversation": str(conversation_id)})


async def tell_added(bus: EventBus, messages: Iterable[Message]) -> None:
    """Publish new messages; those that are final are finished at once."""
    for message in messages:
        await tell(bus, message.conversation_id, MessageAdded(message))
        if message.status.final:
            await tell(bus, message.conversation_id, MessageFinished(message))
