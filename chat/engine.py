"""One run from acceptance to its final state. Read this first.

A send is checked, then accepted in one transaction (`RunStore.open`), which stores the user
message and an empty reply and reserves the budget. From then on the server owns the run: a task of
its own drives it (`LiveRun`), whoever goes away. Waiting for the reply is something else than
making it.
"""

import asyncio
import logging
from collections.abc import Coroutine
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from typing import Any, TypeVar
from uuid import UUID, uuid4

from chat import checks, turn
from chat.conversations import name_after
from chat.drafts import ConversationDraft, OpenedRun, RunDraft
from chat.errors import NotFoundError, ShuttingDownError
from chat.events import ConversationDeleted, MessageFinished
from chat.live_run import LeaseLostError, LiveRun
from chat.model import ModelClient
from chat.options import Options
from chat.ports import Clock, EventBus, MessageStore, RunStore
from chat.records import RunStatus, User
from chat.redaction import Redactor
from chat.telling import tell, tell_added
from chat.turn import Send, Turn

_log = logging.getLogger(__name__)
Result = TypeVar("Result")


class Engine:
    """Accepts sends, drives their runs, and knows those that this process drives."""

    def __init__(
        self,
        *,
        runs: RunStore,
        messages: MessageStore,
        model: ModelClient,
        bus: EventBus,
        clock: Clock,
        redactor: Redactor,
        options: Options,
    ) -> None:
        """Keep the collaborators."""
        self._runs = runs
        self._messages = messages
        self._model = model
        self._bus = bus
        self._clock = clock
        self._redactor = redactor
        self._options = options
        self._owner = uuid4().hex
        self._live: dict[UUID, tuple[LiveRun, asyncio.Task[Turn]]] = {}
        self._tasks: set[asyncio.Task[Any]] = set()
        self._closing = False

    async def send(self, user: User, send: Send) -> Turn:
        """Accept a message and start its run; the turn as it was accepted.

        A repeat of an idempotency key gives the first run's turn. Cancelling the caller stops
        nothing: what was accepted runs.
        """
        if self._closing:
            raise ShuttingDownError
        draft = self._draft(user, send)
        return await asyncio.shield(self._supervised(self._accept(draft)))

    async def finished(self, user: User, accepted: Turn) -> Turn:
        """Wait until the turn is final, wherever it runs."""
        if accepted.run.status.final:
            return accepted
        live = self._live.get(accepted.run.id)
        if live is not None:
            with suppress(LeaseLostError):
                return await asyncio.shield(live[1])
        return await self._finished_elsewhere(user.id, accepted)

    async def stop_in(self, conversation_id: UUID) -> None:
        """Stop the conversation's run, if this process drives it, and wait until it is settled."""
        for live, task in list(self._live.values()):
            if live.conversation_id == conversation_id:
                live.end(RunStatus.STOPPED)
                await asyncio.wait([task])

    async def close(self) -> None:
        """Take no new runs, end the running ones as INTERRUPTED with their text, and wait."""
        self._closing = True
        while self._tasks:
            for live, _ in self._live.values():
                live.end(RunStatus.INTERRUPTED)
            await asyncio.wait(self._tasks)

    def _draft(self, user: User, send: Send) -> RunDraft:
        """Everything that can be checked without the database."""
        content = checks.text("content", send.content)
        model = checks.model(send.model, self._options.models)
        now = self._clock.now()
        draft = RunDraft(
            user_id=user.id,
            conversation_id=send.conversation_id,
            new_conversation=ConversationDraft(
                name=name_after(content), model=model or self._options.default_model
            ),
            content=content,
            model=model,
            temperature=checks.temperature(send.temperature),
            max_tokens=checks.max_tokens(send.max_tokens),
            idempotency_key=checks.idempotency_key(send.idempotency_key),
            fingerprint=send.fingerprint(),
            allowed_models=frozenset(self._options.models),
            default_max_tokens=self._options.max_completion_tokens,
            token_limit=self._options.monthly_token_limit,
            history=self._options.history,
            lease_owner=self._owner,
            lease_expires_at=now + timedelta(seconds=self._options.lease_seconds),
            now=now,
        )
        self._redactor.refuse_blocked(content)
        return draft

    async def _accept(self, draft: RunDraft) -> Turn:
        opened = await self._runs.open(draft)
        if not opened.repeated:
            self._start(opened)
        return turn.accepted(opened)

    def _start(self, opened: OpenedRun) -> None:
        live = LiveRun(
            opened,
            owner=self._owner,
            store=self._runs,
            model=self._model,
            bus=self._bus,
            clock=self._clock,
            redactor=self._redactor,
            options=self._options,
        )
        self._live[live.run_id] = (live, self._supervised(self._drive(opened, live)))

    async def _drive(self, opened: OpenedRun, live: LiveRun) -> Turn:
        try:
            await tell_added(self._bus, opened.added)
            return await live.drive()
        except LeaseLostError:
            await self._tell_what_became_of(opened)
            raise
        except Exception:
            _log.exception("run could not be settled", extra={"run": str(live.run_id)})
            raise
        finally:
            del self._live[live.run_id]

    async def _tell_what_became_of(self, opened: OpenedRun) -> None:
        """Readers wait for the end of a reply, also when somebody else has ended it."""
        found = await self._messages.by_id(opened.run.user_id, [opened.reply.id])
        reply = found.get(opened.reply.id)
        if reply is None:
            gone = opened.conversation.id
            await tell(self._bus, gone, ConversationDeleted(gone))
        elif reply.status.final:
            await tell(self._bus, reply.conversation_id, MessageFinished(reply))

    def _supervised(self, work: Coroutine[Any, Any, Result]) -> asyncio.Task[Result]:
        """A task that is kept until it ends, and whose error somebody has looked at."""
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._ended)
        return task

    def _ended(self, task: asyncio.Task[Any]) -> None:
        self._tasks.discard(task)
        if not task.cancelled():
            task.exception()

    async def _finished_elsewhere(self, user_id: UUID, accepted: Turn) -> Turn:
        """Ask the store until the run, which another process drives, is final."""
        while True:
            run = (await self._runs.by_id(user_id, [accepted.run.id])).get(accepted.run.id)
            if run is None:
                raise NotFoundError
            if run.status.final:
                break
            await self._clock.sleep(self._options.poll_seconds)
        ids = [run.user_message_id, run.reply_id]
        messages = await self._messages.by_id(user_id, ids)
        if len(messages) < len(ids):
            raise NotFoundError
        user_message, reply = (messages[one] for one in ids)
        error = turn.stored_error(run, reply)
        return replace(accepted, run=run, user_message=user_message, reply=reply, error=error)
