"""What a search finds, as a connection."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated

import strawberry

from schema.connections import PageInfo
from schema.context import Info
from schema.message import Message

if TYPE_CHECKING:
    from schema.conversation import Conversation

_LazyConversation = Annotated["Conversation", strawberry.lazy("schema.conversation")]


@strawberry.type(description="A message that a search found.")
class MessageSearchEdge:
    """A message that a search found."""

    mark: strawberry.Private[Callable[[], str]]
    cursor: str = strawberry.field(description="Marks the item's place in this very list.")
    node: Message = strawberry.field(description="The message.")

    @strawberry.field(
        description="The conversation it was written in, which is in your list or a variant of one "
        "that is; the message's index is its place there."
    )
    async def conversation(self, info: Info) -> _LazyConversation:
        """The conversation it was written in."""
        return await info.context.fields.conversation(self.node.conversation_key)

    @strawberry.field(
        description="About 160 characters around the best match, as HTML: text with &, <, > and "
        "quotes escaped, and <mark>…</mark> around what matches. It holds no other tag, whatever "
        "the message holds, so it is safe as innerHTML. White space is one space each; … stands "
        "where text was left out."
    )
    def highlight(self) -> str:
        """The best part; made only when it is asked for."""
        return self.mark()


@strawberry.type(description="A page of messages that a search found, the best first.")
class MessageSearchConnection:
    """A page of messages that a search found."""

    edges: list[MessageSearchEdge] = strawberry.field(description="The items with their cursors.")
    nodes: list[Message] = strawberry.field(description="The items without cursors.")
    page_info: PageInfo = strawberry.field(description="Where the page lies in its list.")
    total_count: int = strawberry.field(
        description="How many messages match; 1000 when there are that many or more. Of those, the "
        "1000 that were stored last are ranked and can be paged through."
    )
