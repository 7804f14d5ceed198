"""The root fields of queries."""

from typing import Annotated
from uuid import UUID

import strawberry
from graphql import FieldNode

from chat import checks, paging, search
from chat.drafts import ConversationFilter
from chat.errors import NotFoundError
from chat.interchange.documents import TextFormat
from resolvers import ids
from resolvers.context import Info
from resolvers.ids import Kind
from resolvers.lookahead import arguments_below, asks_for
from resolvers.pages import (
    conversation_connection,
    conversation_list,
    hit_list,
    search_connection,
)
from resolvers.presentation import (
    optional,
    present_conversation,
    present_message,
    present_run,
    present_token,
    present_usage,
    present_user,
)
from schema import inputs
from schema.arguments import After, Before, First, Last, PageArguments
from schema.connections import ConversationConnection, MessageConnection
from schema.conversation import Conversation
from schema.enums import ExportFormat
from schema.message import Message
from schema.node import Node
from schema.offer import Model, PromptPreset, RedactionFinding, RedactionPreview
from schema.run import Run
from schema.search import MessageSearchConnection
from schema.user import Usage, User

Id = Annotated[strawberry.ID, strawberry.argument(description="The id.")]
Filter = Annotated[
    inputs.ConversationFilter | None,
    strawberry.argument(description="Which conversations; omitted: all that are not archived."),
]
_LAST = "lastMessage"


@strawberry.type(description="What can be read.")
class Query:
    """What can be read."""

    @strawberry.field(description="Who you are.")
    async def viewer(self, info: Info) -> User:
        """The user whose token was sent."""
        return present_user(info.context.viewer.user)

    @strawberry.field(description="Anything by its id; null when it does not exist for you.")
    async def node(self, info: Info, id: Id) -> Node | None:
        """Anything by its id."""
        kind, key = ids.decode_any(id, "id")
        loaders = info.context.fields.loaders
        match kind:
            case Kind.USER:
                user = info.context.viewer.user
                return present_user(user) if user.id == key else None
            case Kind.API_TOKEN:
                token = await loaders.token.load(key)
                return optional(present_token, token)
            case Kind.CONVERSATION:
                conversation = await loaders.conversation.load(key)
                return optional(present_conversation, conversation)
            case Kind.MESSAGE:
                message = await loaders.message.load(key)
                return optional(present_message, message)
            case Kind.RUN:
                run = await loaders.run.load(key)
                return optional(present_run, run)

    @strawberry.field(description="A conversation; null when it does not exist for you.")
    async def conversation(self, info: Info, id: Id) -> Conversation | None:
        """A conversation."""
        key = ids.decode(Kind.CONVERSATION, id)
        asked = arguments_below(info, "messages")
        return await _opened(info, key, None if asked is None else PageArguments(**asked))

    @strawberry.field(description="Your conversations, the newest first.")
    async def conversations(
        self,
        info: Info,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
        filter: Filter = None,
    ) -> ConversationConnection:
        """A page of the viewer's conversations."""
        store, owner = info.context.application.conversation_store, info.context.viewer.user.id
        wanted = _wanted(filter) if filter else _NOT_ARCHIVED
        cursors = conversation_list(owner, wanted)
        keyset = paging.keyset_range(
            paging.page_size(first, last),
            after=cursors.key(after, "after"),
            before=cursors.key(before, "before"),
        )
        with_last = asks_for(info, ("edges", "node", _LAST), ("nodes", _LAST))
        found = await info.context.fields.listed(wanted, keyset, with_last_messages=with_last)
        page = paging.keyset_page(keyset, found)

        async def count() -> int:
            return await store.count(owner, wanted)

        return conversation_connection(cursors, page, count=count)

    @strawberry.field(description="The messages of a conversation, in the order of their indexes.")
    async def messages(
        self,
        info: Info,
        conversation_id: Annotated[
            strawberry.ID, strawberry.argument(description="Which conversation.")
        ],
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> MessageConnection:
        """A page of a conversation's messages."""
        key = ids.decode(Kind.CONVERSATION, conversation_id, "conversationId")
        asked = PageArguments(first, after, last, before)
        found = await _opened(info, key, asked)
        if found is None:
            raise NotFoundError(field="conversationId")
        return await info.context.fields.messages(found, asked)

    @strawberry.field(description="A message; null when it does not exist for you.")
    async def message(self, info: Info, id: Id) -> Message | None:
        """A message."""
        found = await info.context.fields.loaders.message.load(ids.decode(Kind.MESSAGE, id))
        return optional(present_message, found)

    @strawberry.field(
        description="A run; null when it does not exist for you. Poll it where you cannot "
        "subscribe: its reply holds the text so far."
    )
    async def run(self, info: Info, id: Id) -> Run | None:
        """A run."""
        found = await info.context.fields.loaders.run.load(ids.decode(Kind.RUN, id))
        return optional(present_run, found)

    @strawberry.field(
        description="Your messages and the replies to them that match, the best first, and of "
        "equally good ones the newest. Each is found once, however many branches show it, as soon "
        "as it is final; system prompts are not searched."
    )
    async def search_messages(
        self,
        info: Info,
        query: Annotated[
            str,
            strawberry.argument(
                description="At most 200 characters. All words must be there: red car. The last "
                'one may go on, as while somebody types: ca finds "car". In quotes: words in a '
                'row, each as it is: "red car". With a minus: words that must not be there: '
                "-blue. Case, accents and everything else but letters and digits do not count; "
                "where there is no word to find, nothing is found."
            ),
        ],
        first: First = None,
        after: After = None,
    ) -> MessageSearchConnection:
        """A page of what a search finds."""
        store, owner = info.context.application.search_store, info.context.viewer.user.id
        wanted = search.parse(query)
        cursors = hit_list(owner, wanted)
        asked = search.hit_range(first, cursors.index(after, "after"))
        page = await store.search(owner, wanted, offset=asked.offset, limit=asked.limit)
        return search_connection(cursors, wanted, asked, page)

    @strawberry.field(description="The models that this deployment allows, the default one first.")
    async def models(self, info: Info) -> list[Model]:
        """The models that this deployment allows."""
        options = info.context.application.options
        return [Model(name=one, default=one == options.default_model) for one in options.models]

    @strawberry.field(description="System prompts that come ready-made.")
    async def prompt_presets(self, info: Info) -> list[PromptPreset]:
        """System prompts that come ready-made."""
        presets = info.context.application.presets.all()
        return [PromptPreset(key=one.key, prompt=one.prompt) for one in presets]

    @strawberry.field(description="Tokens that you used and have left in a month.")
    async def usage(
        self,
        info: Info,
        month: Annotated[
            str | None,
            strawberry.argument(description='For example "2026-11"; omitted: the current month.'),
        ] = None,
    ) -> Usage:
        """The viewer's budget."""
        user = info.context.viewer.user
        accounts = info.context.application.accounts
        return present_usage(await accounts.usage(user.id, user.token_limit, month))

    @strawberry.field(
        description="A conversation as one text, for people, for programs, or for "
        "importConversations. At most 16 MiB; the command `parley export` has no such limit."
    )
    async def export_conversation(
        self,
        info: Info,
        id: Id,
        format: Annotated[
            ExportFormat, strawberry.argument(description="What it is exported as.")
        ] = ExportFormat.JSON,
    ) -> str:
        """A conversation as one text."""
        form = None if format is ExportFormat.JSON else TextFormat[format.name]
        key = ids.decode(Kind.CONVERSATION, id)
        viewer = info.context.viewer.user
        return await info.context.application.exports.text(viewer.id, key, form)

    @strawberry.field(description="What would be sent to the model in place of a text: a dry run.")
    async def check_message(
        self,
        info: Info,
        content: Annotated[str, strawberry.argument(description="The text to check.")],
    ) -> RedactionPreview:
        """A dry run of the outbound filter."""
        redacted = info.context.application.redactor.outgoing(checks.text("content", content))
        findings = [RedactionFinding(kind=one.kind, count=one.count) for one in redacted.findings]
        return RedactionPreview(redacted=redacted.text, findings=findings)


async def _opened(info: Info, key: UUID, asked: PageArguments | None) -> Conversation | None:
    """A conversation, with the page of its messages that is asked for below it."""
    fields = info.context.fields
    if _is_alone(info):
        return await fields.opened(key, asked)
    return optional(present_conversation, await fields.loaders.conversation.load(key))


def _is_alone(info: Info) -> bool:
    """Whether nothing else is asked for that a loader could read in the same statement."""
    selections = info._raw_info.operation.selection_set.selections  # noqa: SLF001  the only way
    return len(selections) == 1 and isinstance(selections[0], FieldNode)


def _wanted(wire: inputs.ConversationFilter) -> ConversationFilter:
    name = wire.name_contains
    return ConversationFilter(
        archived=wire.archived,
        name_contains=None if name is None else checks.storable("nameContains", name),
        parent_id=ids.decode_optional(Kind.CONVERSATION, wire.parent_id, "parentId"),
        include_variants=bool(wire.include_variants),
    )


_NOT_ARCHIVED = _wanted(inputs.ConversationFilter())
