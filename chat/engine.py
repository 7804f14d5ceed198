"""One run from acceptance to its final state. Read this first.

A send is checked, then accepted in one transaction (`RunStore.open`), which stores the user
message and an empty reply and reserves the budget. From then on the server owns the run: a task of
its own drives it (`LiveRuns`, `LiveRun`), whoever goes away. Waiting for the reply is something
else than making it. Edits and regenerations are sends too: only where they write differs.
"""

import asyncio
from contextlib import AbstractAsyncContextManager, suppress
from dataclasses import replace
from uuid import UUID

from chat import checks, origin, turn
from chat.account_ports import RateLimits
from chat.conversations import name_after
from chat.drafts import (
    ConversationDraft,
    EditedMessage,
    NewMessage,
    RegeneratedReply,
    RunDraft,
    RunTarget,
)
from chat.errors import (
    NotFoundError,
    RateLimitedError,
    ShuttingDownError,
    StillWritingError,
    StoreUnavailableError,
)
from chat.live_run import LeaseLostError
from chat.live_runs import LiveRuns
from chat.options import Options
from chat.ports import Clock, EventBus, MessageStore, RunStore
from chat.rates import RateKind
from chat.records import Run, User
from chat.redaction import Redactor
from chat.signals import RunSignals
from chat.turn import Ask, Edit, Send, Turn
from chat.waiting import news_of_end, pause


class Engine:
    """Accepts sends, waits for their replies, and stops them."""

    def __init__(
        self,
        *,
        runs: RunStore,
        messages: MessageStore,
        live: LiveRuns,
        bus: EventBus,
        signals: RunSignals,
        rates: RateLimits,
        clock: Clock,
        redactor: Redactor,
        options: Options,
    ) -> None:
        """Keep the collaborators."""
        self._runs = runs
        self._messages = messages
        self._live = live
        self._bus = bus
        self._signals = signals
        self._rates = rates
        self._clock = clock
        self._redactor = redactor
        self._options = options

    async def send(self, user: User, ask: Ask) -> Turn:
        """Accept a message and start its run, or let it wait; the turn as it was accepted.

        A repeat of an idempotency key gives the first run's turn. Cancelling the caller stops
        nothing: what was accepted runs.
        """
        if self._live.closing:
            raise ShuttingDownError
        draft = self._draft(user, ask)
        return await self._live.to_the_end(self._accept(draft))

    async def awaited(self, user: User, accepted: Turn, *, within_seconds: float) -> Turn:
        """Wait so long for the end of the turn; then it is told with StillWritingError."""
        try:
            async with asyncio.timeout(within_seconds):
                return await self.finished(user, accepted)
        except TimeoutError:
            return replace(accepted, error=StillWritingError(), up_to_date=False)

    async def finished(self, user: User, accepted: Turn) -> Turn:
        """Wait until the turn is final, wherever it runs.

        Raises ShuttingDownError when this process ends while the run is not its own.
        """
        if accepted.run.status.final:
            return accepted
        if (done := await self._finished_here(accepted)) is not None:
            return done
        async with self._news(accepted.run) as news:
            while (done := await self._finished(user, accepted)) is None:
                if self._live.closing:
                    raise ShuttingDownError
                await pause(self._clock, self._options.poll_seconds, news)
        return done

    async def _finished(self, user: User, accepted: Turn) -> Turn | None:
        """The turn, if it has ended; a run that goes on here by now is waited for."""
        if (done := await self._finished_here(accepted)) is not None:
            return done
        run = await self._run(user.id, accepted.run.id)
        return await self._stored(accepted, run) if run.status.final else None

    async def _finished_here(self, accepted: Turn) -> Turn | None:
        with suppress(LeaseLostError):
            return await self._live.finished(accepted.run.id)
        return None

    def _news(self, run: Run) -> AbstractAsyncContextManager[asyncio.Event]:
        return news_of_end(self._bus, run.conversation_id, run.reply_id)

    async def stop(self, user: User, run_id: UUID) -> Run:
        """Stop a run, wherever it runs, and keep its text; a final one stays as it is.

        The run as it is then: final, unless the process that drives it has not answered in time.
        """
        run = await self._run(user.id, run_id)
        if run.status.final:
            return run
        if not await self._live.stop(run_id):
            await self._stop_elsewhere(user.id, run_id)
        return await self._run(user.id, run_id)

    def _draft(self, user: User, ask: Ask) -> RunDraft:
        """Everything that can be checked without the database."""
        draft = RunDraft(
            user_id=user.id,
            target=self._target(ask),
            model=checks.model(ask.model, self._options.models),
            temperature=checks.temperature(ask.temperature),
            max_tokens=checks.max_tokens(ask.max_tokens),
            idempotency_key=(key := checks.idempotency_key(ask.idempotency_key)),
            fingerprint=None if key is None else turn.fingerprint(ask),
            allowed_models=frozenset(self._options.models),
            default_max_tokens=self._options.max_completion_tokens,
            token_limit=self._options.monthly_token_limit,
            history=self._options.history,
            lease=self._live.lease(),
            now=self._clock.now(),
            on_busy=ask.on_busy,
            origin=origin.current(),
        )
        if isinstance(ask, Send | Edit):
            self._redactor.refuse_blocked(ask.content)
        return draft

    def _target(self, ask: Ask) -> RunTarget:
        match ask:
            case Send():
                content = checks.text("content", ask.content)
                model = checks.model(ask.model, self._options.models)
                name = name_after(content)
                new = ConversationDraft(name=name, model=model or self._options.default_model)
                return NewMessage(ask.conversation_id, new, content)
            case Edit():
                return EditedMessage(ask.message_id, checks.text("content", ask.content))
            case _:
                return RegeneratedReply(ask.message_id)

    async def _accept(self, draft: RunDraft) -> Turn:
        await self._refuse_too_many(draft)
        try:
            opened = await self._runs.open(draft)
        except StoreUnavailableError:
            self._live.give_back(draft.run_id)
            raise
        if not opened.repeated:
            self._live.take(opened)
        return turn.accepted(opened)

    async def _refuse_too_many(self, draft: RunDraft) -> None:
        """Count the send, unless it repeats one: a repeat is free."""
        key = draft.idempotency_key
        if key is not None and await self._runs.key_is_known(draft.user_id, key, now=draft.now):
            return
        wait = await self._rates.hit(RateKind.SEND, draft.user_id)
        if wait is not None:
            raise RateLimitedError(retry_after_seconds=wait)

    async def _run(self, user_id: UUID, run_id: UUID) -> Run:
        found = await self._runs.by_id(user_id, [run_id])
        if run_id not in found:
            raise NotFoundError(field="runId")
        return found[run_id]

    async def _stored(self, accepted: Turn, run: Run) -> Turn:
        ids = [run.user_message_id, run.reply_id]
        messages = await self._messages.by_id(run.user_id, ids)
        if len(messages) < len(ids):
            raise NotFoundError
        user_message, reply = (messages[one] for one in ids)
        error = turn.stored_error(run, reply)
        return replace(
            accepted,
            run=run,
            user_message=user_message,
            reply=reply,
            error=error,
            up_to_date=False,
        )

    async def _stop_elsewhere(self, user_id: UUID, run_id: UUID) -> None:
        """Ask the process that drives it, and wait a while; a run that waits ends at once."""
        request = await self._runs.request_stop(user_id, run_id, now=self._clock.now())
        if request is None or request.run.status.final:
            if request is not None and request.settled is not None:
                await self._live.tell_end(request.settled)
            return
        async with self._news(request.run) as news:
            self._signals.stop(run_id)
            for _ in range(self._options.stop_polls):
                if (await self._run(user_id, run_id)).status.final:
                    return
                await pause(self._clock, self._options.poll_seconds, news)
