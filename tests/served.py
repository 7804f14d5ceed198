"""A served Parley, and clients of it over real HTTP and real sockets."""

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, cast

import aiohttp

from chat.accounts import NewUser
from chat.application import Application
from chat.records import User, UserRole
from main import create_app
from settings import Settings
from tests.scaled.logs import FileLog
from web.limits import EdgeLimits
from web.pages import Pages
from web.server import Server, bind

Json = dict[str, Any]


@dataclass
class Answer:
    """What came back: the HTTP status and the body."""

    status: int
    body: Json
    headers: dict[str, str] = field(default_factory=dict[str, str])

    @property
    def data(self) -> Json:
        """The data of an answer without errors."""
        assert "errors" not in self.body, self.body["errors"]
        return cast("Json", self.body["data"])

    @property
    def error(self) -> Json:
        """The one error of an answer."""
        assert len(self.body["errors"]) == 1, self.body
        return cast("Json", self.body["errors"][0])

    @property
    def code(self) -> str:
        """The code of the one error."""
        return str(self.error["extensions"]["code"])


class Client:
    """One user of a served Parley."""

    def __init__(self, url: str, session: aiohttp.ClientSession, token: str, user: User) -> None:
        """`url` is where Parley listens."""
        self.url = url
        self.session = session
        self.token = token
        self.user = user

    async def __call__(self, query: str, /, **variables: object) -> Answer:
        """Send an operation by POST."""
        headers = {"Authorization": f"Bearer {self.token}"}
        body = {"query": query, "variables": variables}
        async with self.session.post(f"{self.url}/graphql", json=body, headers=headers) as response:
            return Answer(response.status, await response.json(), dict(response.headers))

    async def conversation(self, **fields: object) -> Json:
        """A new conversation."""
        answer = await self(
            """mutation ($input: CreateConversationInput!) {
                createConversation(input: $input) {
                    conversation { id name model systemPrompt messageCount }
                }
            }""",
            input=fields,
        )
        return cast("Json", answer.data["createConversation"]["conversation"])

    async def send(self, conversation_id: str | None, content: str, **fields: object) -> Json:
        """Send a message and get the payload; fails on an error."""
        return cast(
            "Json", (await self.try_send(conversation_id, content, **fields)).data["sendMessage"]
        )

    async def try_send(self, conversation_id: str | None, content: str, **fields: object) -> Answer:
        """Send a message and get the whole answer."""
        return await self(
            SEND, input={"conversationId": conversation_id, "content": content, **fields}
        )

    async def messages(self, conversation_id: str) -> list[Json]:
        """The first hundred messages."""
        answer = await self(
            """query ($id: ID!) {
                messages(conversationId: $id, first: 100) {
                    nodes { id index role content status tokensUsed usageSource error { code } }
                }
            }""",
            id=conversation_id,
        )
        return cast("list[Json]", answer.data["messages"]["nodes"])

    async def usage(self) -> tuple[int, int]:
        """Tokens used and reserved."""
        answer = await self("{ usage { tokensUsed tokensReserved } }")
        usage = answer.data["usage"]
        return usage["tokensUsed"], usage["tokensReserved"]

    @asynccontextmanager
    async def socket(self, payload: Json | None = None) -> AsyncIterator["Socket"]:
        """A graphql-transport-ws socket that is let in."""
        given = {"Authorization": f"Bearer {self.token}"} if payload is None else payload
        async with self.session.ws_connect(
            f"{self.url}/graphql", protocols=["graphql-transport-ws"]
        ) as raw:
            await raw.send_json({"type": "connection_init", "payload": given})
            assert (await raw.receive_json())["type"] == "connection_ack"
            yield Socket(raw)

    @asynccontextmanager
    async def events(self, query: str, **variables: object) -> AsyncIterator["EventStream"]:
        """A subscription over server-sent events."""
        headers = {"Authorization": f"Bearer {self.token}", "Accept": "text/event-stream"}
        body = {"query": query, "variables": variables}
        async with self.session.post(f"{self.url}/graphql", json=body, headers=headers) as response:
            assert response.status == 200, await response.text()
            yield EventStream(response)


SEND = """mutation ($input: SendMessageInput!) {
    sendMessage(input: $input) {
        conversation { id name messageCount tokensUsed }
        run { id status }
        userMessage { id index content tokensUsed }
        reply { id index content status finishReason tokensUsed usageSource model }
        tokensUsed
    }
}"""


class Socket:
    """A graphql-transport-ws client."""

    def __init__(self, raw: aiohttp.ClientWebSocketResponse) -> None:
        """`raw` is acknowledged."""
        self.raw = raw

    async def message(self) -> Json:
        """The next message that is no ping."""
        while True:
            message = cast("Json", await asyncio.wait_for(self.raw.receive_json(), 20))
            if message["type"] != "ping":
                return message

    async def next(self) -> Json:
        """The payload of the next result."""
        message = await self.message()
        assert message["type"] == "next", message
        return cast("Json", message["payload"])


class EventStream:
    """A reader of server-sent events."""

    def __init__(self, response: aiohttp.ClientResponse) -> None:
        """`response` streams."""
        self._response = response

    async def next(self) -> tuple[str, Json]:
        """The next event's name and data."""
        name, data = "message", ""
        while True:
            line = (await asyncio.wait_for(self._response.content.readline(), 20)).decode()
            match line.rstrip("\r\n").partition(":"):
                case "event", _, value:
                    name = value.strip()
                case "data", _, value:
                    data += value.strip()
                case "", "", "" if data or name == "complete":
                    return name, json.loads(data) if data else {}
                case _:
                    assert line, "the stream ended"


@dataclass
class Served:
    """A Parley that listens on a port of its own.

    `logs` are those of the processes behind that port, none where it is served in this one.
    """

    url: str
    application: Application
    session: aiohttp.ClientSession
    logs: Sequence[FileLog] = ()
    clients: int = 0

    @property
    def processes(self) -> int:
        """How many processes serve."""
        return len(self.logs) or 1

    async def client(
        self, *, role: UserRole = UserRole.MEMBER, limit: int | None = None, name: str | None = None
    ) -> Client:
        """A new user with a token."""
        self.clients += 1
        new = NewUser(
            name=name or f"User {self.clients}",
            email=f"user{self.clients}@example.org",
            role=role,
            token_limit=limit,
        )
        user = await self.application.accounts.add_user(new)
        _, secret = await self.application.accounts.create_token(user.id, "test")
        return Client(self.url, self.session, secret, user)


@asynccontextmanager
async def serve(
    settings: Settings, *, limits: EdgeLimits | None = None, pages: Pages | None = None
) -> AsyncIterator[Served]:
    """Serve in this very loop, on a free port."""
    app = create_app(settings, limits=limits, pages=pages)
    started = asyncio.Event()

    async def tell() -> None:
        started.set()

    listening = bind("127.0.0.1", 0)
    server = Server(app, grace_seconds=settings.grace_seconds, on_started=tell)
    serving = asyncio.create_task(server.serve(sockets=[listening]))
    waiting = asyncio.create_task(started.wait())
    await asyncio.wait([serving, waiting], return_when=asyncio.FIRST_COMPLETED)
    assert started.is_set(), serving
    url = f"http://127.0.0.1:{listening.getsockname()[1]}"
    connector = aiohttp.TCPConnector(limit=0)
    async with aiohttp.ClientSession(connector=connector) as session:
        try:
            yield Served(url, app.state.application, session)
        finally:
            server.should_exit = True
            await serving
