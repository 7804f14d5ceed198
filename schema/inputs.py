"""Inputs of queries and mutations."""

from datetime import datetime
from enum import Enum

import strawberry

from schema.enums import ImportFormat, UserRole
from schema.plain_inputs import plain

_KEY = (
    "1–200 characters, kept for 24 hours. A repeat with the same input gives the first answer "
    "and bills nothing, so a client may retry without a thought."
)
_WAIT = (
    "true: answer when the reply is final (scripts, low-code tools). false: answer as soon as the "
    "message is accepted; follow the reply by conversationEvents, or poll the run."
)


@strawberry.enum(description="What a send gets while another run is going on.")
class OnBusy(Enum):
    """What a send gets while another run is going on."""

    REJECT = strawberry.enum_value("REJECT", description="The error CONVERSATION_BUSY.")
    ENQUEUE = strawberry.enum_value(
        "ENQUEUE",
        description="It waits its turn, in the order of arrival. Both its messages get their "
        "indexes at once, the reply with the status QUEUED. At most 10 may wait; one more gets "
        "CONVERSATION_BUSY.",
    )
    INTERRUPT = strawberry.enum_value(
        "INTERRUPT",
        description="The run that is going on is stopped and keeps what it wrote; then this one "
        "goes on, behind those that wait already.",
    )


@strawberry.input(description="Which conversations a list shows.")
class ConversationFilter:
    """Which conversations a list shows."""

    name_contains: str | None = strawberry.field(
        default=None, description="Only those with this text in their name, in any case."
    )
    archived: bool | None = strawberry.field(
        default=False, description="false: not archived; true: archived; null: both."
    )
    parent_id: strawberry.ID | None = strawberry.field(
        default=None, description="Only branches of this conversation."
    )
    include_variants: bool | None = strawberry.field(
        default=False, description="Also those made by edits and regenerations."
    )


@plain
@strawberry.input(description="A message to send.")
class SendMessageInput:
    """A message to send."""

    conversation_id: strawberry.ID | None = strawberry.field(
        default=None,
        description="Where to send it; omitted: a new conversation, named after the message.",
    )
    content: str = strawberry.field(description="The text: 1 to 100,000 characters, not blank.")
    model: str | None = strawberry.field(
        default=None, description="Another model than the conversation's, for this reply."
    )
    temperature: float | None = strawberry.field(default=None, description="0–2, for this reply.")
    max_tokens: int | None = strawberry.field(
        default=None, description="The most tokens this reply may have."
    )
    idempotency_key: str | None = strawberry.field(default=None, description=_KEY)
    wait: bool = strawberry.field(default=True, description=_WAIT)
    on_busy: OnBusy = strawberry.field(
        default=OnBusy.REJECT,
        description="What to do while another reply is being written in this conversation.",
    )


@plain
@strawberry.input(description="Another message in place of one of yours.")
class EditMessageInput:
    """Another message in place of one of yours."""

    message_id: strawberry.ID = strawberry.field(description="The message to replace.")
    content: str = strawberry.field(description="The text: 1 to 100,000 characters, not blank.")
    model: str | None = strawberry.field(
        default=None, description="Another model than the conversation's, for this reply."
    )
    temperature: float | None = strawberry.field(default=None, description="0–2, for this reply.")
    max_tokens: int | None = strawberry.field(
        default=None, description="The most tokens this reply may have."
    )
    idempotency_key: str | None = strawberry.field(default=None, description=_KEY)
    wait: bool = strawberry.field(default=True, description=_WAIT)


@plain
@strawberry.input(description="Another reply to the same message.")
class RegenerateReplyInput:
    """Another reply to the same message."""

    message_id: strawberry.ID = strawberry.field(description="The reply to make once more.")
    model: str | None = strawberry.field(
        default=None, description="Another model than the conversation's, for this reply."
    )
    temperature: float | None = strawberry.field(default=None, description="0–2, for this reply.")
    max_tokens: int | None = strawberry.field(
        default=None, description="The most tokens this reply may have."
    )
    idempotency_key: str | None = strawberry.field(default=None, description=_KEY)
    wait: bool = strawberry.field(default=True, description=_WAIT)


@strawberry.input(description="A run to stop.")
class StopRunInput:
    """A run to stop."""

    run_id: strawberry.ID = strawberry.field(description="Which run.")


@strawberry.input(description="A conversation to make.")
class CreateConversationInput:
    """A conversation to make."""

    name: str | None = strawberry.field(default=None, description="1–200 characters.")
    model: str | None = strawberry.field(
        default=None, description="One that the query models lists; omitted: the default one."
    )
    preset: str | None = strawberry.field(
        default=None, description="The key of a prompt that the query promptPresets lists."
    )
    system_prompt: str | None = strawberry.field(
        default=None, description="A prompt of your own; it goes before a preset."
    )
    temperature: float | None = strawberry.field(default=None, description="0–2.")
    max_tokens: int | None = strawberry.field(
        default=None, description="The most tokens that a reply may have."
    )


@strawberry.input(description="Changes of a conversation. Left out: unchanged; null: cleared.")
class UpdateConversationInput:
    """Changes of a conversation."""

    id: strawberry.ID = strawberry.field(description="Which conversation.")
    name: strawberry.Maybe[str | None] = strawberry.field(description="A new name, never null.")
    model: strawberry.Maybe[str | None] = strawberry.field(
        description="Another model; null: the default one."
    )
    system_prompt: strawberry.Maybe[str | None] = strawberry.field(
        description="A new prompt, which is appended as a system message; null: none."
    )
    temperature: strawberry.Maybe[float | None] = strawberry.field(
        description="0–2; null: the deployment's."
    )
    max_tokens: strawberry.Maybe[int | None] = strawberry.field(
        description="The most tokens that a reply may have; null: the deployment's."
    )
    archived: strawberry.Maybe[bool | None] = strawberry.field(
        description="true: archive; false or null: take it back out."
    )


@strawberry.input(description="A conversation to delete.")
class DeleteConversationInput:
    """A conversation to delete."""

    id: strawberry.ID = strawberry.field(description="Which conversation.")


@strawberry.input(description="A fork to make. The past is shared, what follows is not.")
class BranchConversationInput:
    """A fork to make."""

    conversation_id: strawberry.ID = strawberry.field(description="Which conversation.")
    at_message_id: strawberry.ID | None = strawberry.field(
        default=None,
        description="The last message that the branch keeps; omitted: all final messages.",
    )
    topic: str | None = strawberry.field(
        default=None,
        description='Names the branch "<topic> - Branch" and its prompt "Continue the '
        'conversation focusing on: <topic>".',
    )
    name: str | None = strawberry.field(default=None, description="Another name.")
    system_prompt: str | None = strawberry.field(default=None, description="Another prompt.")
    model: str | None = strawberry.field(default=None, description="Another model.")


@strawberry.input(description="A token to make.")
class CreateApiTokenInput:
    """A token to make."""

    name: str = strawberry.field(description="What it is for: 1–200 characters.")
    expires_at: datetime | None = strawberry.field(
        default=None, description="When it stops working; omitted: never."
    )


@strawberry.input(description="A token to revoke.")
class RevokeApiTokenInput:
    """A token to revoke."""

    id: strawberry.ID = strawberry.field(description="Which token.")


@strawberry.input(description="A user to add.")
class CreateUserInput:
    """A user to add."""

    name: str = strawberry.field(description="1–200 characters.")
    email: str = strawberry.field(description="The e-mail address; no two users share one.")
    role: UserRole = strawberry.field(default=UserRole.MEMBER, description="What the user may do.")
    token_limit: int | None = strawberry.field(
        default=None, description="Tokens a month; omitted: the deployment's limit."
    )


@strawberry.input(description="A user's monthly limit.")
class SetTokenLimitInput:
    """A user's monthly limit."""

    user_id: strawberry.ID = strawberry.field(description="Which user.")
    token_limit: int | None = strawberry.field(
        default=None, description="Tokens a month; null: the deployment's limit."
    )


@strawberry.input(description="Conversations from elsewhere.")
class ImportConversationsInput:
    """Conversations from elsewhere."""

    data: str = strawberry.field(
        description="The file as text, with at most 100 conversations. A request holds at most "
        "1 MiB; the command `parley import` takes larger files."
    )
    format: ImportFormat = strawberry.field(
        default=ImportFormat.JSON, description="Whose format it has."
    )
