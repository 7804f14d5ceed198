"""What conversationEvents tells."""

from typing import Annotated

import strawberry

from schema.message import Message


@strawberry.type(description="A message has come. Its content holds all the text so far.")
class MessageAdded:
    """A message has come."""

    message: Message = strawberry.field(description="The message.")


@strawberry.type(description="The text of a message grew.")
class MessageDelta:
    """The text of a message grew."""

    message_id: strawberry.ID = strawberry.field(description="Which message.")
    offset: int = strawberry.field(
        description="Where in the content this text starts, in Unicode code points."
    )
    text: str = strawberry.field(description="The new text.")


@strawberry.type(
    description="A message is final. Comes exactly once for each message, whatever happened."
)
class MessageFinished:
    """A message is final."""

    message: Message = strawberry.field(description="The message as it stays.")


ConversationEvent = Annotated[
    MessageAdded | MessageDelta | MessageFinished,
    strawberry.union("ConversationEvent", description="What happens in a conversation."),
]
