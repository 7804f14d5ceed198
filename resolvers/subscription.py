"""The root fields of subscriptions.

Their events are records: who follows the same is told the same, so they become wire types where
they are run, once for all (`sharing`). A field only makes its stream, and does not become it: that
would keep all that is known of the operation (`Info`) for as long as it is followed.
"""

from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from typing import Annotated, TypeVar
from uuid import UUID

import strawberry

from chat import records
from chat.errors import BadUserInputError
from chat.events import MessageEvent
from resolvers import ids
from resolvers.context import Info, OperationContext
from resolvers.ids import Kind
from schema.events import ConversationEvent
from schema.message import Message

Told = TypeVar("Told")

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
        graphql_type=Message,
        description="Whole messages, each once, when it is final, in the order of their indexes.",
    )
    def new_messages(
        self, info: Info, conversation_id: ConversationId, after_index: AfterIndex = None
    ) -> AsyncGenerator[records.Message, None]:
        """Whole messages, each once."""
        follow = info.context.application.following.messages
        return _followed(follow, info.context, conversation_id, after_index)

    @strawberry.subscription(
        graphql_type=ConversationEvent,
        description="Messages and their text as it grows, for chat screens. The content of "
        "MessageAdded and the texts of the deltas, joined, are the content of MessageFinished.",
    )
    def conversation_events(
        self, info: Info, conversation_id: ConversationId, after_index: AfterIndex = None
    ) -> AsyncGenerator[MessageEvent, None]:
        """Messages and their text as it grows."""
        context = info.context

        def follow(owner: UUID, key: UUID, after: int | None) -> AsyncGenerator[MessageEvent, None]:
            """Begin; what tells events at once is there by then."""
            return context.application.following.events(owner, key, after, context.at_once)

        return _followed(follow, context, conversation_id, after_index)


async def _followed(
    follow: Callable[[UUID, UUID, int | None], AsyncGenerator[Told, None]],
    context: OperationContext,
    conversation_id: str,
    after_index: int | None,
) -> AsyncGenerator[Told, None]:
    key = ids.decode(Kind.CONVERSATION, conversation_id, "conversationId")
    owner = context.viewer.user.id
    async with aclosing(follow(owner, key, _checked(after_index))) as told:
        async for one in told:
            yield one


def _checked(after_index: int | None) -> int | None:
    if after_index is not None and after_index < -1:
        raise BadUserInputError("afterIndex", "must not be below -1")
    return after_index
