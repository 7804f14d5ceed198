"""What happens in a conversation, as the event bus carries it."""

from dataclasses import dataclass
from uuid import UUID

from chat.records import Message


@dataclass(frozen=True, slots=True)
class MessageAdded:
    """A message has its index; `message.content` holds all the text so far."""

    message: Message


@dataclass(frozen=True, slots=True)
class MessageDelta:
    """Text grew: `text` starts at code point `offset` of the message's content."""

    message_id: UUID
    offset: int
    text: str


@dataclass(frozen=True, slots=True)
class MessageFinished:
    """A message is final; sent exactly once for each message, after it was stored."""

    message: Message


@dataclass(frozen=True, slots=True)
class ConversationDeleted:
    """The conversation is gone; nothing follows."""

    conversation_id: UUID


@dataclass(frozen=True, slots=True)
class LookAgain:
    """Something may have been missed: what is stored tells. No client ever sees this."""


MessageEvent = MessageAdded | MessageDelta | MessageFinished
BusEvent = MessageEvent | ConversationDeleted | LookAgain
