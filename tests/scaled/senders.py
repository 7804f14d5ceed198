"""Clients that send through a restart; each message has a key, and is repeated until it is in."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import count

import aiohttp

from tests.served import Answer, Client, Json

_PAUSE_SECONDS = 0.05
_ANSWER_SECONDS = 30
_AGAIN = {"SHUTTING_DOWN", "RUN_INTERRUPTED"}


class Senders:
    """What the clients have reached so far, and what they were told on the way."""

    def __init__(self, client: Client, conversations: list[str | None]) -> None:
        """One sends in each of these conversations, or in one that it makes."""
        self._client = client
        self._conversations = conversations
        self._stopping = False
        self._changed = asyncio.Condition()
        # What was answered with a whole reply.
        self.done: list[str] = []
        self.told = Counter[str]()

    async def until_done_more(self, times: int) -> None:
        """Wait until so many more messages were answered, for a minute at the most."""
        wanted = len(self.done) + times
        async with asyncio.timeout(60), self._changed:
            await self._changed.wait_for(lambda: len(self.done) >= wanted)

    @asynccontextmanager
    async def going_on(self) -> AsyncIterator["Senders"]:
        """Send during the block; at its end every message that was begun is answered."""
        async with asyncio.TaskGroup() as tasks:
            for number, conversation in enumerate(self._conversations):
                tasks.create_task(self._send_on(number, conversation))
            try:
                yield self
            finally:
                self._stopping = True

    async def _send_on(self, number: int, conversation: str | None) -> None:
        for turn in count():
            content = f"{number}-{turn}"
            payload = await self._until_sent(conversation, content)
            assert payload["userMessage"]["content"] == content
            assert payload["reply"]["status"] == "COMPLETE"
            conversation = payload["conversation"]["id"]
            async with self._changed:
                self.done.append(content)
                self._changed.notify_all()
            if self._stopping:
                return

    async def _until_sent(self, conversation: str | None, content: str) -> Json:
        while True:
            try:
                async with asyncio.timeout(_ANSWER_SECONDS):
                    answer = await self._client.try_send(
                        conversation, content, idempotencyKey=content
                    )
            except aiohttp.ClientError as error:
                self.told[type(error).__name__] += 1
            else:
                if "errors" not in answer.body:
                    payload: Json = answer.data["sendMessage"]
                    return payload
                self._note(answer)
            await asyncio.sleep(_PAUSE_SECONDS)

    def _note(self, answer: Answer) -> None:
        """Nothing but what a restart explains, and that may be tried again."""
        assert answer.code in _AGAIN, answer.body
        assert answer.error["extensions"]["retryable"] is True
        self.told[answer.code] += 1
