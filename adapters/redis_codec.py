"""Events of the bus as bytes, and back. What cannot be read, or is too long, says: look again.

Processes of two versions may share a Redis during a change of versions. A field that is added is
ignored by the older one; what it does not understand sends its readers to the store.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson

from chat.events import (
    BusEvent,
    ConversationDeleted,
    LookAgain,
    MessageAdded,
    MessageDelta,
    MessageFinished,
)
from chat.records import Message, MessageError, MessageStatus, Role, UsageSource

LONGEST_TEXT = 4096
"""Code points in one delta; whoever sends cuts longer ones."""
LONGEST_PAYLOAD = 16 * 1024
_LOOK_AGAIN = b'{"kind":"look_again"}'


def encode(event: BusEvent) -> bytes:
    """The event as JSON, which is no longer than a delta of LONGEST_TEXT can be."""
    match event:
        case MessageDelta(message_id, offset, text):
            return _json({"kind": "delta", "message": message_id, "offset": offset, "text": text})
        case MessageAdded(message):
            return _bounded(_json({"kind": "added", "message": message}))
        case MessageFinished(message):
            return _bounded(_json({"kind": "finished", "message": message}))
        case ConversationDeleted(conversation_id):
            return _json({"kind": "deleted", "conversation": conversation_id})
        case LookAgain():
            return _LOOK_AGAIN


def cut(delta: MessageDelta) -> list[BusEvent]:
    """A delta in pieces that are short enough to be sent."""
    starts = range(0, len(delta.text), LONGEST_TEXT)
    return [
        MessageDelta(
            delta.message_id, delta.offset + start, delta.text[start : start + LONGEST_TEXT]
        )
        for start in starts
    ]


def decode(payload: bytes) -> BusEvent:
    """The event that was encoded; LookAgain where that cannot be told."""
    try:
        return _event(orjson.loads(payload))
    except (ArithmeticError, AttributeError, KeyError, TypeError, ValueError):
        return LookAgain()


def _json(value: Mapping[str, object]) -> bytes:
    try:
        return orjson.dumps(value, _text_of_id)
    except TypeError:  # a text that is no Unicode, which nothing lets in
        return _LOOK_AGAIN


def _text_of_id(value: object) -> str:
    """Ids out of a database are of a class of their own, which orjson does not know."""
    if isinstance(value, UUID):
        return str(value)
    raise TypeError


def _bounded(payload: bytes) -> bytes:
    return payload if len(payload) <= LONGEST_PAYLOAD else _LOOK_AGAIN


def _event(value: Mapping[str, Any]) -> BusEvent:
    match value["kind"]:
        case "delta":
            return MessageDelta(UUID(value["message"]), int(value["offset"]), str(value["text"]))
        case "added":
            return MessageAdded(_message(value["message"]))
        case "finished":
            return MessageFinished(_message(value["message"]))
        case "deleted":
            return ConversationDeleted(UUID(value["conversation"]))
        case _:
            return LookAgain()


def _message(value: Mapping[str, Any]) -> Message:
    error, usage_source = value["error"], value["usage_source"]
    return Message(
        id=UUID(value["id"]),
        user_id=UUID(value["user_id"]),
        conversation_id=UUID(value["conversation_id"]),
        index=int(value["index"]),
        role=Role(value["role"]),
        content=value["content"],
        status=MessageStatus(value["status"]),
        model=value["model"],
        finish_reason=value["finish_reason"],
        error=None if error is None else _error(error),
        tokens_used=value["tokens_used"],
        usage_source=None if usage_source is None else UsageSource(usage_source),
        created_at=datetime.fromisoformat(value["created_at"]),
    )


def _error(value: Mapping[str, Any]) -> MessageError:
    return MessageError(
        code=value["code"],
        message=value["message"],
        retryable=value["retryable"],
        retry_after_seconds=value["retry_after_seconds"],
    )
