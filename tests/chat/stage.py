"""The rules, put together with fakes."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from chat.drafts import OpenedRun
from chat.engine import Engine
from chat.events import MessageDelta, MessageFinished
from chat.live_run import LiveRun
from chat.live_runs import LiveRuns
from chat.metrics import NO_METRICS, Metrics
from chat.options import Options
from chat.records import Role, User
from chat.redaction import RedactionOptions, Redactor
from chat.tracing import NO_TRACING, Tracing
from chat.turn import Send, Turn
from tests.chat.examples import a_draft, a_user
from tests.chat.fake_runs import FakeRuns
from tests.chat.fake_stores import FakeMessages, Tables
from tests.chat.fakes import (
    CountingRates,
    ManualClock,
    RecordingBus,
    RecordingSignals,
    ScriptedClient,
)

# Every wait has a length of its own, so that a test can tell whom it wakes.
OPTIONS = Options(checkpoint_seconds=7.0, lease_seconds=60.0, poll_seconds=0.5)


@dataclass(kw_only=True)
class Stage:
    """One user, one process, one of everything; `journal` tells in which order things happened."""

    options: Options = OPTIONS
    redactor: Redactor = field(default_factory=lambda: Redactor(RedactionOptions()))
    user: User = field(default_factory=a_user)
    tables: Tables = field(default_factory=Tables)
    journal: list[str] = field(default_factory=list[str])
    model: ScriptedClient = field(default_factory=ScriptedClient)
    clock: ManualClock = field(default_factory=ManualClock)
    rates: CountingRates = field(default_factory=CountingRates)
    signals: RecordingSignals = field(default_factory=RecordingSignals)
    metrics: Metrics = NO_METRICS
    tracing: Tracing = NO_TRACING
    make_runs: Callable[[Tables, list[str]], FakeRuns] = FakeRuns
    make_bus: Callable[[list[str]], RecordingBus] = RecordingBus

    def __post_init__(self) -> None:
        """Put it together."""
        self.runs = self.make_runs(self.tables, self.journal)
        self.bus = self.make_bus(self.journal)
        self.messages = FakeMessages(self.tables)
        self.live_runs = LiveRuns(
            runs=self.runs,
            messages=self.messages,
            model=self.model,
            bus=self.bus,
            signals=self.signals,
            clock=self.clock,
            redactor=self.redactor,
            options=self.options,
            metrics=self.metrics,
            tracing=self.tracing,
        )
        self.engine = Engine(
            runs=self.runs,
            messages=self.messages,
            live=self.live_runs,
            bus=self.bus,
            signals=self.signals,
            rates=self.rates,
            clock=self.clock,
            redactor=self.redactor,
            options=self.options,
        )

    async def send(self, content: str = "Hello", **values: Any) -> Turn:
        """Send, and do not wait for the reply."""
        return await self.engine.send(self.user, Send(content, **values))

    async def finished(self, turn: Turn) -> Turn:
        """Wait for the reply."""
        return await self.engine.finished(self.user, turn)

    async def opened(self, **changes: Any) -> OpenedRun:
        """A run that was accepted, and that nobody drives yet."""
        return await self.runs.open(a_draft(self.user.id, **changes))

    def live(self, opened: OpenedRun) -> LiveRun:
        """The driver of a run."""
        return LiveRun(
            opened,
            owner="here",
            store=self.runs,
            model=self.model,
            bus=self.bus,
            clock=self.clock,
            redactor=self.redactor,
            options=self.options,
        )

    @property
    def deltas(self) -> list[MessageDelta]:
        """The deltas that were published."""
        return [event for event in self.bus.events if isinstance(event, MessageDelta)]

    async def until_told(self, text: str) -> None:
        """Wait until the published deltas, joined, are this text."""
        await self.bus.until(lambda: "".join(delta.text for delta in self.deltas) == text)

    async def until_finished(self, conversation_id: UUID) -> MessageFinished:
        """Wait for the end of a conversation's reply."""
        await self.bus.until(lambda: bool(self._ends(conversation_id)))
        return self._ends(conversation_id)[0]

    def _ends(self, conversation_id: UUID) -> list[MessageFinished]:
        events = (event for one, event in self.bus.published if one == conversation_id)
        ends = (event for event in events if isinstance(event, MessageFinished))
        return [event for event in ends if event.message.role is Role.ASSISTANT]


def closed_gate() -> asyncio.Event:
    """A step of a script at which the model waits until the test sets it."""
    return asyncio.Event()


def other_tasks() -> set[asyncio.Task[Any]]:
    """Everything that goes on but for the test itself."""
    return {task for task in asyncio.all_tasks() if task is not asyncio.current_task()}
