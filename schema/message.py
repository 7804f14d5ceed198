"""Messages."""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated
from uuid import UUID

import strawberry

from schema.context import Info
from schema.enums import ErrorCode, MessageStatus, Role, UsageSource
from schema.node import Node

if TYPE_CHECKING:
    from schema.conversation import Conversation


@strawberry.type(description="Why the model could not answer.")
class MessageError:
    """Why the model could not answer."""

    code: ErrorCode = strawberry.field(description="The code, for programs.")
    message: str = strawberry.field(description="A sentence, for people.")
    retryable: bool = strawberry.field(description="Whether trying again may help.")
    retry_after_seconds: float | None = strawberry.field(
        description="How long to wait before that, where it is known."
    )


@strawberry.type(description="One message of a conversation. Once it is final it never changes.")
class Message(Node):
    """One message of a conversation."""

    key: strawberry.Private[UUID]
    conversation_key: strawberry.Private[UUID]
    index: int = strawberry.field(
        description="Its place in the conversation: 0, 1, 2, … without a gap."
    )
    role: Role = strawberry.field(description="Who speaks.")
    content: str = strawberry.field(
        description="The text, as it was written. Of a reply that is being written: the text so "
        "far, up to two seconds old. Empty in a SYSTEM message that clears the prompt."
    )
    status: MessageStatus = strawberry.field(description="Where it is in its life.")
    model: str | None = strawberry.field(description="The model that wrote a reply.")
    finish_reason: str | None = strawberry.field(
        description='Why the model stopped, as its server spells it: "stop", "length", …'
    )
    tokens_used: int | None = strawberry.field(
        description="Prompt tokens on a user message, completion tokens on a reply; null until "
        "they are known."
    )
    usage_source: UsageSource | None = strawberry.field(
        description="Where the token count comes from."
    )
    error: MessageError | None = strawberry.field(description="Set when the status is FAILED.")
    created_at: datetime = strawberry.field(description="When it was stored.")

    @strawberry.field(
        description="The conversation it was written in. A branch shows messages of its parent; "
        "when that is deleted, they belong to the branch."
    )
    async def conversation(
        self, info: Info
    ) -> Annotated["Conversation", strawberry.lazy("schema.conversation")]:
        """The conversation it was written in."""
        return await info.context.fields.conversation(self.conversation_key)

    @strawberry.field(
        description="Its alternatives after edits and regenerations, itself included, oldest "
        "first. Each is shown by the conversation that it was written in."
    )
    async def variants(
        self, info: Info
    ) -> list[Annotated["Message", strawberry.lazy("schema.message")]]:
        """Its alternatives."""
        return await info.context.fields.variants(self)
