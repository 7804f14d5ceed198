"""What nested fields need from outside, as a Protocol that the resolvers fulfil."""

from collections.abc import Awaitable, Sequence
from typing import TYPE_CHECKING, Protocol, TypeAlias
from uuid import UUID

import strawberry

from schema.arguments import PageArguments

if TYPE_CHECKING:
    from schema.connections import ConversationConnection, MessageConnection
    from schema.conversation import Conversation
    from schema.message import Message
    from schema.run import Run
    from schema.user import ApiToken, Usage, User


MessageOfEach: TypeAlias = "Sequence[Message | Exception | None]"
"""A message for each of several objects, or why there is none."""

PageOfEach: TypeAlias = "Sequence[MessageConnection | Exception]"
"""A page of messages for each, or why there is none."""


class Fields(Protocol):
    """Loads what a field of an object needs, for many objects at once."""

    async def conversation(self, key: UUID) -> "Conversation":
        """A conversation that is known to be there."""
        ...

    async def parent(self, conversation: "Conversation") -> "Conversation | None":
        """Where a conversation was branched from."""
        ...

    async def active_variant(self, conversation: "Conversation") -> "Conversation":
        """The variant used last."""
        ...

    async def branches(
        self, conversation: "Conversation", *, first: int | None, after: str | None
    ) -> "ConversationConnection":
        """A page of a conversation's branches."""
        ...

    async def messages(
        self, conversation: "Conversation", asked: PageArguments
    ) -> "MessageConnection":
        """A page of a conversation's messages."""
        ...

    def messages_of_each(
        self, conversations: "Sequence[Conversation]", asked: PageArguments
    ) -> "PageOfEach | Awaitable[PageOfEach]":
        """The same for many; there is nothing to await where they are there."""
        ...

    async def last_message(self, conversation: "Conversation") -> "Message | None":
        """The message with the highest index."""
        ...

    def last_message_of_each(
        self, conversations: "Sequence[Conversation]"
    ) -> "MessageOfEach | Awaitable[MessageOfEach]":
        """The same for many; there is nothing to await where they are there."""
        ...

    async def message(self, key: UUID) -> "Message":
        """A message that is known to be there."""
        ...

    async def variants(self, message: "Message") -> "list[Message]":
        """The alternatives of a message, itself included."""
        ...

    async def active_run(self, conversation: "Conversation") -> "Run | None":
        """The run that is going on."""
        ...

    async def active_run_of_each(
        self, conversations: "Sequence[Conversation]"
    ) -> "Sequence[Run | None]":
        """The same for many."""
        ...

    async def usage(self, user: "User", month: str | None) -> "Usage":
        """What a user used in a month."""
        ...

    async def api_tokens(self, user: "User") -> "list[ApiToken]":
        """A user's tokens."""
        ...


class FieldsContext(Protocol):
    """The part of the operation's context that types know."""

    @property
    def fields(self) -> Fields:
        """The loaders of this operation."""
        ...


Info = strawberry.Info[FieldsContext, None]
