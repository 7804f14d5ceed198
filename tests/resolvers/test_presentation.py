"""Records as wire types."""

from collections.abc import Callable
from dataclasses import MISSING, fields
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest

from chat.events import MessageAdded, MessageDelta, MessageFinished
from chat.identifiers import uuid7
from chat.records import (
    BranchKind,
    Conversation,
    Message,
    MessageError,
    MessageStatus,
    Role,
    UsageSource,
)
from resolvers.presentation import present_conversation, present_message, present_told
from schema import conversation as conversation_types
from schema import events
from schema import message as message_types

NOW = datetime(2026, 11, 30, 12, tzinfo=UTC)


def conversation(id_: UUID, **changes: Any) -> Conversation:
    """One with nothing but what it must have."""
    plain: dict[str, Any] = dict.fromkeys(field.name for field in fields(Conversation))
    needed = {
        "id": id_,
        "user_id": uuid7(),
        "name": "A name",
        "model": "gpt-4o-mini",
        "next_index": 2,
        "tokens_used": 2**40,
        "created_at": NOW,
        "updated_at": NOW,
    }
    return Conversation(**plain | needed | changes)


def message(id_: UUID, **changes: Any) -> Message:
    """The same of a message."""
    plain: dict[str, Any] = dict.fromkeys(field.name for field in fields(Message))
    needed = {
        "id": id_,
        "user_id": uuid7(),
        "conversation_id": uuid7(),
        "index": 1,
        "role": Role.ASSISTANT,
        "content": "Hello",
        "status": MessageStatus.FAILED,
        "created_at": NOW,
    }
    return Message(**plain | needed | changes)


@pytest.mark.parametrize(
    ("present", "record", "kind"),
    [
        (present_conversation, conversation(uuid7()), conversation_types.Conversation),
        (
            present_conversation,
            conversation(uuid7(), branch_kind=BranchKind.EDIT, archived_at=NOW),
            conversation_types.Conversation,
        ),
        (present_message, message(uuid7()), message_types.Message),
        (
            present_message,
            message(
                uuid7(),
                error=MessageError("MODEL_UNAVAILABLE", "It failed.", retryable=True),
                usage_source=UsageSource.PROVIDER,
            ),
            message_types.Message,
        ),
        (present_told, message(uuid7()), message_types.Message),
        (present_told, MessageAdded(message(uuid7())), events.MessageAdded),
        (present_told, MessageDelta(uuid7(), 3, "more"), events.MessageDelta),
        (present_told, MessageFinished(message(uuid7())), events.MessageFinished),
    ],
)
def test_what_is_made_of_its_values_is_what_its_class_makes_of_them(
    present: Callable[[Any], Any], record: object, kind: type
) -> None:
    made = present(record)
    needed = {one.name for one in fields(kind) if one.init and one.default is MISSING}
    assert set(vars(made)) == needed
    assert made == kind(**vars(made))


def test_a_conversation_of_more_tokens_than_an_int_can_tell_tells_the_most() -> None:
    assert present_conversation(conversation(uuid7())).tokens_used == 2**31 - 1
