"""Sends a message and prints the reply as it grows; a lost connection costs nothing.

pip install 'gql[aiohttp,websockets]'
PARLEY=http://127.0.0.1:8000 TOKEN=parley_… python examples/python_stream.py "Tell me a story"

The idempotency key makes it safe to send again when an answer was lost. The subscription is made
anew with `afterIndex` whenever it breaks off, and goes on behind what has been printed already.
"""

import asyncio
import itertools
import os
import sys
from collections.abc import Awaitable, Callable
from typing import Any
from uuid import uuid4

from gql import Client, gql
from gql.transport.aiohttp import AIOHTTPTransport
from gql.transport.exceptions import (
    TransportClosed,
    TransportConnectionFailed,
    TransportQueryError,
)
from gql.transport.websockets import WebsocketsTransport

Json = dict[str, Any]
URL = os.environ["PARLEY"] + "/graphql"
BEARER = {"Authorization": f"Bearer {os.environ['TOKEN']}"}
MOST_RETRIES = 8
SEND = """
mutation Send($input: SendMessageInput!) {
  sendMessage(input: $input) { conversation { id } userMessage { index } reply { id } }
}
"""
EVENTS = """
subscription Events($id: ID!, $afterIndex: Int) {
  conversationEvents(conversationId: $id, afterIndex: $afterIndex) {
    __typename
    ... on MessageAdded { message { id content } }
    ... on MessageDelta { messageId offset text }
    ... on MessageFinished { message { id status content error { message } } }
  }
}
"""


async def patiently(work: Callable[[], Awaitable[Json]]) -> Json:
    """Do it again while it fails in a way that may pass; longer waits each time."""
    for attempt in itertools.count():
        wait = 0.2 * 2**attempt
        try:
            return await work()
        except (OSError, TransportClosed, TransportConnectionFailed):
            if attempt == MOST_RETRIES:
                raise
        except TransportQueryError as error:
            told = (error.errors or [{}])[0].get("extensions", {})
            if attempt == MOST_RETRIES or not told.get("retryable"):
                raise
            wait = told.get("retryAfterSeconds") or wait
        await asyncio.sleep(wait)
    raise AssertionError


async def send(given: Json) -> Json:
    """One attempt to send, over HTTP."""
    request = gql(SEND)
    request.variable_values = {"input": given}
    async with Client(transport=AIOHTTPTransport(URL, headers=BEARER)) as session:
        return (await session.execute(request))["sendMessage"]


class Printer:
    """Prints one reply as it grows, each piece once."""

    def __init__(self, sent: Json) -> None:
        """`sent` is the answer to the send."""
        self.variables = {
            "id": sent["conversation"]["id"],
            "afterIndex": sent["userMessage"]["index"],
        }
        self.reply_id = sent["reply"]["id"]
        self.printed = 0

    async def follow(self) -> Json:
        """Listen over one websocket until the reply is final, and return it."""
        transport = WebsocketsTransport(URL.replace("http", "ws", 1), init_payload=BEARER)
        request = gql(EVENTS)
        request.variable_values = self.variables
        async with Client(transport=transport) as session:
            async for result in session.subscribe(request):
                event = result["conversationEvents"]
                message = event.get("message") or {"id": event["messageId"], "content": ""}
                if message["id"] != self.reply_id:
                    continue
                # After a reconnect the reply comes once more, with all its text so far.
                self.show(event.get("offset", 0), event.get("text") or message["content"])
                if event["__typename"] == "MessageFinished":
                    return message
        raise TransportClosed("The server ended the subscription.")

    def show(self, offset: int, text: str) -> None:
        """Print what was not printed yet of a text that starts at this code point."""
        print(text[max(self.printed - offset, 0) :], end="", flush=True)
        self.printed = max(self.printed, offset + len(text))


async def main(content: str) -> None:
    """Send, follow, print."""
    given = {"content": content, "wait": False, "idempotencyKey": str(uuid4())}
    sent = await patiently(lambda: send(given))
    reply = await patiently(Printer(sent).follow)
    print(f"\n[{reply['status']}]")
    if reply["error"]:
        sys.exit(reply["error"]["message"])


asyncio.run(main(" ".join(sys.argv[1:]) or "Tell me a story"))
