"""Nested fields: the `Fields` Protocol of the schema on loaders."""

from typing import TypeVar
from uuid import UUID

from chat import paging
from chat.application import Application
from chat.errors import NotFoundError
from chat.records import MessagePlace, Viewer
from resolvers.allowance import Allowance
from resolvers.loaders import Loaders
from resolvers.pages import (
    branch_list,
    conversation_connection,
    message_connection,
    message_list,
)
from resolvers.presentation import (
    optional,
    present_conversation,
    present_message,
    present_run,
    present_token,
    present_usage,
)
from schema.connections import ConversationConnection, MessageConnection
from schema.conversation import Conversation
from schema.message import Message
from schema.run import Run
from schema.user import ApiToken, Usage, User

Value = TypeVar("Value")


class LoadedFields:
    """Loads nested fields as one viewer."""

    def __init__(self, application: Application, viewer: Viewer, allowance: Allowance) -> None:
        """Everything is read as this viewer; what messages say counts for the allowance."""
        self._application = application
        self._owner = viewer.user.id
        self._allowance = allowance
        self.loaders = Loaders(application, self._owner, allowance)

    async def conversation(self, key: UUID) -> Conversation:
        """A conversation; NotFoundError when it was deleted in the meantime."""
        return present_conversation(_present(await self.loaders.conversation.load(key)))

    async def parent(self, conversation: Conversation) -> Conversation | None:
        """Where a conversation was branched from."""
        if conversation.parent_key is None:
            return None
        found = await self.loaders.conversation.load(conversation.parent_key)
        return optional(present_conversation, found)

    async def active_variant(self, conversation: Conversation) -> Conversation:
        """The one used last of a root and its variants, for whichever of them it is asked."""
        active = conversation.active_variant_key
        if conversation.root_key is not None:
            root = await self.loaders.conversation.load(conversation.root_key)
            active = (root.active_variant_id or root.id) if root else None
        if active is None or active == conversation.key:
            return conversation
        found = await self.loaders.conversation.load(active)
        return present_conversation(found) if found else conversation

    async def branches(
        self, conversation: Conversation, *, first: int | None, after: str | None
    ) -> ConversationConnection:
        """A page of a conversation's branches."""
        cursors = branch_list(self._owner, conversation.key)
        size = paging.page_size(first, None)
        keyset = paging.keyset_range(size, after=cursors.key(after, "after"), before=None)
        found = await self.loaders.branch_page.load((conversation.key, keyset))
        page = paging.keyset_page(keyset, found or [])

        async def count() -> int:
            return await self.loaders.branch_count.load(conversation.key) or 0

        return conversation_connection(cursors, page, count=count)

    async def messages(
        self,
        conversation: Conversation,
        *,
        first: int | None,
        after: str | None,
        last: int | None,
        before: str | None,
    ) -> MessageConnection:
        """A page of a conversation's messages."""
        cursors = message_list(self._owner, conversation.key)
        total = conversation.message_count
        place = paging.index_range(
            paging.page_size(first, last),
            total=total,
            after=cursors.index(after, "after"),
            before=cursors.index(before, "before"),
        )
        wanted = (conversation.key, place.start, place.stop)
        found = await self.loaders.message_range.load(wanted) if place.start < place.stop else []
        self._allowance.take(found or [])
        return message_connection(cursors, place, found or [], total=total)

    async def last_message(self, conversation: Conversation) -> Message | None:
        """The message with the highest index."""
        end = conversation.message_count
        if end == 0:
            return None
        found = await self.loaders.message_range.load((conversation.key, end - 1, end))
        self._allowance.take(found or [])
        return present_message(found[0]) if found else None

    async def message(self, key: UUID) -> Message:
        """A message; NotFoundError when it was deleted in the meantime."""
        found = _present(await self.loaders.message.load(key))
        self._allowance.take([found])
        return present_message(found)

    async def variants(self, message: Message) -> list[Message]:
        """The alternatives of a message, itself included."""
        place = MessagePlace(message.key, message.conversation_key, message.index)
        found = await self.loaders.variants.load(place)
        self._allowance.take(found or [])
        return [present_message(one) for one in found] if found else [message]

    async def active_run(self, conversation: Conversation) -> Run | None:
        """The run that is going on."""
        if conversation.active_run_key is None:
            return None
        found = await self.loaders.run.load(conversation.active_run_key)
        return None if found is None or found.status.final else present_run(found)

    async def usage(self, user: User, month: str | None) -> Usage:
        """What a user used in a month."""
        accounts = self._application.accounts
        return present_usage(await accounts.usage(user.key, user.own_token_limit, month))

    async def api_tokens(self, user: User) -> list[ApiToken]:
        """The viewer's tokens. An admin who is shown another user is shown none of their tokens."""
        if user.key != self._owner:
            return []
        return [present_token(one) for one in await self._application.user_store.tokens(user.key)]


def _present(found: Value | None) -> Value:
    if found is None:
        raise NotFoundError
    return found
