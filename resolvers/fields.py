"""Nested fields: the `Fields` Protocol of the schema on loaders."""

from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import TypeVar
from uuid import UUID

from chat import paging
from chat.application import Application
from chat.drafts import ConversationFilter
from chat.errors import NotFoundError, ParleyError
from chat.records import Conversation as ConversationRecord
from chat.records import Message as MessageRecord
from chat.records import MessagePlace, Viewer
from chat.records import Run as RunRecord
from resolvers.allowance import Allowance
from resolvers.loaders import Loaders, MessageRange
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
from schema.arguments import PageArguments
from schema.connections import ConversationConnection, MessageConnection
from schema.context import MessageOfEach, PageOfEach
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

    async def opened(self, key: UUID, asked: PageArguments | None) -> Conversation | None:
        """A conversation, read together with the page of messages that is asked for below it."""
        store = self._application.conversation_store
        window = None if asked is None else _told(partial(_window, self._owner, key, asked))
        if not isinstance(window, paging.IndexWindow):  # The field of the messages tells why.
            known = await store.by_id(self._owner, [key])
            return optional(present_conversation, known.get(key))
        found = await store.with_messages(self._owner, key, window)
        if found is None:
            return None
        conversation = present_conversation(found[0])
        conversation.page_read = asked, _Page(self._owner, conversation, window, found[1])
        return conversation

    async def listed(
        self, wanted: ConversationFilter, keyset: paging.KeysetRange, *, with_last_messages: bool
    ) -> Sequence[Conversation]:
        """Conversations, read together with the last message of each if that is asked for."""
        store = self._application.conversation_store
        if not with_last_messages:
            return [
                present_conversation(one) for one in await store.page(self._owner, wanted, keyset)
            ]
        found = await store.page_with_last_messages(self._owner, wanted, keyset)
        return [_with_last(one, message) for one, message in found]

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
        page = paging.keyset_page(keyset, [present_conversation(one) for one in found or ()])

        async def count() -> int:
            return await self.loaders.branch_count.load(conversation.key) or 0

        return conversation_connection(cursors, page, count=count)

    async def messages(self, conversation: Conversation, asked: PageArguments) -> MessageConnection:
        """A page of a conversation's messages."""
        page = self._page(conversation, asked)
        if page.messages is None:
            page.messages = await self.loaders.message_range.load(page.range)
        return self._connection(page)

    def messages_of_each(
        self, conversations: Sequence[Conversation], asked: PageArguments
    ) -> "PageOfEach | Awaitable[PageOfEach]":
        """The same for many; there is nothing to await where they were read along."""
        pages = [_told(partial(self._page, one, asked)) for one in conversations]
        wanted = [one for one in pages if isinstance(one, _Page) and one.messages is None]
        return self._with_messages(pages, wanted) if wanted else self._connections(pages)

    def _page(self, conversation: Conversation, asked: PageArguments) -> "_Page":
        """Raises BadUserInputError for bad arguments."""
        read: tuple[PageArguments, _Page] | None = conversation.page_read
        if read is not None and read[0] == asked:
            return read[1]
        window = _window(self._owner, conversation.key, asked)
        return _Page(self._owner, conversation, window, None)

    async def _with_messages(
        self, pages: "Sequence[_Page | Exception]", wanted: "Sequence[_Page]"
    ) -> PageOfEach:
        found = await self.loaders.message_ranges([one.range for one in wanted])
        for one in wanted:
            one.messages = found.get(one.range)
        return self._connections(pages)

    def _connections(self, pages: "Sequence[_Page | Exception]") -> PageOfEach:
        return [
            page if isinstance(page, Exception) else _told(partial(self._connection, page))
            for page in pages
        ]

    def _connection(self, page: "_Page") -> MessageConnection:
        found = page.messages or ()
        self._allowance.take(found)
        return message_connection(page.cursors, page.place, found, total=page.total)

    async def last_message(self, conversation: Conversation) -> Message | None:
        """The message with the highest index."""
        if _has_last([conversation]):
            return self._last(conversation.last_read)
        wanted = _last_range(conversation)
        found = await self.loaders.message_range.load(wanted) if wanted else None
        return self._last(found[0] if found else None)

    def last_message_of_each(
        self, conversations: Sequence[Conversation]
    ) -> "MessageOfEach | Awaitable[MessageOfEach]":
        """The same for many; there is nothing to await where they were read ahead."""
        if _has_last(conversations):
            return self._last_of_each([one.last_read for one in conversations])
        return self._read_last(conversations)

    async def _read_last(self, conversations: Sequence[Conversation]) -> MessageOfEach:
        ranges = [_last_range(one) for one in conversations]
        found = await self.loaders.message_ranges([one for one in ranges if one])
        return self._last_of_each(
            [found[one][0] if one and found.get(one) else None for one in ranges]
        )

    def _last_of_each(self, found: Sequence[MessageRecord | None]) -> MessageOfEach:
        if self._allowance.took_all([message for message in found if message]):
            return [present_message(message) if message else None for message in found]
        return [_told(partial(self._last, message)) for message in found]

    def _last(self, found: MessageRecord | None) -> Message | None:
        self._allowance.take([found] if found else [])
        return optional(present_message, found)

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
        return _going_on(await self.loaders.run.load(conversation.active_run_key))

    async def active_run_of_each(self, conversations: Sequence[Conversation]) -> list[Run | None]:
        """The same for many."""
        keys = [one.active_run_key for one in conversations]
        found = await self.loaders.runs([key for key in keys if key])
        return [_going_on(found.get(key)) if key else None for key in keys]

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


class _Page:
    """Which messages of a conversation a page holds, and these, unless they are yet to be read."""

    __slots__ = ("cursors", "messages", "place", "range", "total")

    def __init__(
        self,
        owner: UUID,
        conversation: Conversation,
        window: paging.IndexWindow,
        messages: Sequence[MessageRecord] | None,
    ) -> None:
        self.cursors = message_list(owner, conversation.key)
        self.total = conversation.message_count
        self.place = paging.index_range(window, total=self.total)
        start, stop = self.place.start, self.place.stop
        self.range: MessageRange = (conversation.key, start, stop)
        self.messages = messages if start < stop else ()


def _window(owner: UUID, conversation_id: UUID, asked: PageArguments) -> paging.IndexWindow:
    """Raises BadUserInputError for bad arguments."""
    cursors = message_list(owner, conversation_id)
    return paging.IndexWindow(
        paging.page_size(asked.first, asked.last),
        after=cursors.index(asked.after, "after"),
        before=cursors.index(asked.before, "before"),
    )


def _with_last(record: ConversationRecord, last: MessageRecord | None) -> Conversation:
    conversation = present_conversation(record)
    conversation.last_read = last
    return conversation


def _has_last(conversations: Sequence[Conversation]) -> bool:
    """Whether the last message of each is there, if there is one."""
    for one in conversations:  # noqa: SIM110  `all` with a generator takes twice as long
        if one.last_read is None and one.message_count:
            return False
    return True


def _last_range(conversation: Conversation) -> MessageRange | None:
    end = conversation.message_count
    return (conversation.key, end - 1, end) if end else None


def _going_on(run: RunRecord | None) -> Run | None:
    return None if run is None or run.status.final else present_run(run)


def _told(make: Callable[[], Value]) -> Value | Exception:
    """What is made, or the error of this one of many."""
    try:
        return make()
    except ParleyError as error:
        return error
