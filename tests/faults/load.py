"""Clients that send message after message, and repeat each until it succeeds."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import count

from tests.served import Answer, Client, Json

# Something that is read anew each time; who asks may be remembered.
READ = "{ conversations(first: 1) { nodes { id } } }"
_CLIENTS = 12  # more than the pool has connections
_PAUSE_SECONDS = 0.05


class Load:
    """What the clients have reached so far."""

    def __init__(self, client: Client) -> None:
        """All send as this user, each in a conversation of its own."""
        self._client = client
        self._stopping = False
        self._changed = asyncio.Condition()
        self.done: list[str] = []

    async def until_done_more(self, times: int) -> None:
        """Wait until so many more messages were answered, for thirty seconds at the most."""
        wanted = len(self.done) + times
        async with asyncio.timeout(30), self._changed:
            await self._changed.wait_for(lambda: len(self.done) >= wanted)

    @asynccontextmanager
    async def going_on(self) -> AsyncIterator["Load"]:
        """Send during the block; at its end every message that was begun is answered."""
        async with asyncio.TaskGroup() as tasks:
            for number in range(_CLIENTS):
                tasks.create_task(self._send_on(number))
            try:
                yield self
            finally:
                self._stopping = True

    async def _send_on(self, number: int) -> None:
        conversation: str | None = None
        for turn in count():
            content = f"{number}-{turn}"
            payload = await self._until_sent(conversation, content)
            assert payload["reply"]["content"] == f"You said: {content} 🎉"
            assert payload["userMessage"]["content"] == content
            conversation = payload["conversation"]["id"]
            async with self._changed:
                self.done.append(content)
                self._changed.notify_all()
            if self._stopping:
                return

    async def _until_sent(self, conversation: str | None, content: str) -> Json:
        while True:
            answer = await self._client.try_send(conversation, content, idempotencyKey=content)
            if "errors" not in answer.body:
                payload: Json = answer.data["sendMessage"]
                return payload
            assert_retryable(answer)
            await asyncio.sleep(_PAUSE_SECONDS)


def assert_retryable(answer: Answer) -> None:
    """A GraphQL error that says that trying again may help."""
    assert answer.status in {200, 503}
    assert answer.code in {"INTERNAL", "RUN_INTERRUPTED"}, answer.body
    assert answer.error["extensions"]["retryable"] is True, answer.body
