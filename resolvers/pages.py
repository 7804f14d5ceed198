"""Pages as connections."""

from collections.abc import Awaitable, Callable, Sequence
from functools import lru_cache, partial
from uuid import UUID

from chat import paging
from chat.drafts import ConversationFilter
from chat.highlighting import highlight
from chat.records import Message
from chat.search import HitRange, SearchPage, SearchQuery
from resolvers.cursors import CursorList
from resolvers.presentation import blank, present_message
from schema import conversation as conversation_types
from schema import message as message_types
from schema.connections import (
    ConversationConnection,
    ConversationEdge,
    MessageConnection,
    MessageEdge,
    PageInfo,
)
from schema.search import MessageSearchConnection, MessageSearchEdge


def message_list(owner: UUID, conversation_id: UUID) -> CursorList:
    """The list of a conversation's messages."""
    return CursorList(owner, f"messages:{conversation_id.hex}")


def branch_list(owner: UUID, conversation_id: UUID) -> CursorList:
    """The list of a conversation's branches."""
    return CursorList(owner, f"branches:{conversation_id.hex}")


def conversation_list(owner: UUID, wanted: ConversationFilter) -> CursorList:
    """The list of the conversations that a filter matches."""
    return CursorList(owner, _name_of(wanted))


@lru_cache(maxsize=128)
def _name_of(wanted: ConversationFilter) -> str:
    return f"conversations:{wanted!r}"


def hit_list(owner: UUID, query: SearchQuery) -> CursorList:
    """The list of what a search finds."""
    return CursorList(owner, f"hits:{query!r}")


def message_connection(
    cursors: CursorList, place: paging.IndexRange, found: Sequence[Message], *, total: int
) -> MessageConnection:
    """A page of messages."""
    marks = cursors.encoded([str(one.index) for one in found])
    nodes = [present_message(one) for one in found]
    return MessageConnection(
        edges=list(map(_message_edge, marks, nodes)),
        nodes=nodes,
        page_info=_page_info(
            marks,
            has_previous=place.has_previous,
            has_next=place.has_next,
        ),
        total_count=total,
    )


def conversation_connection(
    cursors: CursorList,
    page: paging.KeysetPage[conversation_types.Conversation],
    *,
    count: Callable[[], Awaitable[int]],
) -> ConversationConnection:
    """A page of conversations; `count` is called when the total is asked for."""
    nodes = list(page.items)
    marks = cursors.encoded([one.key.hex for one in nodes])
    return ConversationConnection(
        edges=list(map(_conversation_edge, marks, nodes)),
        nodes=nodes,
        page_info=_page_info(
            marks,
            has_previous=page.has_previous,
            has_next=page.has_next,
        ),
        count=count,
    )


def search_connection(
    cursors: CursorList, query: SearchQuery, asked: HitRange, page: SearchPage
) -> MessageSearchConnection:
    """A page of what a search found; highlights are made when they are asked for."""
    edges = [
        MessageSearchEdge(
            cursor=cursors.encode(str(place)),
            node=present_message(message),
            mark=partial(highlight, message.content, query),
        )
        for place, message in enumerate(page.messages, start=asked.offset)
    ]
    return MessageSearchConnection(
        edges=edges,
        nodes=[edge.node for edge in edges],
        page_info=_page_info(
            [edge.cursor for edge in edges],
            has_previous=asked.offset > 0 and page.total > 0,
            has_next=asked.offset + len(edges) < page.total,
        ),
        total_count=page.total,
    )


def _message_edge(cursor: str, node: message_types.Message) -> MessageEdge:
    edge = blank(MessageEdge)
    edge.cursor, edge.node = cursor, node
    return edge


def _conversation_edge(cursor: str, node: conversation_types.Conversation) -> ConversationEdge:
    edge = blank(ConversationEdge)
    edge.cursor, edge.node = cursor, node
    return edge


def _page_info(cursors: Sequence[str], *, has_previous: bool, has_next: bool) -> PageInfo:
    info = blank(PageInfo)
    info.has_next_page = has_next
    info.has_previous_page = has_previous
    info.start_cursor = cursors[0] if cursors else None
    info.end_cursor = cursors[-1] if cursors else None
    return info
