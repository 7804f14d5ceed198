"""Sends a message and prints the reply as it grows, over a websocket (graphql-transport-ws).

pip install websockets
PARLEY=http://127.0.0.1:8000 TOKEN=parley_… python examples/stream.py "Tell me a story"
"""

import asyncio
import itertools
import json
import os
import sys
from collections.abc import AsyncIterator

import websockets

SEND = """
mutation ($input: SendMessageInput!) {
  sendMessage(input: $input) { conversation { id } reply { id } }
}
"""
EVENTS = """
subscription ($id: ID!) {
  conversationEvents(conversationId: $id, afterIndex: -1) {
    __typename
    ... on MessageAdded { message { id role content } }
    ... on MessageDelta { messageId text }
    ... on MessageFinished { message { id role status content } }
  }
}
"""


async def main(content: str) -> None:
    """Send, follow, print."""
    url = os.environ["PARLEY"].replace("http", "ws", 1) + "/graphql"
    async with websockets.connect(url, subprotocols=["graphql-transport-ws"]) as socket:
        numbers = itertools.count(1)

        async def start(query: str, **variables: object) -> None:
            payload = {"query": query, "variables": variables}
            message = {"id": str(next(numbers)), "type": "subscribe", "payload": payload}
            await socket.send(json.dumps(message))

        async def results() -> AsyncIterator[dict]:
            async for text in socket:
                message = json.loads(text)
                if message["type"] == "ping":
                    await socket.send('{"type": "pong"}')
                elif message["type"] == "next":
                    yield message["payload"]["data"]

        init = {"type": "connection_init", "payload": {"token": os.environ["TOKEN"]}}
        await socket.send(json.dumps(init))
        await socket.recv()  # connection_ack: operations may follow
        await start(SEND, input={"content": content, "wait": False})
        pieces = []
        async for data in results():
            if "sendMessage" in data:
                sent = data["sendMessage"]
                await start(EVENTS, id=sent["conversation"]["id"])
                continue
            event = data["conversationEvents"]
            message = event.get("message", {"id": event.get("messageId")})
            if message["id"] != sent["reply"]["id"]:
                continue
            if event["__typename"] == "MessageFinished":
                print(f"\n[{message['status']}]")
                return
            pieces.append(event["text"] if "text" in event else message["content"])
            print(pieces[-1], end="", flush=True)


asyncio.run(main(" ".join(sys.argv[1:]) or "Tell me a story"))
