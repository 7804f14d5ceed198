"""The root fields of subscriptions."""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Annotated

import strawberry

from chat.errors import BadUserInputError
from resolvers import ids
from resolvers.context import Info
from resolvers.ids import Kind
from resolvers.presentation import present_event, present_message
from schema.events import ConversationEvent
from schema.message import Message

ConversationId = Annotated[strawberry.ID, strawberry.argument(description="Which conversation.")]
AfterIndex = Annotated[
    int | None,
    strawberry.argument(
        description="The index of the last message that you hold in its final form; -1: none. "
        "First comes what you missed since. Omitted: only what comes from now on, and the reply "
        "that is being written."
    ),
]


@strawberry.type(description="What can be followed.")
class Subscription:
    """What can be followed."""

    @strawberry.subscription(
        description="Whole messages, each once, when it is final, in the order of their indexes."
    )
    async def new_messages(
        self, info: Info, conversation_id: ConversationId, after_index: AfterIndex = None
    ) -> AsyncGenerator[Message, None]:
        """Whole messages, each once."""
        following = info.context.application.following
        key = ids.decode(Kind.CONVERSATION, conversation_id, "conversationId")
        owner = info.context.viewer.user.id
        async with aclosing(following.messages(owner, key, _checked(after_index))) as messages:
            async for message in messages:
                yield present_message(message)

    @strawberry.subscription(
        description="Messages and their text as it grows, for chat screens. The content of "
        "MessageAdded and the texts of the deltas, joined, are the content of MessageFinished."
    )
    async def conversation_events(
        self, info: Info, conversation_id: ConversationId, after_index: AfterIndex = None
    ) -> AsyncGenerator[ConversationEvent, None]:
        """Messages and their text as it grows."""
        following = info.context.application.following
        key = ids.decode(Kind.CONVERSATION, conversation_id, "conversationId")
        owner = info.context.viewer.user.id
        async with aclosing(following.events(owner, key, _checked(after_index))) as events:
            async for event in events:
                yield present_event(event)


def _checked(after_index: int | None) -> int | None:
    if after_index is not None and after_index < -1:
        raise BadUserInputError("afterIndex", "must not be below -1")
    return after_index
