"""What clients do, by chance: the table of operations with their weights."""

import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial
from itertools import takewhile
from typing import cast

from tests.history import documents
from tests.history.client import Client
from tests.history.known import Attempt
from tests.history.log import (
    Branched,
    Deleted,
    Deleting,
    Edited,
    Regenerated,
    Sent,
    Shown,
    Stopped,
)
from tests.history.runs import FINAL
from tests.served import Json


async def send(client: Client, on_busy: str) -> None:
    """Say something, in a conversation where others may be speaking, or in a new one."""
    conversation = client.known.any_conversation(client.random)
    await _take(client, words(client, conversation, on_busy, wait=client.random.random() < 0.5))


def words(client: Client, conversation: str | None, on_busy: str, *, wait: bool) -> Attempt:
    """Something to say."""
    key = client.new_key()
    given: Json = {
        "content": f"{key}: « {'naïve 🎲 ' * client.random.randint(1, 4)}»",
        "conversationId": conversation,
        "idempotencyKey": key,
        "onBusy": on_busy,
        "wait": wait,
    }
    return Attempt(
        Sent, documents.SEND_MESSAGE, "sendMessage", given, conversation, {"on_busy": on_busy}
    )


async def _take(client: Client, attempt: Attempt, *, repeated: bool = False) -> None:
    """Take a turn, now and then without waiting for the answer."""
    impatient = client.random.random() < 0.1
    patience_seconds = client.random.uniform(0.05, 0.5) if impatient else 60
    await client.take(attempt, repeated=repeated, patience_seconds=patience_seconds)


async def repeat(client: Client) -> None:
    """Ask again with a key, first of all where no answer came."""
    known = client.known
    if known.unanswered:
        await _take(client, known.unanswered.popleft(), repeated=True)
    elif known.answered:
        await _take(client, client.random.choice(known.answered), repeated=True)


async def stop(client: Client) -> None:
    """Stop one of the latest runs, or find it stopped."""
    if not client.known.runs:
        return
    asked_at, run = time.time(), client.random.choice(client.known.runs)
    variables: Json = {"input": {"runId": run}}
    payload = await client.answer("stopRun", documents.STOP_RUN, variables)
    if payload is not None:
        status = payload["run"]["status"]
        client.log.add(Stopped(**client.stamp(asked_at), run=run, status=status))


async def edit(client: Client) -> None:
    """Say something else in the place of an earlier message."""
    conversation, message = await _some_message(client, "USER")
    if message is None:
        return
    key = client.new_key()
    given: Json = {
        "content": f"{key}: on second thought",
        "idempotencyKey": key,
        "messageId": message["id"],
        "wait": client.random.random() < 0.5,
    }
    document, original = documents.EDIT_MESSAGE, {"original": str(message["id"])}
    await _take(client, Attempt(Edited, document, "editMessage", given, conversation, original))


async def regenerate(client: Client) -> None:
    """Have another reply."""
    conversation, message = await _some_message(client, "ASSISTANT")
    if message is None:
        return
    given: Json = {
        "idempotencyKey": client.new_key(),
        "messageId": message["id"],
        "wait": client.random.random() < 0.5,
    }
    document, original = documents.REGENERATE_REPLY, {"original": str(message["id"])}
    attempt = Attempt(Regenerated, document, "regenerateReply", given, conversation, original)
    await _take(client, attempt)


async def _some_message(client: Client, role: str) -> tuple[str | None, Json | None]:
    """A final message of this role that a conversation shows, if there is one."""
    conversation = client.known.any_conversation(client.random)
    if conversation is None:
        return None, None
    shown = await client.read(conversation) or []
    messages = [one for one in shown if one["role"] == role and one["status"] in FINAL]
    return conversation, client.random.choice(messages) if messages else None


async def branch(client: Client) -> None:
    """Fork a conversation behind a message before which all are final."""
    conversation = client.known.any_conversation(client.random)
    if conversation is None:
        return
    shown = await client.read(conversation) or []
    settled = list(takewhile(lambda one: one["status"] in FINAL, shown))
    if settled:
        await _branch(client, conversation, client.random.choice(settled))


async def _branch(client: Client, conversation: str, message: Json) -> None:
    """Fork, and read at once what the fork shows."""
    asked_at = time.time()
    topic = client.random.choice([None, "the weather"])
    given: Json = {"conversationId": conversation, "atMessageId": message["id"], "topic": topic}
    payload = await client.answer(
        "branchConversation", documents.BRANCH_CONVERSATION, {"input": given}
    )
    if payload is None:
        return
    child, at_index = cast("str", payload["conversation"]["id"]), message["index"] + 1
    client.known.met(child)
    shown = await client.read(child)
    if shown is None:
        return
    branched = Branched(
        **client.stamp(asked_at),
        parent=conversation,
        child=child,
        at_index=at_index,
        prefix=tuple(Shown(one["id"], one["index"], one["content"]) for one in shown[:at_index]),
    )
    client.log.add(branched)


async def delete(client: Client) -> None:
    """Delete a conversation, its variants and what only they show."""
    conversation = client.known.any_conversation(client.random)
    if conversation is None:
        return
    client.known.forget(conversation)
    asked_at = time.time()
    client.log.add(Deleting(**client.stamp(asked_at), conversation=conversation))
    variables: Json = {"input": {"id": conversation}}
    if await client.answer("deleteConversation", documents.DELETE_CONVERSATION, variables):
        client.log.add(Deleted(**client.stamp(asked_at), conversation=conversation))


async def read(client: Client) -> None:
    """Read a conversation."""
    conversation = client.known.any_conversation(client.random)
    if conversation is not None:
        await client.read(conversation)


@dataclass(frozen=True, slots=True)
class Operation:
    """Something that clients do, this often by comparison; deleting is not for everyone."""

    act: Callable[[Client], Awaitable[None]]
    weight: int
    deletes: bool = False


OPERATIONS = (
    Operation(partial(send, on_busy="REJECT"), weight=6),
    Operation(partial(send, on_busy="ENQUEUE"), weight=6),
    Operation(partial(send, on_busy="INTERRUPT"), weight=4),
    Operation(repeat, weight=8),
    Operation(stop, weight=5),
    Operation(edit, weight=4),
    Operation(regenerate, weight=6),
    Operation(branch, weight=5),
    Operation(read, weight=3),
    Operation(delete, weight=5, deletes=True),
)
