"""One client of the history test: asks, and writes down what it asked and what it was told."""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from random import Random
from typing import Any, cast

import aiohttp

from tests.history import documents
from tests.history.known import Attempt, Known
from tests.history.log import (
    Accepted,
    Attempted,
    Log,
    Paged,
    Refused,
    Repeated,
    Seen,
)
from tests.history.runs import FINAL
from tests.served import Json

_PATIENCE_SECONDS = 60.0
# What an honest client asks for again: what became of it is not known, or nothing did.
_TRIED_AGAIN = frozenset({"INTERNAL", "SHUTTING_DOWN"})


class LostError(Exception):
    """The connection broke, or patience ran out: what became of the request is not known."""


def refusal(
    stamp: Mapping[str, Any], operation: str, errors: list[Json], key: str | None = None
) -> Refused:
    """What a client writes down of errors."""
    told = errors[0]["extensions"]
    retryable = bool(told.get("retryable"))
    return Refused(**stamp, operation=operation, code=told["code"], key=key, retryable=retryable)


@dataclass
class Client:
    """A program of one user; `number` tells it from the others."""

    number: int
    url: str
    session: aiohttp.ClientSession
    known: Known
    log: Log
    random: Random
    turns: int = 0

    async def ask(
        self, document: str, variables: Json, *, patience_seconds: float = _PATIENCE_SECONDS
    ) -> Json:
        """The whole answer to an operation. Raises LostError."""
        try:
            async with self.session.post(
                f"{self.url}/graphql",
                json={"query": document, "variables": variables},
                headers={"Authorization": f"Bearer {self.known.token}"},
                timeout=aiohttp.ClientTimeout(total=patience_seconds),
            ) as response:
                return cast("Json", await response.json())
        except (aiohttp.ClientError, TimeoutError) as error:
            raise LostError from error

    async def answer(self, operation: str, document: str, variables: Json) -> Json | None:
        """The field of the answer, None when it was refused. Raises LostError."""
        asked_at = time.time()
        body = await self.ask(document, variables)
        data = cast("Json | None", (body.get("data") or {}).get(operation))
        if data is None:
            self.refused(operation, body, asked_at)
        return data

    def refused(self, operation: str, body: Json, asked_at: float, key: str | None = None) -> str:
        """Write down an error; its code."""
        written = refusal(self.stamp(asked_at), operation, body["errors"], key)
        self.log.add(written)
        return written.code

    def stamp(self, asked_at: float) -> Mapping[str, Any]:
        """What every entry starts with."""
        return {"at": time.time(), "user": self.known.user, "asked_at": asked_at}

    def new_key(self) -> str:
        """A key that no other turn has."""
        self.turns += 1
        return f"client {self.number} turn {self.turns}"

    async def take(
        self, attempt: Attempt, *, repeated: bool = False, patience_seconds: float = 60
    ) -> bool:
        """Ask for a turn; whether its outcome is known now."""
        asked_at = time.time()
        self.log.add(Attempted(**self.stamp(asked_at), key=attempt.key, content=attempt.content))
        try:
            variables: Json = {"input": attempt.input}
            body = await self.ask(attempt.document, variables, patience_seconds=patience_seconds)
        except LostError:
            self.known.unanswered.append(attempt)
            return False
        payload = (body.get("data") or {}).get(attempt.field)
        if payload is None:
            code = self.refused(attempt.field, body, asked_at, attempt.key)
            if code in _TRIED_AGAIN:
                self.known.unanswered.append(attempt)
                return False
        else:
            self._accepted(attempt, payload, asked_at, repeated=repeated)
        return True

    def _accepted(
        self, attempt: Attempt, payload: Json, asked_at: float, *, repeated: bool
    ) -> None:
        run, user_message = payload["run"], payload["userMessage"]
        kind = Repeated if repeated else attempt.kind
        more: Mapping[str, Any] = {} if repeated else attempt.more
        entry: Accepted = kind(
            **self.stamp(asked_at),
            key=attempt.key,
            content=user_message["content"] if attempt.content is None else attempt.content,
            asked_in=attempt.asked_in,
            conversation=payload["conversation"]["id"],
            run=run["id"],
            run_status=run["status"],
            user_message=user_message["id"],
            user_index=user_message["index"],
            reply=run["reply"]["id"],
            reply_index=run["reply"]["index"],
            **more,
        )
        self.log.add(entry)
        self.saw([user_message, run["reply"]], asked_at)
        self.known.met(entry.conversation)
        self.known.runs.append(entry.run)
        self.known.answered.append(attempt)

    def saw(self, messages: list[Json], asked_at: float) -> None:
        """Write down those messages that are final."""
        for message in messages:
            if message["status"] in FINAL:
                entry = Seen(
                    **self.stamp(asked_at),
                    message=message["id"],
                    status=message["status"],
                    content=message["content"],
                )
                self.log.add(entry)

    async def read(self, conversation: str) -> list[Json] | None:
        """Every message of a conversation, page by page; None when that was refused."""
        asked_at = time.time()
        messages: list[Json] = []
        after: str | None = None
        while True:
            variables = {"id": conversation, "first": self.random.randint(2, 30), "after": after}
            body = await self.ask(documents.MESSAGES, variables)
            page = (body.get("data") or {}).get("messages")
            if page is None:
                if self.refused("messages", body, asked_at) == "NOT_FOUND":
                    self.known.forget(conversation)
                return None
            messages += page["nodes"]
            after = page["pageInfo"]["endCursor"]
            if not page["pageInfo"]["hasNextPage"]:
                break
        indexes = tuple(message["index"] for message in messages)
        self.log.add(Paged(**self.stamp(asked_at), conversation=conversation, indexes=indexes))
        self.saw(messages, asked_at)
        self.known.shown[conversation] = messages
        return messages
