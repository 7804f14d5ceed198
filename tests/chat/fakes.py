"""What the rules get from outside: time by hand, a scripted model, a bus with a memory."""

import asyncio
from collections import defaultdict, deque
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from chat.events import BusEvent
from chat.model import ModelEvent, ModelRequest
from chat.ports import Take
from chat.rates import RateKind
from tests.chat.examples import NOW

Step = ModelEvent | Exception | asyncio.Event


class Changes:
    """Lets a test wait until something has become true."""

    def __init__(self) -> None:
        """Nothing happened yet."""
        self._next = asyncio.Event()

    def tell(self) -> None:
        """Something happened: everyone who waits looks again."""
        told, self._next = self._next, asyncio.Event()
        told.set()

    async def until(self, condition: Callable[[], bool]) -> None:
        """Wait until the condition holds."""
        while not condition():
            await self._next.wait()


@dataclass(eq=False)
class Sleeper:
    """Somebody who wants to be called back, and is among the `sleepers` until then."""

    sleepers: list["Sleeper"]
    seconds: float
    callback: Callable[[], None]

    def cancel(self) -> None:
        """Let it sleep for ever."""
        if self in self.sleepers:
            self.sleepers.remove(self)


class ManualClock:
    """Time stands still, and each sleep lasts, until the test lets it pass."""

    def __init__(self) -> None:
        """It is `NOW`."""
        self._now = NOW
        self._sleepers: list[Sleeper] = []
        self._changes = Changes()

    def now(self) -> datetime:
        """The time that the test has let come."""
        return self._now

    async def sleep(self, seconds: float) -> None:
        """Wait until the test lets the time pass."""
        over = asyncio.Event()
        sleeper = self.later(seconds, over.set)
        try:
            await over.wait()
        finally:
            sleeper.cancel()

    def later(self, seconds: float, callback: Callable[[], None]) -> "Sleeper":
        """Call back once the test has let the time pass."""
        sleeper = Sleeper(self._sleepers, seconds, callback)
        self._sleepers.append(sleeper)
        self._changes.tell()
        return sleeper

    async def until_asleep(self, seconds: float) -> None:
        """Wait until somebody sleeps for just so long."""
        await self._changes.until(lambda: any(one.seconds == seconds for one in self._sleepers))

    async def let_pass(self, seconds: float) -> None:
        """Wait until somebody sleeps for just so long, and wake that one sleeper."""
        await self.until_asleep(seconds)
        sleeper = next(one for one in self._sleepers if one.seconds == seconds)
        sleeper.cancel()
        self._now += timedelta(seconds=seconds)
        sleeper.callback()


class CountingRates:
    """Remembers the hits, and refuses them while `wait` is set."""

    def __init__(self) -> None:
        """Everything is allowed."""
        self.wait: float | None = None
        self.hits: list[tuple[RateKind, UUID]] = []

    async def hit(self, kind: RateKind, user_id: UUID) -> float | None:
        """Remember it."""
        self.hits.append((kind, user_id))
        return self.wait


class RecordingSignals:
    """Remembers what was called out."""

    def __init__(self) -> None:
        """Nothing was."""
        self.called: list[tuple[str, UUID]] = []
        self._changes = Changes()

    def stop(self, run_id: UUID) -> None:
        """Remember it."""
        self._remember("stop", run_id)

    def turn(self, run_id: UUID) -> None:
        """Remember it."""
        self._remember("turn", run_id)

    async def until_called(self, verb: str, run_id: UUID) -> None:
        """Wait until somebody has called that out."""
        await self._changes.until(lambda: (verb, run_id) in self.called)

    def _remember(self, verb: str, run_id: UUID) -> None:
        self.called.append((verb, run_id))
        self._changes.tell()


class ScriptedClient:
    """A model client: each request plays the next script.

    A script's step is an event to yield, an error to raise, or a gate to wait at.
    """

    def __init__(self) -> None:
        """Without a script it answers with nothing."""
        self.requests: list[ModelRequest] = []
        self.closed = 0
        self._scripts: deque[Sequence[Step]] = deque()

    def plays(self, *steps: Step) -> None:
        """Add the script of one more request."""
        self._scripts.append(steps)

    async def stream(self, request: ModelRequest) -> AsyncGenerator[ModelEvent, None]:
        """Play a script."""
        self.requests.append(request)
        try:
            for step in self._scripts.popleft() if self._scripts else ():
                if isinstance(step, asyncio.Event):
                    await step.wait()
                elif isinstance(step, Exception):
                    raise step
                else:
                    yield step
        finally:
            self.closed += 1


class QueueSubscription:
    """One reader's events; an error is raised to the reader, and None ends them."""

    def __init__(self) -> None:
        """Nothing came yet."""
        self.queue: asyncio.Queue[BusEvent | Exception | None] = asyncio.Queue()

    def offer_to(self, take: Take) -> None:
        """Nothing is taken at once."""

    async def __aiter__(self) -> AsyncIterator[BusEvent]:
        """The events, as they come."""
        while (event := await self.queue.get()) is not None:
            if isinstance(event, Exception):
                raise event
            yield event
            self.queue.task_done()

    async def until_taken(self) -> None:
        """Wait until the reader has dealt with everything that came."""
        await self.queue.join()


class RecordingBus:
    """Remembers what was published, and hands it on."""

    def __init__(self, journal: list[str] | None = None) -> None:
        """`journal` gets the name of each event's class."""
        self.published: list[tuple[UUID, BusEvent]] = []
        self.readers: defaultdict[UUID, list[QueueSubscription]] = defaultdict(list)
        self._journal = [] if journal is None else journal
        self._changes = Changes()

    @property
    def events(self) -> list[BusEvent]:
        """What was published, in order."""
        return [event for _, event in self.published]

    async def publish(self, conversation_id: UUID, event: BusEvent) -> None:
        """Remember the event and hand it on."""
        self.published.append((conversation_id, event))
        self._journal.append(type(event).__name__)
        for reader in self.readers[conversation_id]:
            reader.queue.put_nowait(event)
        self._changes.tell()

    @asynccontextmanager
    async def subscribe(self, conversation_id: UUID) -> AsyncIterator[QueueSubscription]:
        """One more reader."""
        subscription = QueueSubscription()
        self.readers[conversation_id].append(subscription)
        self._changes.tell()
        try:
            yield subscription
        finally:
            self.readers[conversation_id].remove(subscription)

    def close(self) -> None:
        """End every reader's events."""
        for readers in self.readers.values():
            for reader in readers:
                reader.queue.put_nowait(None)

    async def until(self, condition: Callable[[], bool]) -> None:
        """Wait for a condition on what was published or on the readers."""
        await self._changes.until(condition)
