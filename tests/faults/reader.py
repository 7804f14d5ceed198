"""A reader of a conversation's events who notices what is lost or told twice."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from tests.served import Client, EventStream, Json, Served

EVENTS = """subscription ($id: ID!) {
    conversationEvents(conversationId: $id) {
        __typename
        ... on MessageAdded { message { index content } }
        ... on MessageDelta { offset text }
        ... on MessageFinished { message { index content status } }
    }
}"""


@dataclass
class Reader:
    """One reply, as it is told."""

    stream: EventStream
    text: str = ""
    status: str | None = None
    ended: bool = False

    async def until_text(self, text: str) -> None:
        """Read until the reply is so long; it must be just this."""
        while len(self.text) < len(text):
            await self._take()
        assert self.text == text

    async def until_finished(self) -> str:
        """Read to the reply's end; its text."""
        while self.status is None:
            await self._take()
        return self.text

    async def until_ended(self) -> None:
        """Read to the end of the stream."""
        while not self.ended:
            await self._take()

    async def _take(self) -> None:
        name, data = await self.stream.next()
        if name == "complete":
            self.ended = True
            return
        assert "errors" not in data, data
        self._tell(data["data"]["conversationEvents"])

    def _tell(self, event: Json) -> None:
        match event["__typename"]:
            case "MessageAdded":
                assert self.text == ""
                self.text = event["message"]["content"]
            case "MessageDelta":
                assert event["offset"] == len(self.text), "lost, or told twice"
                self.text += event["text"]
            case _:
                assert event["message"]["content"] == self.text
                self.status = event["message"]["status"]


@asynccontextmanager
async def reading(client: Client, conversation_id: str) -> AsyncIterator[Reader]:
    """A reader of the reply that is being written."""
    async with client.events(EVENTS, id=conversation_id) as stream:
        yield Reader(stream)


def at(client: Client, served: Served) -> Client:
    """The same user, at another process."""
    return Client(served.url, served.session, client.token, client.user)
