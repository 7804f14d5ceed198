"""Exports in Parley's own format: a whole account, or a conversation with its family."""

from collections.abc import AsyncIterable, AsyncIterator, Sequence
from uuid import UUID

from chat.errors import NotFoundError, QueryTooComplexError
from chat.interchange import documents, writing
from chat.interchange.documents import TextFormat
from chat.interchange.format import KeptConversation, cut
from chat.interchange.ports import InterchangeStore
from chat.interchange.scanning import Progress, ignore
from chat.ports import Clock, ConversationStore, MessageStore
from chat.records import Conversation, Message

# How much text one answer may hold; the command line has no such limit.
LARGEST_ANSWER = 16 * 1024 * 1024
_CHUNK = 500


class Exports:
    """The verbs of exporting."""

    def __init__(
        self,
        *,
        store: InterchangeStore,
        conversations: ConversationStore,
        messages: MessageStore,
        clock: Clock,
    ) -> None:
        """Keep the collaborators."""
        self._store = store
        self._conversations = conversations
        self._messages = messages
        self._clock = clock

    async def text(
        self, user_id: UUID, conversation_id: UUID, form: TextFormat | None = None
    ) -> str:
        """A conversation as one text, in Parley's own format when no other is named.

        Raises NotFoundError, and QueryTooComplexError when it is too long to be answered.
        """
        parts: list[str] = []
        size = 0
        async for part in self.conversation(user_id, conversation_id, form):
            size += len(part)
            if size > LARGEST_ANSWER:
                raise QueryTooComplexError(limit="exportBytes", found=size, allowed=LARGEST_ANSWER)
            parts.append(part.decode())
        return "".join(parts)

    def conversation(
        self, user_id: UUID, conversation_id: UUID, form: TextFormat | None = None
    ) -> AsyncIterator[bytes]:
        """The same in parts, however long it is."""
        if form is None:
            return self._lines(user_id, self._one_family(user_id, conversation_id))
        return self._document(user_id, conversation_id, form)

    def account(self, user_id: UUID, *, progress: Progress = ignore) -> AsyncIterator[bytes]:
        """Everything of a user, in lines; `progress` is told of conversations that are done."""
        return self._lines(user_id, self._store.families(user_id), progress)

    async def _one_family(
        self, user_id: UUID, conversation_id: UUID
    ) -> AsyncIterator[Sequence[KeptConversation]]:
        family = await self._store.family(user_id, conversation_id)
        if not family:
            raise NotFoundError(field="id")
        yield family

    async def _lines(
        self,
        user_id: UUID,
        families: AsyncIterable[Sequence[KeptConversation]],
        progress: Progress = ignore,
    ) -> AsyncIterator[bytes]:
        conversations = messages = 0
        yield writing.header(self._clock.now())
        async for family in families:
            for kept in parents_first(family):
                yield writing.conversation_line(kept)
                conversations += 1
                async for line in self._messages_of(user_id, kept):
                    yield line
                    messages += 1
                progress(1)
        yield writing.end(conversations=conversations, messages=messages)

    async def _messages_of(self, user_id: UUID, kept: KeptConversation) -> AsyncIterator[bytes]:
        own = kept.conversation.id
        for source, low, high in cut(kept.path, kept.conversation.next_index):
            if source != own:
                continue
            for start in range(low, high, _CHUNK):
                stop = min(high, start + _CHUNK)
                found = await self._store.written_in(user_id, own, start, stop)
                _refuse_missing(len(found), stop - start)
                for message in found:
                    yield writing.message_line(message)

    async def _document(
        self, user_id: UUID, conversation_id: UUID, form: TextFormat
    ) -> AsyncIterator[bytes]:
        found = await self._conversations.by_id(user_id, [conversation_id])
        if conversation_id not in found:
            raise NotFoundError(field="id")
        conversation = found[conversation_id]
        async for part in documents.written(form, conversation, self._path(conversation)):
            yield part.encode()

    async def _path(self, conversation: Conversation) -> AsyncIterator[Message]:
        for start in range(0, conversation.next_index, _CHUNK):
            stop = min(conversation.next_index, start + _CHUNK)
            wanted = (conversation.id, start, stop)
            page = (await self._messages.ranges(conversation.user_id, [wanted]))[wanted]
            _refuse_missing(len(page), stop - start)
            for message in page:
                yield message


def _refuse_missing(found: int, expected: int) -> None:
    """What was deleted meanwhile makes the export fail, never come out with a hole."""
    if found != expected:
        raise NotFoundError("The conversation was deleted while it was exported.", field="id")


def parents_first(family: Sequence[KeptConversation]) -> list[KeptConversation]:
    """The oldest first, but none before its parent and its root."""
    by_id = {one.conversation.id: one for one in family}
    ordered: dict[UUID, KeptConversation] = {}
    for key in sorted(by_id):
        waiting = [key]
        while waiting:
            one = by_id[waiting[-1]].conversation
            before = [
                id_
                for id_ in (one.parent_id, one.root_id)
                if id_ is not None and id_ not in ordered and id_ in by_id
            ]
            if before:
                waiting += before
            else:
                ordered.setdefault(one.id, by_id[waiting.pop()])
    return list(ordered.values())
