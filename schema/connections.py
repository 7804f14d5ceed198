"""Connections as in the Relay specification, with `nodes` beside `edges` and a `totalCount`."""

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Annotated

import strawberry

from schema.message import Message

if TYPE_CHECKING:
    from schema.conversation import Conversation

_LazyConversation = Annotated["Conversation", strawberry.lazy("schema.conversation")]


@strawberry.type(description="Where a page lies in its list.")
class PageInfo:
    """Where a page lies in its list."""

    has_next_page: bool = strawberry.field(description="Whether items follow.")
    has_previous_page: bool = strawberry.field(description="Whether items come before.")
    start_cursor: str | None = strawberry.field(
        description="The cursor of the first item; pass it as before to page back."
    )
    end_cursor: str | None = strawberry.field(
        description="The cursor of the last item; pass it as after to page on."
    )


@strawberry.type(description="A message in a page.")
class MessageEdge:
    """A message in a page."""

    cursor: str = strawberry.field(description="Marks the item's place in this very list.")
    node: Message = strawberry.field(description="The message.")


@strawberry.type(description="A page of messages, in the order of their indexes.")
class MessageConnection:
    """A page of messages."""

    edges: list[MessageEdge] = strawberry.field(description="The items with their cursors.")
    nodes: list[Message] = strawberry.field(description="The items without cursors.")
    page_info: PageInfo = strawberry.field(description="Where the page lies in its list.")
    total_count: int = strawberry.field(description="How many messages the conversation has.")


@strawberry.type(description="A conversation in a page.")
class ConversationEdge:
    """A conversation in a page."""

    cursor: str = strawberry.field(description="Marks the item's place in this very list.")
    node: _LazyConversation = strawberry.field(description="The conversation.")


@strawberry.type(description="A page of conversations, the newest first.")
class ConversationConnection:
    """A page of conversations."""

    count: strawberry.Private[Callable[[], Awaitable[int]]]
    edges: list[ConversationEdge] = strawberry.field(description="The items with their cursors.")
    nodes: list[_LazyConversation] = strawberry.field(description="The items without cursors.")
    page_info: PageInfo = strawberry.field(description="Where the page lies in its list.")

    @strawberry.field(description="How many items the whole list has.")
    async def total_count(self) -> int:
        """How many items the whole list has; counted only when it is asked for."""
        return await self.count()
