"""One subscription, read as its bytes come, by each way that there is."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import aiohttp

from tests.served import Client

_EVENTS = """subscription ($id: ID!) {
    conversationEvents(conversationId: $id, afterIndex: -1) {
        __typename
        ... on MessageAdded { message { content } }
        ... on MessageDelta { text }
        ... on MessageFinished { message { index status } }
    }
}"""
REPLY_IS_COMPLETE = '"index":1,"status":"COMPLETE"'
WAYS = {
    "websocket": "",
    "server-sent events": "text/event-stream",
    "multipart": "multipart/mixed; subscriptionSpec=1.0",
}


@asynccontextmanager
async def subscribed(
    client: Client, conversation_id: str, way: str
) -> AsyncIterator[AsyncIterator[str]]:
    """The events of a conversation, as pieces of the wire."""
    operation = {"query": _EVENTS, "variables": {"id": conversation_id}}
    if way == "websocket":
        async with client.socket() as socket:
            await socket.raw.send_json({"id": "1", "type": "subscribe", "payload": operation})
            yield _frames(socket.raw)
        return
    headers = {"Authorization": f"Bearer {client.token}", "Accept": WAYS[way]}
    async with client.session.post(
        f"{client.url}/graphql", json=operation, headers=headers
    ) as response:
        assert response.status == 200, await response.text()
        yield _chunks(response.content)


async def _frames(socket: aiohttp.ClientWebSocketResponse) -> AsyncIterator[str]:
    async for message in socket:
        yield str(message.data)


async def _chunks(content: aiohttp.StreamReader) -> AsyncIterator[str]:
    async for chunk in content.iter_any():
        yield chunk.decode()


async def until(stream: AsyncIterator[str], text: str) -> str:
    """Read until this has come, and no further; all that was read."""
    read = ""
    async with asyncio.timeout(20):
        async for piece in stream:
            read += piece
            if text in read:
                return read
    raise AssertionError(read)
