"""One run while this process drives it: read the model, tell the bus, checkpoint, settle.

Whatever happens in between, it ends in exactly one settling transaction, and one final event
after it. A run that lost its lease writes nothing any more.
"""

import asyncio
import logging
from collections.abc import Iterable
from contextlib import aclosing
from datetime import datetime
from typing import Literal
from uuid import UUID

from chat import budget, history
from chat.drafts import Checkpoint, Lease, LeaseState, OpenedRun, RunOutcome, SettledRun
from chat.error_codes import ErrorCode
from chat.errors import ModelError, ParleyError, StoreUnavailableError
from chat.events import MessageDelta, MessageFinished
from chat.model import (
    Finished,
    ModelClient,
    ModelEvent,
    ModelRequest,
    Parameter,
    PromptMessage,
    TextPiece,
    UsageReport,
)
from chat.options import Options
from chat.ports import Clock, EventBus, RunStore
from chat.records import RunStatus, UsageSource
from chat.redaction import Redacted, Redactor
from chat.telling import tell
from chat.turn import Turn, accepted, settled, to_store
from chat.waiting import pause

_log = logging.getLogger(__name__)

# A text this long takes long enough to redact that others would notice; it goes to a thread.
_LONG_TEXT = 20_000
_MOST_TOKENS = 10_000_000
_SETTLE_PAUSES_SECONDS = (0.1, 0.3, 1.0, 2.0, 5.0)
_LAST_PAUSE = len(_SETTLE_PAUSES_SECONDS) - 1

Ending = Literal[RunStatus.STOPPED, RunStatus.INTERRUPTED]


class LeaseLostError(Exception):
    """Another process settled the run, or it was deleted with its conversation."""


class LiveRun:
    """Made for a run that was just opened; `drive` takes it to its end."""

    def __init__(
        self,
        opened: OpenedRun,
        *,
        owner: str,
        store: RunStore,
        model: ModelClient,
        bus: EventBus,
        clock: Clock,
        redactor: Redactor,
        options: Options,
    ) -> None:
        """`owner` is the holder of the lease."""
        self._opened = opened
        self._owner = owner
        self._store = store
        self._model = model
        self._bus = bus
        self._clock = clock
        self._redactor = redactor
        self._options = options
        self._pieces: list[str] = []
        self._length = 0
        self._stored = 0
        self._first_token_at: datetime | None = None
        self._finish_reason: str | None = None
        self._usage: UsageReport | None = None
        self._ending: Ending | None = None
        self._lost = False
        self._reading: asyncio.Task[None] | None = None
        self._hurried = asyncio.Event()
        self.next_run_id: UUID | None = None

    @property
    def run_id(self) -> UUID:
        """Which run this is."""
        return self._opened.run.id

    @property
    def conversation_id(self) -> UUID:
        """Which conversation it writes in."""
        return self._opened.conversation.id

    def of(self, user_id: UUID) -> bool:
        """Whether it is a run of this user."""
        return self._opened.run.user_id == user_id

    async def drive(self) -> Turn:
        """Read the model's answer, settle, tell; the turn in its final state.

        `next_run_id` is then the conversation's run whose turn it is now. Raises LeaseLostError
        when the run is no longer ours.
        """
        error = await self._read_to_the_end()
        done = None if self._lost else await self._settle(self._outcome(error))
        if done is None:
            raise LeaseLostError
        self.next_run_id = done.next_run_id
        await tell(self._bus, done.reply.conversation_id, MessageFinished(done.reply))
        return settled(accepted(self._opened), done, error)

    def end(self, ending: Ending) -> None:
        """Stop reading; what came so far is kept. Nothing changes when it was done before."""
        if self._reading is None:
            self._ending = self._ending or ending
        elif not self._reading.done():
            self._ending = self._ending or ending
            self._reading.cancel()

    def hurry(self) -> None:
        """Make the next checkpoint now; it finds out whether somebody wants the run to stop."""
        self._hurried.set()

    async def _read_to_the_end(self) -> ParleyError | None:
        """Read until the reply is whole, or is ended from outside; what went wrong, if anything."""
        if self._ending is not None:
            return None
        self._reading = asyncio.create_task(self._read())
        await self._keep_lease(self._reading)
        if self._reading.cancelled():
            return None
        self._ending = None  # it ended by itself before it could be ended
        error = self._reading.exception()
        if error is None or isinstance(error, ParleyError):
            return error
        _log.error("run failed", exc_info=error, extra={"run": str(self.run_id)})
        return ParleyError(code=ErrorCode.INTERNAL)

    async def _read(self) -> None:
        async with aclosing(self._model.stream(await self._request())) as events:
            async for event in events:
                await self._take(event)

    async def _take(self, event: ModelEvent) -> None:
        match event:
            case TextPiece():
                text = event.text
                if self._first_token_at is None:
                    self._first_token_at = self._clock.now()
                delta = MessageDelta(self._opened.reply.id, self._length, text)
                self._pieces.append(text)
                self._length += len(text)
                await tell(self._bus, self._opened.conversation.id, delta)
            case Finished(reason):
                self._finish_reason = reason
            case _:
                self._usage = event if _plausible(event) else None

    async def _request(self) -> ModelRequest:
        run, conversation = self._opened.run, self._opened.conversation
        temperature = conversation.temperature if run.temperature is None else run.temperature
        max_tokens = conversation.max_tokens if run.max_tokens is None else run.max_tokens
        asked: dict[Parameter, object] = {"temperature": temperature, "max_tokens": max_tokens}
        messages = history.prompt(conversation.system_prompt, self._opened.window)
        redacted = [await self._redacted(one.content) for one in messages]
        self._warn_of(redacted)
        return ModelRequest(
            model=self._opened.reply.model or conversation.model,
            messages=tuple(
                PromptMessage(message.role, clean.text)
                for message, clean in zip(messages, redacted, strict=True)
            ),
            temperature=self._options.temperature if temperature is None else temperature,
            max_tokens=max_tokens or self._options.max_completion_tokens,
            asked=frozenset(name for name, value in asked.items() if value is not None),
        )

    async def _redacted(self, text: str) -> Redacted:
        if len(text) < _LONG_TEXT:
            return self._redactor.outgoing(text)
        return await asyncio.to_thread(self._redactor.outgoing, text)

    def _warn_of(self, redacted: Iterable[Redacted]) -> None:
        """Tell the operator what rules set to WARN let through: the kinds, never the text."""
        kinds = {kind for clean in redacted for kind in self._redactor.warnings(clean)}
        if kinds:
            extra = {"run": str(self.run_id), "kinds": sorted(kinds)}
            _log.warning("sent to the model as it was found", extra=extra)

    async def _keep_lease(self, reading: asyncio.Task[None]) -> None:
        """Store the text as it grows and renew the lease, until all is read."""
        reading.add_done_callback(lambda _: self._hurried.set())
        while True:
            await pause(self._clock, self._options.checkpoint_seconds, self._hurried)
            if reading.done():
                return
            storing = asyncio.create_task(self._store_so_far())
            try:
                await asyncio.wait([storing, reading], return_when=asyncio.FIRST_COMPLETED)
            finally:
                storing.cancel()
                await asyncio.wait([storing])

    async def _store_so_far(self) -> None:
        length = self._length
        text = "".join(self._pieces) if length > self._stored else None
        try:
            state = await self._store.checkpoint(self.run_id, self._checkpoint(text))
        except StoreUnavailableError:
            return  # the next checkpoint holds this text too
        except Exception:  # noqa: BLE001  the run itself goes on
            _log.exception("checkpoint failed", extra={"run": str(self.run_id)})
            return
        self._stored = length
        if state is not LeaseState.HELD:
            self._lost = state is LeaseState.LOST
            if self._lost:
                _log.warning("run lost its lease", extra={"run": str(self.run_id)})
            self.end(RunStatus.STOPPED)

    def _checkpoint(self, text: str | None) -> Checkpoint:
        return Checkpoint(
            lease=Lease(self._owner, self._options.lease_seconds),
            text=text,
            first_token_at=self._first_token_at,
        )

    async def _settle(self, outcome: RunOutcome) -> SettledRun | None:
        """Settle, as long as it takes: the text in memory is more than the last checkpoint's."""
        tries = 0
        while True:
            try:
                return await self._store.settle(self.run_id, outcome)
            except StoreUnavailableError:
                _log.warning("settling failed", extra={"run": str(self.run_id)})
            except Exception:
                # Not an outage: after some tries it is left to the sweeper and the checkpoint.
                _log.exception("settling failed", extra={"run": str(self.run_id)})
                if tries >= len(_SETTLE_PAUSES_SECONDS):
                    raise
            await self._clock.sleep(_SETTLE_PAUSES_SECONDS[min(tries, _LAST_PAUSE)])
            tries += 1

    def _outcome(self, error: ParleyError | None) -> RunOutcome:
        text = "".join(self._pieces)
        prompt_tokens, completion_tokens, source = self._tokens(text, error)
        return RunOutcome(
            owner=self._owner,
            status=self._ending or (RunStatus.FAILED if error else RunStatus.COMPLETE),
            text=text,
            finished_at=self._clock.now(),
            first_token_at=self._first_token_at,
            finish_reason=self._finish_reason,
            error=to_store(error) if error else None,
            prompt_tokens=prompt_tokens,
            completion_tokens=completion_tokens,
            usage_source=source,
        )

    def _tokens(
        self, text: str, error: ParleyError | None
    ) -> tuple[int | None, int | None, UsageSource | None]:
        """What the provider reported, else an estimate; nothing if it never began to answer."""
        if self._usage is not None:
            usage = self._usage
            return usage.prompt_tokens, usage.completion_tokens, UsageSource.PROVIDER
        refused = isinstance(error, ModelError) and not error.answered and not text
        if self._reading is None or refused:
            return None, None, None
        return self._opened.run.prompt_tokens, budget.text_tokens(text), UsageSource.ESTIMATED


def _plausible(usage: UsageReport) -> bool:
    """Whether a provider's count can be one; otherwise the estimate is nearer to the truth."""
    return usage.prompt_tokens <= _MOST_TOKENS and usage.completion_tokens <= _MOST_TOKENS
