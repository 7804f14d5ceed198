"""The store of the runs, in memory: it accepts, checkpoints and settles as a real one does."""

import asyncio
from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

from chat import budget
from chat.drafts import (
    Checkpoint,
    Lease,
    LeaseState,
    NewMessage,
    OnBusy,
    OpenedRun,
    RegeneratedReply,
    RunDraft,
    RunOutcome,
    SettledRun,
    StopRequest,
)
from chat.errors import (
    ConversationBusyError,
    IdempotencyKeyReusedError,
    NotFoundError,
    ParleyError,
    StoreUnavailableError,
)
from chat.history import HistoryLimits, Window
from chat.metrics import OpenRuns
from chat.records import Conversation, MessageStatus, Run, RunStatus
from tests.chat.examples import NOW, a_message, a_reply, a_run
from tests.chat.fake_stores import Tables, started
from tests.chat.fakes import Changes


class FakeRuns:
    """The `RunStore` port. `unavailable_for` so many calls it raises StoreUnavailableError."""

    def __init__(self, tables: Tables, journal: list[str] | None = None) -> None:
        """`journal` gets a word for each thing that was written."""
        self._tables = tables
        self._journal = [] if journal is None else journal
        self._changes = Changes()
        self.may_open = asyncio.Event()
        self.may_open.set()
        self.refusal: ParleyError | None = None
        self.unavailable_for = 0
        # What the store's clock says, whatever those of processes say.
        self.time = NOW
        self.opening = 0
        self.drafts: list[RunDraft] = []
        self.checkpoints: list[Checkpoint] = []
        self.outcomes: list[RunOutcome] = []
        self.settling = 0

    async def until(self, condition: Callable[[], bool]) -> None:
        """Wait for a condition on what was written."""
        await self._changes.until(condition)

    async def until_checkpoints(self, count: int) -> None:
        """Wait until so many checkpoints were stored."""
        await self.until(lambda: len(self.checkpoints) >= count)

    async def open(self, draft: RunDraft) -> OpenedRun:
        """Accept a send, once `may_open` is set."""
        self.opening += 1
        self._changes.tell()
        await self.may_open.wait()
        if self.refusal is not None:
            raise self.refusal
        earlier = self._earlier(draft)
        if earlier is not None:
            return self._again(earlier)
        self.drafts.append(draft)
        return self._open(draft, self._conversation(draft))

    def _earlier(self, draft: RunDraft) -> Run | None:
        runs, key = self._tables.runs.values(), draft.idempotency_key
        found = next((run for run in runs if key and run.idempotency_key == key), None)
        if found and found.fingerprint != draft.fingerprint:
            raise IdempotencyKeyReusedError
        return found

    async def key_is_known(self, user_id: UUID, key: str, *, now: datetime) -> bool:
        """Whether a run of the user has the key."""
        runs = self._tables.runs.values()
        return any(one.idempotency_key == key and one.user_id == user_id for one in runs)

    def _again(self, run: Run) -> OpenedRun:
        messages = self._tables.messages
        conversation = self._tables.conversations[run.conversation_id]
        user_message, reply = messages[run.user_message_id], messages[run.reply_id]
        return OpenedRun(conversation, run, user_message, reply, repeated=True)

    def _conversation(self, draft: RunDraft) -> Conversation:
        target = draft.target
        if not isinstance(target, NewMessage):
            message = self._tables.messages[target.message_id]
            return self._tables.conversations[message.conversation_id]
        if target.conversation_id is None:
            return started(draft.user_id, target.new_conversation, draft.now)
        found = self._tables.conversations.get(target.conversation_id)
        if found is None or found.user_id != draft.user_id:
            raise NotFoundError(field="conversationId")
        return found

    def _open(self, draft: RunDraft, conversation: Conversation) -> OpenedRun:
        first, active = conversation.next_index, conversation.active_run_id
        if active is not None and draft.on_busy is OnBusy.REJECT:
            raise ConversationBusyError
        content = "" if isinstance(draft.target, RegeneratedReply) else draft.target.content
        user_message = a_message(conversation, first, content)
        reply = a_reply(
            conversation,
            first + 1,
            model=draft.model or conversation.model,
            status=MessageStatus.QUEUED if active else MessageStatus.STREAMING,
        )
        window = Window(draft.history)
        window.extend_back([user_message, *reversed(self._tables.path(conversation.id))])
        run = a_run(
            user_message,
            reply,
            id=draft.run_id,
            idempotency_key=draft.idempotency_key,
            fingerprint=draft.fingerprint,
            status=RunStatus.QUEUED if active else RunStatus.RUNNING,
            lease_owner=None if active else draft.lease.owner,
            lease_expires_at=None if active else self._end(draft.lease),
            prompt_tokens=budget.request_tokens(one.content for one in window.messages),
            temperature=draft.temperature,
            max_tokens=draft.max_tokens,
            request_id=draft.origin.request_id,
            traceparent=draft.origin.traceparent,
        )
        after = replace(conversation, next_index=first + 2, active_run_id=active or run.id)
        self._tables.put(after, user_message, reply, run)
        self._wrote("open")
        return OpenedRun(
            after,
            run,
            user_message,
            reply,
            repeated=False,
            added=(user_message, reply),
            window=window.messages,
            interrupts=active if draft.on_busy is OnBusy.INTERRUPT else None,
        )

    async def start(
        self, run_id: UUID, *, lease: Lease, history: HistoryLimits
    ) -> OpenedRun | None:
        """Start a run that waited, if it is its turn."""
        run = self._tables.runs[run_id]
        conversation = self._tables.conversations[run.conversation_id]
        if run.status is not RunStatus.QUEUED or conversation.active_run_id != run_id:
            return None
        messages = self._tables.messages
        reply = replace(messages[run.reply_id], status=MessageStatus.STREAMING)
        run = replace(
            run,
            status=RunStatus.RUNNING,
            lease_owner=lease.owner,
            lease_expires_at=self._end(lease),
        )
        self._tables.put(run, reply)
        self._wrote("start")
        window = Window(history)
        window.extend_back([messages[run.user_message_id]])
        return OpenedRun(
            conversation,
            run,
            messages[run.user_message_id],
            reply,
            repeated=False,
            window=window.messages,
        )

    async def waiting(self) -> list[UUID]:
        """Runs whose turn it is."""
        active = {one.active_run_id for one in self._tables.conversations.values()}
        runs = self._tables.runs.values()
        return [one.id for one in runs if one.status is RunStatus.QUEUED and one.id in active]

    async def request_stop(
        self, user_id: UUID, run_id: UUID, *, now: datetime
    ) -> StopRequest | None:
        """Note that a run is to be stopped; one that waits is settled at once."""
        run = self._tables.runs.get(run_id)
        if run is None or run.user_id != user_id:
            return None
        self._wrote("request_stop")
        if run.status.final:
            return StopRequest(run)
        run = replace(run, stop_requested_at=now)
        self._tables.put(run)
        if run.status is RunStatus.RUNNING:
            return StopRequest(run)
        settled = self._pass_on(self._settled(run, RunOutcome("", RunStatus.STOPPED, "", now)))
        return StopRequest(settled.run, settled)

    async def checkpoint(self, run_id: UUID, checkpoint: Checkpoint) -> LeaseState:
        """Store the text so far, if the run still is the owner's."""
        self._be_unavailable()
        run = self._owned(run_id, checkpoint.lease.owner)
        if run is None:
            return LeaseState.LOST
        self._tables.put(replace(run, lease_expires_at=self._end(checkpoint.lease)))
        if checkpoint.text is not None:
            reply = self._tables.messages[run.reply_id]
            self._tables.put(replace(reply, content=checkpoint.text))
        self.checkpoints.append(checkpoint)
        self._wrote("checkpoint")
        return LeaseState.STOP_REQUESTED if run.stop_requested_at else LeaseState.HELD

    async def settle(self, run_id: UUID, outcome: RunOutcome) -> SettledRun | None:
        """Make the run final, if it still is the owner's."""
        self.settling += 1
        self._be_unavailable()
        run = self._owned(run_id, outcome.owner)
        if run is None:
            return None
        settled = self._pass_on(self._settled(run, outcome))
        self.outcomes.append(outcome)
        self._wrote("settle")
        return settled

    def _pass_on(self, settled: SettledRun) -> SettledRun:
        """Store it, and make the next run that waits the active one."""
        self._tables.put(settled.run, settled.user_message, settled.reply)
        conversation = self._tables.conversations[settled.run.conversation_id]
        runs = self._tables.runs.values()
        open_ = [
            one for one in runs if one.conversation_id == conversation.id and not one.status.final
        ]
        after = replace(conversation, active_run_id=open_[0].id if open_ else None)
        self._tables.put(after)
        waits = bool(open_) and open_[0].status is RunStatus.QUEUED
        next_run_id = open_[0].id if waits else None
        return replace(settled, conversation=after, next_run_id=next_run_id)

    def _settled(self, run: Run, outcome: RunOutcome) -> SettledRun:
        user_message = self._tables.messages[run.user_message_id]
        reply = replace(
            self._tables.messages[run.reply_id],
            content=outcome.text,
            status=outcome.message_status,
            finish_reason=outcome.finish_reason,
            error=outcome.error,
            tokens_used=outcome.completion_tokens,
            usage_source=outcome.usage_source,
        )
        return SettledRun(
            self._tables.conversations[run.conversation_id],
            replace(
                run,
                status=outcome.status,
                finished_at=outcome.finished_at,
                prompt_tokens=outcome.prompt_tokens or run.prompt_tokens,
            ),
            replace(user_message, tokens_used=outcome.prompt_tokens),
            reply,
        )

    def take_over(self, run_id: UUID) -> None:
        """What another process does with a run whose lease has run out."""
        run = self._tables.runs[run_id]
        reply = self._tables.messages[run.reply_id]
        interrupted = RunOutcome("another", RunStatus.INTERRUPTED, reply.content, NOW)
        settled = self._settled(replace(run, lease_owner=None), interrupted)
        self._tables.put(settled.run, settled.reply)

    async def interrupt_expired(
        self, now: datetime, *, sparing: Collection[UUID] = ()
    ) -> list[SettledRun]:
        """Those whose lease has run out."""
        settled: list[SettledRun] = []
        for run in list(self._tables.runs.values()):
            expires_at = run.lease_expires_at
            expired = expires_at is not None and expires_at < self.time
            if expired and not run.status.final and run.id not in sparing:
                self.take_over(run.id)
                done = self._tables.runs[run.id]
                messages = self._tables.messages
                found = SettledRun(
                    self._tables.conversations[run.conversation_id],
                    done,
                    messages[run.user_message_id],
                    messages[run.reply_id],
                )
                settled.append(self._pass_on(found))
        return settled

    async def by_id(self, user_id: UUID, ids: Sequence[UUID]) -> dict[UUID, Run]:
        """Those that are the user's."""
        found = (self._tables.runs[one] for one in ids if one in self._tables.runs)
        return {one.id: one for one in found if one.user_id == user_id}

    async def open_runs(self, *, now: datetime) -> list[OpenRuns]:
        """What is open in each state."""
        self._be_unavailable()
        runs = [one for one in self._tables.runs.values() if not one.status.final]
        return [
            OpenRuns(
                status, len(found), max((now - one.started_at).total_seconds() for one in found)
            )
            for status in (RunStatus.QUEUED, RunStatus.RUNNING)
            if (found := [one for one in runs if one.status is status])
        ]

    def _owned(self, run_id: UUID, owner: str) -> Run | None:
        run = self._tables.runs.get(run_id)
        return run if run and run.lease_owner == owner and not run.status.final else None

    def _end(self, lease: Lease) -> datetime:
        return self.time + timedelta(seconds=lease.seconds)

    def _be_unavailable(self) -> None:
        if self.unavailable_for:
            self.unavailable_for -= 1
            self._changes.tell()
            raise StoreUnavailableError

    def _wrote(self, what: str) -> None:
        self._journal.append(what)
        self._changes.tell()
