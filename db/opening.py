"""Accepting a send: one transaction, whose steps stand in `Opening.run`."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from uuid import UUID

from chat import budget
from chat.drafts import OnBusy, OpenedRun, RunDraft
from chat.errors import BadUserInputError, ConversationBusyError, IdempotencyKeyReusedError
from chat.records import Conversation, Message, MessageStatus, Role, Run, RunStatus
from db import leases, rows, sql
from db.database import Transaction
from db.places import Place, find_place
from db.queue import Queue, prompt_tokens, queue_of, window_of
from db.settling import message_of
from db.together import Statement, together
from db.usage import reserve
from db.writing import (
    changed,
    lock_conversation,
    marking_used,
    new_message,
    starting,
    storing,
    updating,
)

# How long a repeat of an idempotency key gets the first answer.
KEY_LIFETIME = timedelta(hours=24)
_MOST_WAITING = 10
_RUN_COLUMNS = tuple(name for name in rows.RUN.split(", ") if name != "lease_expires_at")
_INSERT_RUN = sql.insert("runs", dict.fromkeys(_RUN_COLUMNS), lease_expires_at=leases.UNTIL)
_STORE_RUN = f"{_INSERT_RUN} RETURNING lease_expires_at"


@dataclass(frozen=True, slots=True)
class Opening:
    """One try to accept a send."""

    draft: RunDraft

    async def run(self, transaction: Transaction) -> OpenedRun:
        """The body of the transaction."""
        while (earlier := await self._earlier(transaction)) is not None:
            conversation = await lock_conversation(
                transaction, self.draft.user_id, earlier.conversation_id
            )
            # Only what is read under the lock is sure: another repeat may have been quicker.
            if conversation is not None and await self._earlier(transaction) == earlier:
                return await self._again(transaction, conversation, earlier)
        return await self._open(transaction, await find_place(transaction, self.draft))

    async def _earlier(self, transaction: Transaction) -> Run | None:
        """The run that this key opened before, unless that is too long ago."""
        if self.draft.idempotency_key is None:
            return None
        row = await transaction.row(
            f"SELECT {rows.RUN} FROM runs WHERE user_id = :user_id AND idempotency_key = :key",
            user_id=self.draft.user_id,
            key=self.draft.idempotency_key,
        )
        if row is None:
            return None
        run = rows.run(row)
        if self.draft.now - run.started_at > KEY_LIFETIME:
            await _release_key(transaction, run)
            return None
        if run.fingerprint != self.draft.fingerprint:
            raise IdempotencyKeyReusedError
        return run

    async def _again(
        self, transaction: Transaction, conversation: Conversation, earlier: Run
    ) -> OpenedRun:
        """The first answer again; for a run that may be tried again, a new reply to its message."""
        user_message = await message_of(transaction, earlier.user_message_id)
        reply = await message_of(transaction, earlier.reply_id)
        if not _may_run_again(earlier, reply):
            return OpenedRun(conversation, earlier, user_message, reply, repeated=True)
        await _release_key(transaction, earlier)
        return await self._open(transaction, Place(conversation, user_message, new=False))

    async def _open(self, transaction: Transaction, place: Place) -> OpenedRun:
        """Store what is new of the turn and reserve; the run is the active one, or waits."""
        queue = await queue_of(transaction, place.conversation)
        self._refuse_if_full(queue)
        reply = self._reply(place, waits=queue.busy)
        window = await window_of(
            transaction, place.conversation, place.user_message, self.draft.history
        )
        run = self._run(place, reply, window, queue)
        conversation, run = await self._store(transaction, place, reply, run)
        interrupts = await self._interrupt(transaction, queue)
        return OpenedRun(
            conversation,
            run,
            place.user_message,
            reply,
            repeated=False,
            added=tuple(_new_messages(place, reply)),
            window=() if queue.busy else window,
            interrupts=interrupts,
        )

    def _refuse_if_full(self, queue: Queue) -> None:
        refused = self.draft.on_busy is OnBusy.REJECT or queue.waiting >= _MOST_WAITING
        if queue.busy and refused:
            raise ConversationBusyError

    def _reply(self, place: Place, *, waits: bool) -> Message:
        model = self.draft.model or place.conversation.model
        if model not in self.draft.allowed_models:
            raise BadUserInputError("model", "of this conversation is no longer offered here")
        return new_message(
            place.conversation,
            Role.ASSISTANT,
            "",
            now=self.draft.now,
            offset=1 if place.new else 0,
            status=MessageStatus.QUEUED if waits else MessageStatus.STREAMING,
            model=model,
        )

    def _run(self, place: Place, reply: Message, window: Sequence[Message], queue: Queue) -> Run:
        """The run as it will be, its lease aside.

        One that waits reserves for the replies before it, too.
        """
        draft, conversation = self.draft, place.conversation
        sent = prompt_tokens(conversation, window) + queue.reply_tokens
        most = draft.max_tokens or conversation.max_tokens or draft.default_max_tokens
        return Run(
            id=draft.run_id,
            user_id=draft.user_id,
            conversation_id=conversation.id,
            user_message_id=place.user_message.id,
            reply_id=reply.id,
            status=RunStatus.QUEUED if queue.busy else RunStatus.RUNNING,
            idempotency_key=draft.idempotency_key,
            fingerprint=draft.fingerprint,
            lease_owner=None if queue.busy else draft.lease.owner,
            lease_expires_at=None,
            reserved_tokens=sent + most,
            prompt_tokens=sent,
            temperature=draft.temperature,
            max_tokens=draft.max_tokens,
            started_at=draft.now,
            first_token_at=None,
            finished_at=None,
            request_id=draft.origin.request_id,
            traceparent=draft.origin.traceparent,
        )

    async def _store(
        self, transaction: Transaction, place: Place, reply: Message, run: Run
    ) -> tuple[Conversation, Run]:
        draft = self.draft
        messages = _new_messages(place, reply)
        columns: dict[str, object] = {
            "next_index": reply.index + 1,
            "active_run_id": place.conversation.active_run_id or run.id,
            "active_variant_id": None,  # of its variants it is the one that was used last
            "updated_at": draft.now,
        }
        after = changed(place.conversation, columns)
        conversation = starting(after) if place.new_conversation else [updating(after.id, columns)]
        found = await together(
            transaction,
            [
                *conversation,
                *marking_used(after),
                *storing(transaction.dialect, messages),
                self._storing_run(run),
            ],
        )
        await reserve(
            transaction,
            draft.user_id,
            month=budget.month_of(draft.now),
            tokens=run.reserved_tokens,
            default_limit=draft.token_limit,
        )
        lease_expires_at = rows.time_or_none(found[0]["lease_expires_at"])
        return after, replace(run, lease_expires_at=lease_expires_at)

    def _storing_run(self, run: Run) -> Statement:
        """What stores the run: with a lease by the database's clock, unless it waits."""
        columns = {name: getattr(run, name) for name in _RUN_COLUMNS}
        lease_seconds = None if run.lease_owner is None else self.draft.lease.seconds
        return Statement(_STORE_RUN, {**columns, "lease_seconds": lease_seconds})

    async def _interrupt(self, transaction: Transaction, queue: Queue) -> UUID | None:
        """Ask for the stop of the run that goes on, if that is what the sender wants."""
        if self.draft.on_busy is not OnBusy.INTERRUPT or queue.running_id is None:
            return None
        await transaction.rows(
            "UPDATE runs SET stop_requested_at = COALESCE(stop_requested_at, :now) WHERE id = :id",
            now=self.draft.now,
            id=queue.running_id,
        )
        return queue.running_id


def _new_messages(place: Place, reply: Message) -> list[Message]:
    return [*place.first, place.user_message, reply] if place.new else [reply]


def _may_run_again(run: Run, reply: Message) -> bool:
    """Whether a repeat calls the model again: interrupted, or failed in a way that may pass."""
    if run.status is RunStatus.FAILED:
        return reply.error is not None and reply.error.retryable
    return run.status is RunStatus.INTERRUPTED


async def _release_key(transaction: Transaction, run: Run) -> None:
    await transaction.rows("UPDATE runs SET idempotency_key = NULL WHERE id = :id", id=run.id)
