"""Records to test with; every field can be given another value."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from chat.drafts import ConversationDraft, Lease, NewMessage, RunDraft
from chat.history import HistoryLimits
from chat.identifiers import uuid7
from chat.records import (
    ApiToken,
    Conversation,
    Message,
    MessageStatus,
    Role,
    Run,
    RunStatus,
    User,
    UserRole,
    Viewer,
)

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
MODEL = "gpt-4o-mini"


def a_user(**changes: Any) -> User:
    """A member without a limit of her own."""
    user = User(uuid7(), "Ada", "ada@example.com", UserRole.MEMBER, None, NOW)
    return replace(user, **changes)


def a_viewer(**changes: Any) -> Viewer:
    """A user who came with a token; the changes are the user's."""
    user = a_user(**changes)
    return Viewer(user, ApiToken(uuid7(), user.id, "laptop", NOW, None, None), None)


def a_conversation(user_id: UUID, **changes: Any) -> Conversation:
    """An empty conversation."""
    conversation = Conversation(
        id=uuid7(),
        user_id=user_id,
        name="Lovelace",
        model=MODEL,
        system_prompt=None,
        temperature=None,
        max_tokens=None,
        parent_id=None,
        branched_at_index=None,
        branch_kind=None,
        root_id=None,
        active_variant_id=None,
        next_index=0,
        active_run_id=None,
        tokens_used=0,
        created_at=NOW,
        updated_at=NOW,
        archived_at=None,
    )
    return replace(conversation, **changes)


def a_message(
    conversation: Conversation, index: int, content: str = "Hello", **changes: Any
) -> Message:
    """A whole message of the user."""
    message = Message(
        id=uuid7(),
        user_id=conversation.user_id,
        conversation_id=conversation.id,
        index=index,
        role=Role.USER,
        content=content,
        status=MessageStatus.COMPLETE,
        model=None,
        finish_reason=None,
        error=None,
        tokens_used=None,
        usage_source=None,
        created_at=NOW,
    )
    return replace(message, **changes)


def a_reply(conversation: Conversation, index: int, content: str = "", **changes: Any) -> Message:
    """A reply that is being written."""
    values = {"role": Role.ASSISTANT, "status": MessageStatus.STREAMING, "model": MODEL, **changes}
    return a_message(conversation, index, content, **values)


def whole(reply: Message, content: str, status: MessageStatus = MessageStatus.COMPLETE) -> Message:
    """The reply in its final state."""
    return replace(reply, content=content, status=status)


def a_run(user_message: Message, reply: Message, **changes: Any) -> Run:
    """A run that goes on in a process called "here"."""
    run = Run(
        id=uuid7(),
        user_id=reply.user_id,
        conversation_id=reply.conversation_id,
        user_message_id=user_message.id,
        reply_id=reply.id,
        status=RunStatus.RUNNING,
        idempotency_key=None,
        fingerprint=None,
        lease_owner="here",
        lease_expires_at=NOW,
        reserved_tokens=1012,
        prompt_tokens=12,
        temperature=None,
        max_tokens=None,
        started_at=NOW,
        first_token_at=None,
        finished_at=None,
    )
    return replace(run, **changes)


def a_draft(user_id: UUID, **changes: Any) -> RunDraft:
    """A send in a process called "here"; without `conversation_id` it starts one.

    `content` and `conversation_id` are those of the new message.
    """
    target = NewMessage(
        changes.pop("conversation_id", None),
        ConversationDraft(name="Hello", model=MODEL),
        changes.pop("content", "Hello"),
    )
    draft = RunDraft(
        user_id=user_id,
        target=target,
        model=None,
        temperature=None,
        max_tokens=None,
        idempotency_key=None,
        fingerprint="f",
        allowed_models=frozenset({MODEL}),
        default_max_tokens=1000,
        token_limit=None,
        history=HistoryLimits(messages=20, tokens=16_000),
        lease=Lease("here", 60),
        now=NOW,
    )
    return replace(draft, **changes)
