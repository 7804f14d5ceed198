"""What mutations answer."""

from uuid import UUID

import strawberry

from schema.context import Info
from schema.conversation import Conversation
from schema.message import Message
from schema.run import Run
from schema.user import ApiToken, User


@strawberry.type(description="A turn: what was said, and what came of it.")
class SendMessagePayload:
    """A turn: what was said, and what came of it."""

    conversation_key: strawberry.Private[UUID]
    known_conversation: strawberry.Private[Conversation | None]
    answer: strawberry.Private[Message]
    failure: strawberry.Private[Exception | None]
    run: Run = strawberry.field(description="The run; poll it when you did not wait.")
    user_message: Message = strawberry.field(description="The message as it is stored.")
    tokens_used: int | None = strawberry.field(
        description="Prompt and completion tokens together; null until they are known."
    )

    @strawberry.field(description="The conversation, as it is now.")
    async def conversation(self, info: Info) -> Conversation:
        """The conversation, which is read where it is not known already."""
        if self.known_conversation is not None:
            return self.known_conversation
        return await info.context.fields.conversation(self.conversation_key)

    @strawberry.field(
        description="The reply. null, with one entry in errors at this path, when the model could "
        "not answer; what you said and the run stay."
    )
    def reply(self) -> Message | None:
        """The reply; the error of a failed model stands at this path."""
        if self.failure is not None:
            raise self.failure
        return self.answer


@strawberry.type(description="The new branch.")
class BranchConversationPayload:
    """The new branch."""

    conversation: Conversation = strawberry.field(description="The branch.")


@strawberry.type(description="The new conversation.")
class CreateConversationPayload:
    """The new conversation."""

    conversation: Conversation = strawberry.field(description="The conversation.")


@strawberry.type(description="The changed conversation.")
class UpdateConversationPayload:
    """The changed conversation."""

    conversation: Conversation = strawberry.field(description="The conversation.")


@strawberry.type(description="What was deleted.")
class DeleteConversationPayload:
    """What was deleted."""

    deleted_id: strawberry.ID = strawberry.field(description="The id that is gone.")


@strawberry.type(description="The run that was to be stopped.")
class StopRunPayload:
    """The run that was to be stopped."""

    run: Run = strawberry.field(
        description="The run as it is now: final, or RUNNING while the process that drives it "
        "has not answered yet."
    )


@strawberry.type(description="What was erased.")
class DeleteMyDataPayload:
    """What was erased."""

    deleted_conversations: int = strawberry.field(description="How many conversations.")
    deleted_messages: int = strawberry.field(description="How many messages.")


@strawberry.type(description="The new token.")
class CreateApiTokenPayload:
    """The new token."""

    api_token: ApiToken = strawberry.field(description="The token.")
    secret: str = strawberry.field(
        description="What to send as Authorization: Bearer. It is shown this once only."
    )


@strawberry.type(description="What was revoked.")
class RevokeApiTokenPayload:
    """What was revoked."""

    revoked_id: strawberry.ID = strawberry.field(description="The id that works no longer.")


@strawberry.type(description="The new user.")
class CreateUserPayload:
    """The new user."""

    user: User = strawberry.field(description="The user.")


@strawberry.type(description="The user with the new limit.")
class SetTokenLimitPayload:
    """The user with the new limit."""

    user: User = strawberry.field(description="The user.")


@strawberry.type(description="Something that an import left out.")
class SkippedImport:
    """Something that an import left out."""

    position: int = strawberry.field(
        description="The number of its line; with CHATGPT, of its conversation. Both from 1."
    )
    reason: str = strawberry.field(description="Why, or what of it was left out.")


@strawberry.type(description="What came of an import.")
class ImportConversationsPayload:
    """What came of an import."""

    conversations: list[Conversation] = strawberry.field(
        description="The new ones in the order of the file, variants left out."
    )
    skipped: list[SkippedImport] = strawberry.field(
        description="What was left out, in the order of the file."
    )
