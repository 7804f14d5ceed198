"""Runs: accepting a send, checkpoints of its text, and its final state. One transaction each."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from uuid import UUID

from chat import budget
from chat.drafts import Checkpoint, OpenedRun, RunDraft, RunOutcome, SettledRun
from chat.errors import (
    CATALOGUE,
    BadUserInputError,
    ConversationBusyError,
    ErrorCode,
    IdempotencyKeyReusedError,
    NotFoundError,
)
from chat.identifiers import uuid7
from chat.records import Conversation, Message, MessageStatus, Role, Run, RunStatus
from db import rows
from db.database import Database, Transaction, UniqueViolationError
from db.paths import read_window
from db.settling import interrupt_run, message_of, settle_run
from db.usage import reserve
from db.writing import append, insert, lock_conversation, new_message, start_conversation

# How long a repeat of an idempotency key gets the first answer.
_KEY_LIFETIME = timedelta(hours=24)
_EXPIRED_AT_ONCE = 100


class SqlRunStore:
    """The `RunStore` port on a database."""

    def __init__(self, database: Database) -> None:
        """Keep the database."""
        self._database = database

    async def open(self, draft: RunDraft) -> OpenedRun:
        """Accept a send. Of two at once with one key the second finds the first's run."""
        opening = _Opening(draft)
        try:
            return await self._database.write(opening.run)
        except UniqueViolationError:
            return await self._database.write(opening.run)

    async def checkpoint(self, run_id: UUID, checkpoint: Checkpoint) -> bool:
        """Store the text so far and renew the lease, if the run still is the owner's."""

        async def body(transaction: Transaction) -> bool:
            row = await transaction.row(
                "UPDATE runs SET lease_expires_at = :lease_expires_at, "
                "first_token_at = COALESCE(first_token_at, :first_token_at) "
                "WHERE id = :id AND lease_owner = :owner AND status = :running RETURNING reply_id",
                id=run_id,
                owner=checkpoint.owner,
                running=RunStatus.RUNNING,
                lease_expires_at=checkpoint.lease_expires_at,
                first_token_at=checkpoint.first_token_at,
            )
            if row is not None and checkpoint.text is not None:
                await transaction.rows(
                    "UPDATE messages SET content = :text WHERE id = :id",
                    text=checkpoint.text,
                    id=rows.uuid(row["reply_id"]),
                )
            return row is not None

        return await self._database.write(body)

    async def settle(self, run_id: UUID, outcome: RunOutcome) -> SettledRun | None:
        """Make the run final, if it still is the owner's."""

        async def body(transaction: Transaction) -> SettledRun | None:
            return await settle_run(transaction, run_id, outcome)

        return await self._database.write(body)

    async def interrupt_expired(self, now: datetime) -> Sequence[SettledRun]:
        """Settle as INTERRUPTED every run whose lease ran out before `now`, each exactly once."""
        found = await self._database.rows(
            "SELECT id FROM runs WHERE status = :running AND lease_expires_at < :now "
            "ORDER BY lease_expires_at LIMIT :limit",
            running=RunStatus.RUNNING,
            now=now,
            limit=_EXPIRED_AT_ONCE,
        )
        settled: list[SettledRun] = []
        for row in found:
            expired = partial(interrupt_run, run_id=rows.uuid(row["id"]), now=now)
            done = await self._database.write(expired)
            settled += [done] if done else []
        return settled

    async def by_id(self, user_id: UUID, ids: Sequence[UUID]) -> dict[UUID, Run]:
        """Those of these runs that are the user's."""
        found = await self._database.rows(
            f"SELECT {rows.RUN} FROM runs WHERE user_id = :user_id AND id IN (:ids)",
            user_id=user_id,
            ids=list(ids),
        )
        return {run.id: run for run in map(rows.run, found)}


@dataclass(frozen=True, slots=True)
class _Opening:
    """One try to accept a send."""

    draft: RunDraft

    async def run(self, transaction: Transaction) -> OpenedRun:
        while (earlier := await self._earlier(transaction)) is not None:
            conversation = await lock_conversation(
                transaction, self.draft.user_id, earlier.conversation_id
            )
            # Only what is read under the lock is sure: another repeat may have been quicker.
            if conversation is not None and await self._earlier(transaction) == earlier:
                return await self._again(transaction, conversation, earlier)
        conversation, added = await self._conversation(transaction)
        user_message = new_message(conversation, Role.USER, self.draft.content, now=self.draft.now)
        return await self._open(transaction, conversation, added, user_message, stored=False)

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
        if self.draft.now - run.started_at > _KEY_LIFETIME:
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
        return await self._open(transaction, conversation, [], user_message, stored=True)

    async def _conversation(self, transaction: Transaction) -> tuple[Conversation, list[Message]]:
        draft = self.draft
        if draft.conversation_id is None:
            return await start_conversation(
                transaction, draft.user_id, draft.new_conversation, now=draft.now
            )
        found = await lock_conversation(transaction, draft.user_id, draft.conversation_id)
        if found is None:
            raise NotFoundError(field="conversationId")
        return found, []

    async def _open(
        self,
        transaction: Transaction,
        conversation: Conversation,
        added: list[Message],
        user_message: Message,
        *,
        stored: bool,
    ) -> OpenedRun:
        """Store what is new of the turn, reserve, and make the run the active one."""
        draft = self.draft
        if conversation.active_run_id is not None:
            raise ConversationBusyError
        model = draft.model or conversation.model
        if model not in draft.allowed_models:
            raise BadUserInputError("model", "of this conversation is no longer offered here")
        reply = new_message(
            conversation,
            Role.ASSISTANT,
            "",
            now=draft.now,
            offset=0 if stored else 1,
            status=MessageStatus.STREAMING,
            model=model,
        )
        window = await read_window(
            transaction,
            user_id=draft.user_id,
            conversation_id=conversation.id,
            stop=user_message.index,
            newest=user_message,
            limits=draft.history,
        )
        run = self._run(conversation, user_message, reply, window)
        new = [reply] if stored else [user_message, reply]
        after = await append(transaction, conversation, new, now=draft.now, active_run_id=run.id)
        await insert(transaction, "runs", {name: getattr(run, name) for name in _RUN_COLUMNS})
        await reserve(
            transaction,
            draft.user_id,
            month=budget.month_of(draft.now),
            tokens=run.reserved_tokens,
            default_limit=draft.token_limit,
        )
        return OpenedRun(
            after, run, user_message, reply, repeated=False, added=(*added, *new), window=window
        )

    def _run(
        self,
        conversation: Conversation,
        user_message: Message,
        reply: Message,
        window: Sequence[Message],
    ) -> Run:
        draft = self.draft
        prompt = [conversation.system_prompt] if conversation.system_prompt else []
        prompt_tokens = budget.request_tokens([*prompt, *(one.content for one in window)])
        most = draft.max_tokens or conversation.max_tokens or draft.default_max_tokens
        return Run(
            id=uuid7(),
            user_id=draft.user_id,
            conversation_id=conversation.id,
            user_message_id=user_message.id,
            reply_id=reply.id,
            status=RunStatus.RUNNING,
            idempotency_key=draft.idempotency_key,
            fingerprint=draft.fingerprint,
            lease_owner=draft.lease_owner,
            lease_expires_at=draft.lease_expires_at,
            reserved_tokens=prompt_tokens + most,
            prompt_tokens=prompt_tokens,
            temperature=draft.temperature,
            max_tokens=draft.max_tokens,
            started_at=draft.now,
            first_token_at=None,
            finished_at=None,
        )


_RUN_COLUMNS = rows.RUN.split(", ")


def _may_run_again(run: Run, reply: Message) -> bool:
    """Whether a repeat calls the model again: interrupted, or failed in a way that may pass."""
    if run.status is RunStatus.FAILED:
        return CATALOGUE[ErrorCode(reply.error_code or ErrorCode.INTERNAL)].retryable
    return run.status is RunStatus.INTERRUPTED


async def _release_key(transaction: Transaction, run: Run) -> None:
    await transaction.rows("UPDATE runs SET idempotency_key = NULL WHERE id = :id", id=run.id)
