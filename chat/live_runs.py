"""The runs that this process drives, each in a task of its own, until the process ends.

When one is settled, the conversation's next run, if one waits, is taken up at once.
"""

import asyncio
import logging
from collections.abc import Coroutine
from contextlib import suppress
from contextvars import Context, copy_context
from typing import Any, TypeVar
from uuid import UUID, uuid4

from chat.drafts import Lease, OpenedRun, RunOutcome, SettledRun
from chat.errors import ParleyError, StoreUnavailableError
from chat.events import BusEvent, ConversationDeleted, LookAgain, MessageFinished
from chat.live_run import Ending, LeaseLostError, LiveRun
from chat.metrics import NO_METRICS, Metrics
from chat.model import ModelClient
from chat.options import Options
from chat.origin import NOBODY, context_of
from chat.ports import Clock, EventBus, MessageStore, RunStore
from chat.records import RunStatus
from chat.redaction import Redactor
from chat.run_span import run_span
from chat.signals import RunSignals
from chat.telling import tell, tell_added
from chat.tracing import NO_TRACING, Tracing
from chat.turn import Turn

_log = logging.getLogger(__name__)
Result = TypeVar("Result")


class LiveRuns:
    """Starts, stops and counts them; `drain` or `close` it at the end."""

    def __init__(
        self,
        *,
        runs: RunStore,
        messages: MessageStore,
        model: ModelClient,
        bus: EventBus,
        signals: RunSignals,
        clock: Clock,
        redactor: Redactor,
        options: Options,
        metrics: Metrics = NO_METRICS,
        tracing: Tracing = NO_TRACING,
    ) -> None:
        """Keep the collaborators."""
        self._runs = runs
        self._messages = messages
        self._model = model
        self._bus = bus
        self._signals = signals
        self._clock = clock
        self._redactor = redactor
        self._options = options
        self._metrics = metrics
        self._tracing = tracing
        self._owner = uuid4().hex
        self._live: dict[UUID, tuple[LiveRun, asyncio.Task[Turn]]] = {}
        self._tasks: set[asyncio.Task[Any]] = set()
        self._emptied: set[UUID] = set()
        self._closing = False

    @property
    def closing(self) -> bool:
        """Whether no new runs are taken."""
        return self._closing

    @property
    def ids(self) -> frozenset[UUID]:
        """The runs that go on here. No sweep may take them: this process will settle them."""
        return frozenset(self._live)

    def lease(self) -> Lease:
        """A lease of this process."""
        return Lease(self._owner, self._options.lease_seconds)

    async def to_the_end(self, work: Coroutine[Any, Any, Result]) -> Result:
        """Do something that goes on when the caller is cancelled, and that a drain waits for."""
        return await asyncio.shield(self._supervised(work))

    def take(self, opened: OpenedRun) -> None:
        """Drive a run that was just accepted, or let it wait for its turn."""
        if opened.run.status is RunStatus.QUEUED:
            self._supervised(self._let_wait(opened))
        else:
            self._start(opened)

    def give_back(self, run_id: UUID) -> None:
        """End a run that may have been accepted without our knowing, since an answer was lost.

        Nobody asked the model for it, so it costs nothing, and a repeat of its key runs again.
        """
        self._supervised(self._give_back(run_id))

    async def start_waiting(self, run_id: UUID) -> None:
        """Drive a run that waited, if it is its turn and nobody else was quicker.

        Once begun, a drain waits for it, and then for the run.
        """
        if not self._closing:
            await self.to_the_end(self._start_waiting(run_id))

    async def _start_waiting(self, run_id: UUID) -> None:
        lease = self.lease()
        opened = await self._runs.start(run_id, lease=lease, history=self._options.history)
        if opened is not None:
            self._start(opened, waited=True)

    async def stop_called(self, run_id: UUID) -> None:
        """Have a run of ours look now whether somebody wants it to stop."""
        if run_id in self._live:
            self._live[run_id][0].hurry()

    async def turn_called(self, run_id: UUID) -> None:
        """The process that had a run's turn to start it has not: start it here."""
        await self.start_waiting(run_id)

    async def finished(self, run_id: UUID) -> Turn | None:
        """Wait for the end of a run that goes on here; None when it does not.

        Raises LeaseLostError when somebody else has ended it.
        """
        found = self._live.get(run_id)
        return None if found is None else await asyncio.shield(found[1])

    async def stop(self, run_id: UUID) -> bool:
        """Stop a run and wait until it is settled; False when it does not go on here."""
        found = self._live.get(run_id)
        if found is None:
            return False
        await self._end([found], RunStatus.STOPPED)
        return True

    async def stop_in(self, conversation_id: UUID) -> None:
        """Stop the conversation's run, for good: what waits behind it is not taken up here."""
        found = [one for one in self._live.values() if one[0].conversation_id == conversation_id]
        self._emptied.add(conversation_id)
        try:
            await self._end(found, RunStatus.STOPPED)
        finally:
            self._emptied.discard(conversation_id)

    async def stop_all_of(self, user_id: UUID) -> None:
        """Stop every run of a user."""
        conversations = [one.conversation_id for one, _ in self._live.values() if one.of(user_id)]
        await asyncio.gather(*(self.stop_in(one) for one in conversations))

    async def tell_end(self, done: SettledRun) -> None:
        """Tell readers of a run's end, and take up the one whose turn it is then."""
        self._metrics.run_ended(done.run, done.reply)
        await tell(self._bus, done.reply.conversation_id, MessageFinished(done.reply))
        if done.next_run_id is not None:
            self._supervised(self._pass_on(done.next_run_id), context_of(NOBODY))

    async def drain(self, grace_seconds: float) -> None:
        """Take no new runs, let the running ones finish within the grace time, then close."""
        self._closing = True
        try:
            async with asyncio.timeout(grace_seconds):
                while self._tasks:
                    await asyncio.wait(self._tasks)
        except TimeoutError:
            _log.warning("runs are interrupted", extra={"count": len(self._live)})
        await self.close()

    async def close(self) -> None:
        """Take no new runs, end the running ones as INTERRUPTED with their text, and wait.

        What cannot be settled in time is left to the sweeper of another process.
        """
        self._closing = True
        try:
            async with asyncio.timeout(self._options.close_seconds):
                while self._tasks:
                    for live, _ in self._live.values():
                        live.end(RunStatus.INTERRUPTED)
                    await asyncio.wait(self._tasks)
        except TimeoutError:
            _log.exception("runs could not be settled", extra={"count": len(self._live)})
            for task in self._tasks:
                task.cancel()

    def _start(self, opened: OpenedRun, *, waited: bool = False) -> None:
        """Drive a run. One that `waited` has nothing to do with whoever starts it."""
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
        context = context_of(opened.run.origin) if waited else None
        driving = self._supervised(self._drive(opened, live, waited=waited), context)
        self._live[live.run_id] = (live, driving)

    async def _drive(self, opened: OpenedRun, live: LiveRun, *, waited: bool) -> Turn:
        try:
            return await self._drive_to_the_end(opened, live, waited=waited)
        except LeaseLostError:
            await self._tell_what_became_of(opened)
            raise
        except Exception:
            await tell(self._bus, live.conversation_id, LookAgain())
            raise
        finally:
            del self._live[live.run_id]
            if live.next_run_id is not None and live.conversation_id not in self._emptied:
                self._supervised(self._pass_on(live.next_run_id), context_of(NOBODY))

    async def _pass_on(self, run_id: UUID) -> None:
        """It is the turn of a run that waits: start it, or have another process do so."""
        if self._closing:
            self._signals.turn(run_id)
        else:
            await self.start_waiting(run_id)

    async def _drive_to_the_end(self, opened: OpenedRun, live: LiveRun, *, waited: bool) -> Turn:
        with run_span(self._tracing, opened, waited=waited) as span:
            await tell_added(self._bus, opened.added)
            turn = await live.drive()
            span.ended(turn)
            self._metrics.run_ended(turn.run, turn.reply)
            return turn

    async def _give_back(self, run_id: UUID) -> None:
        now = self._clock.now()
        outcome = RunOutcome(self._owner, RunStatus.INTERRUPTED, "", finished_at=now)
        for pause in self._options.give_back_pauses_seconds:
            try:
                done = await self._runs.settle(run_id, outcome)
            except StoreUnavailableError:
                await self._clock.sleep(pause)
            else:
                if done is not None:
                    await self.tell_end(done)
                return

    async def _let_wait(self, opened: OpenedRun) -> None:
        await tell_added(self._bus, opened.added)
        if opened.interrupts is not None and not await self.stop(opened.interrupts):
            self._signals.stop(opened.interrupts)

    async def _end(self, runs: list[tuple[LiveRun, asyncio.Task[Turn]]], ending: Ending) -> None:
        for live, task in runs:
            live.end(ending)
            await asyncio.wait([task])

    async def _tell_what_became_of(self, opened: OpenedRun) -> None:
        """Readers wait for the end of a reply, also when somebody else has ended it."""
        event: BusEvent = LookAgain()
        with suppress(StoreUnavailableError):
            event = await self._end_of(opened)
        await tell(self._bus, opened.conversation.id, event)

    async def _end_of(self, opened: OpenedRun) -> BusEvent:
        found = await self._messages.by_id(opened.run.user_id, [opened.reply.id])
        reply = found.get(opened.reply.id)
        if reply is None:
            return ConversationDeleted(opened.conversation.id)
        return MessageFinished(reply) if reply.status.final else LookAgain()

    def _supervised(
        self, work: Coroutine[Any, Any, Result], context: Context | None = None
    ) -> asyncio.Task[Result]:
        """A task that is kept until it ends, and whose error is logged."""
        context = context or copy_context()
        task = asyncio.create_task(work, context=context)
        self._tasks.add(task)
        task.add_done_callback(self._ended, context=context)
        return task

    def _ended(self, task: asyncio.Task[Any]) -> None:
        self._tasks.discard(task)
        error = None if task.cancelled() else task.exception()
        if error is not None and not isinstance(error, ParleyError | LeaseLostError):
            _log.error("task failed", exc_info=error)
