"""The floor under the reads: the same answers by hand, with no GraphQL and nothing around it.

`python -m bench.floor URL` serves on a free port, by uvicorn as Parley runs it. It takes the
requests that Parley takes, at /page/USER and /list/USER, and answers with the same JSON: rows by
asyncpg or aiosqlite, dicts, orjson, raw ASGI. It lets everybody in, checks nothing, counts nothing
and validates nothing.
"""

import asyncio
import sys
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AsyncExitStack
from typing import Any
from uuid import UUID

import aiosqlite
import asyncpg
import orjson
import uvicorn

from chat.drafts import ConversationFilter
from db.postgres_options import PostgresOptions
from db.rows import time, uuid
from db.urls import sqlite_path
from resolvers.cursors import CursorList
from resolvers.pages import conversation_list, message_list
from web.asgi import Receive, Scope, Send
from web.server import bind

Row = Sequence[Any]
Select = Callable[..., Awaitable[Sequence[Row]]]

_PAGE = 20
_ID_START = len("conversation_")
_CONVERSATION = (
    "SELECT id, name, model, created_at, updated_at, next_index FROM conversations "
    "WHERE id = $1 AND user_id = $2"
)
_MESSAGES = (
    "SELECT id, idx, role, content, status, created_at FROM messages "
    "WHERE conversation_id = $1 AND idx < 20 ORDER BY idx"
)
_LIST = (
    "SELECT c.id, c.name, c.model, c.created_at, c.updated_at, c.next_index, "
    "m.id, m.idx, m.role, m.content, m.status, m.created_at "
    "FROM (SELECT * FROM conversations WHERE user_id = $1 AND archived_at IS NULL "
    "ORDER BY id DESC LIMIT 21) c "
    "LEFT JOIN messages m ON m.conversation_id = c.id AND m.idx = c.next_index - 1 "
    "ORDER BY c.id DESC"
)
# Its name is long to make, and the same for everybody.
_LIST_NAME = conversation_list(UUID(int=0), ConversationFilter()).name
_HEADERS = (b"content-type", b"application/json")


class Floor:
    """The ASGI application."""

    def __init__(self, select: Select) -> None:
        """`select` runs a statement with values and gives rows by position."""
        self._select = select

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        _, which, user = scope["path"].split("/")
        body, more = b"", True
        while more:
            message = await receive()
            body += message["body"]
            more = message["more_body"]
        asked = orjson.loads(body)
        owner = UUID(hex=user)
        if which == "page":
            data = await self._page(owner, UUID(hex=asked["variables"]["id"][_ID_START:]))
        else:
            data = await self._list(owner)
        answer = orjson.dumps({"data": data})
        length = (b"content-length", b"%d" % len(answer))
        await send({"type": "http.response.start", "status": 200, "headers": [_HEADERS, length]})
        await send({"type": "http.response.body", "body": answer})

    async def _page(self, owner: UUID, id_: UUID) -> object:
        [found] = await self._select(_CONVERSATION, id_, owner)
        cursors = message_list(owner, id_)
        messages = await self._select(_MESSAGES, id_)
        marks = cursors.encoded(str(row[1]) for row in messages)
        edges: list[dict[str, object]] = [
            {"cursor": mark, "node": _message(row)}
            for mark, row in zip(marks, messages, strict=True)
        ]
        return {
            "conversation": _conversation(found)
            | {"messages": _connection(edges, more=found[5] > _PAGE)}
        }

    async def _list(self, owner: UUID) -> object:
        found = await self._select(_LIST, owner)
        cursors = CursorList(owner, _LIST_NAME)
        marks = cursors.encoded(uuid(row[0]).hex for row in found[:_PAGE])
        edges: list[dict[str, object]] = [
            {"cursor": mark, "node": _conversation(row) | {"lastMessage": _message(row[6:])}}
            for mark, row in zip(marks, found, strict=False)
        ]
        return {"conversations": _connection(edges, more=len(found) > _PAGE)}


def _conversation(row: Row) -> dict[str, object]:
    return {
        "id": f"conversation_{uuid(row[0]).hex}",
        "name": row[1],
        "model": row[2],
        "createdAt": time(row[3]),
        "updatedAt": time(row[4]),
        "messageCount": row[5],
    }


def _message(row: Row) -> dict[str, object]:
    return {
        "id": f"message_{uuid(row[0]).hex}",
        "index": row[1],
        "role": row[2],
        "content": row[3],
        "status": row[4],
        "createdAt": time(row[5]),
    }


def _connection(edges: list[dict[str, object]], *, more: bool) -> dict[str, object]:
    info = {"hasNextPage": more, "endCursor": edges[-1]["cursor"] if edges else None}
    return {"edges": edges, "pageInfo": info}


async def _embedded(stack: AsyncExitStack, path: str) -> Select:
    connection = await stack.enter_async_context(aiosqlite.connect(path))

    async def select(statement: str, *values: UUID) -> Sequence[Row]:
        rows = await connection.execute_fetchall(statement, [str(value) for value in values])
        return list(rows)

    return select


async def _postgres(stack: AsyncExitStack, url: str) -> Select:
    async def keep(connection: object) -> None:
        """Nothing is to be reset, as in Parley's pool."""

    options = PostgresOptions()
    pool = await stack.enter_async_context(
        asyncpg.create_pool(
            url,
            min_size=options.min_connections,
            max_size=options.max_connections,
            reset=keep,
        )
    )
    return pool.fetch


async def main(url: str) -> None:
    """Serve until a signal comes."""
    async with AsyncExitStack() as stack:
        path = sqlite_path(url)
        select = await (_embedded(stack, str(path)) if path else _postgres(stack, url))
        listening = bind("127.0.0.1", 0)
        config = uvicorn.Config(
            Floor(select),
            log_config=None,
            access_log=False,
            lifespan="off",
            http="httptools",
            ws="none",
            server_header=False,
        )
        print(f"http://127.0.0.1:{listening.getsockname()[1]}", flush=True)
        await uvicorn.Server(config).serve(sockets=[listening])


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
