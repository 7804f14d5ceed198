"""Runs."""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated
from uuid import UUID

import strawberry

from schema.context import Info
from schema.enums import RunStatus
from schema.message import Message
from schema.node import Node

if TYPE_CHECKING:
    from schema.conversation import Conversation


@strawberry.type(description="One turn: a user message and the making of its reply.")
class Run(Node):
    """One turn."""

    conversation_key: strawberry.Private[UUID]
    user_message_key: strawberry.Private[UUID]
    reply_key: strawberry.Private[UUID]
    status: RunStatus = strawberry.field(description="Where it is in its life.")
    started_at: datetime = strawberry.field(description="When the message was accepted.")
    first_token_at: datetime | None = strawberry.field(
        description="When the first text of the reply came."
    )
    finished_at: datetime | None = strawberry.field(description="When it became final.")

    @strawberry.field(description="The conversation it belongs to.")
    async def conversation(
        self, info: Info
    ) -> Annotated["Conversation", strawberry.lazy("schema.conversation")]:
        """The conversation it belongs to."""
        return await info.context.fields.conversation(self.conversation_key)

    @strawberry.field(description="The message that was sent.")
    async def user_message(self, info: Info) -> Message:
        """The message that was sent."""
        return await info.context.fields.message(self.user_message_key)

    @strawberry.field(description="The reply, with the text so far.")
    async def reply(self, info: Info) -> Message:
        """The reply."""
        return await info.context.fields.message(self.reply_key)
