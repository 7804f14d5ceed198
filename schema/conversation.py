"""Conversations."""

from collections.abc import Awaitable, Sequence
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

import strawberry

from schema.arguments import After, Before, First, Last, PageArguments
from schema.connections import ConversationConnection, MessageConnection
from schema.context import Info, MessageOfEach, PageOfEach
from schema.enums import BranchKind
from schema.message import Message
from schema.node import Node
from schema.run import Run

# What plans call in place of the resolvers below, once for all conversations of an answer.


def _last_messages(
    parents: "Sequence[Conversation]", info: Info
) -> "MessageOfEach | Awaitable[MessageOfEach]":
    return info.context.fields.last_message_of_each(parents)


async def _active_runs(parents: "Sequence[Conversation]", info: Info) -> Sequence[Run | None]:
    return await info.context.fields.active_run_of_each(parents)


def _pages_of_messages(
    parents: "Sequence[Conversation]", info: Info, **asked: Any
) -> "PageOfEach | Awaitable[PageOfEach]":
    return info.context.fields.messages_of_each(parents, PageArguments(**asked))


@strawberry.type(description="A conversation, or a branch of one.")
class Conversation(Node):
    """A conversation, or a branch of one."""

    key: strawberry.Private[UUID]
    parent_key: strawberry.Private[UUID | None]
    active_run_key: strawberry.Private[UUID | None]
    root_key: strawberry.Private[UUID | None]
    active_variant_key: strawberry.Private[UUID | None]
    # What was read along: the last message, and a page of messages with what was asked for. It is
    # the resolvers' affair what these are.
    last_read: strawberry.Private[Any] = None
    page_read: strawberry.Private[Any] = None
    name: str = strawberry.field(description="The name.")
    model: str = strawberry.field(description="The model that answers.")
    system_prompt: str | None = strawberry.field(description="The prompt in force.")
    temperature: float | None = strawberry.field(
        description="The sampling temperature; null: the deployment's."
    )
    max_tokens: int | None = strawberry.field(
        description="The most tokens that a reply may have; null: the deployment's."
    )
    created_at: datetime = strawberry.field(description="When it was made.")
    updated_at: datetime = strawberry.field(description="When something in it last changed.")
    archived_at: datetime | None = strawberry.field(
        description="When it was archived; null when it is not."
    )
    message_count: int = strawberry.field(
        description="How many messages it shows, those shared with its parent included."
    )
    tokens_used: int = strawberry.field(
        description="Tokens of its own runs; what was used before a fork counts for the parent."
    )
    branched_at_index: int | None = strawberry.field(
        description="Messages with an index below this are shared with the parent."
    )
    branch_kind: BranchKind | None = strawberry.field(
        description="Why it was forked; null when it was not."
    )

    @strawberry.field(
        description="The message with the highest index.", metadata={"batch": _last_messages}
    )
    async def last_message(self, info: Info) -> Message | None:
        """The message with the highest index."""
        return await info.context.fields.last_message(self)

    @strawberry.field(
        description="The run that is going on, if one is.", metadata={"batch": _active_runs}
    )
    async def active_run(self, info: Info) -> Run | None:
        """The run that is going on."""
        return await info.context.fields.active_run(self)

    @strawberry.field(
        description="The messages, in the order of their indexes.",
        metadata={"batch": _pages_of_messages},
    )
    async def messages(
        self,
        info: Info,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> MessageConnection:
        """The messages."""
        asked = PageArguments(first, after, last, before)
        return await info.context.fields.messages(self, asked)

    @strawberry.field(
        description="Where it was branched from; null for a root, or once the parent is deleted."
    )
    async def parent(
        self, info: Info
    ) -> Annotated["Conversation", strawberry.lazy("schema.conversation")] | None:
        """Where it was branched from."""
        return await info.context.fields.parent(self)

    @strawberry.field(description="Its branches, the newest first.")
    async def branches(
        self, info: Info, first: First = None, after: After = None
    ) -> ConversationConnection:
        """Its branches."""
        return await info.context.fields.branches(self, first=first, after=after)

    @strawberry.field(
        description="The one that was used last of a conversation and its edits and "
        "regenerations; itself when there are none. It is the same for all of them."
    )
    async def active_variant(
        self, info: Info
    ) -> Annotated["Conversation", strawberry.lazy("schema.conversation")]:
        """The variant that was used last."""
        return await info.context.fields.active_variant(self)
