"""Results of events that several readers follow: whoever asks the same gets the same bytes.

Readers who follow with the same operation and variables, for the same user, are an audience. An
event is run and encoded by the first of them that comes to it; the others take its result. Nothing
is shared that has errors, since each reader's errors name its own request. What had to be awaited,
as fields that the store is asked for, is shared with those alone who come while it is read.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Hashable
from dataclasses import dataclass, field
from typing import TypeAlias

from chat.events import MessageDelta, MessageEvent
from chat.records import Message
from resolvers.results import Result

Told: TypeAlias = MessageEvent | Message
"""What subscriptions tell. Equal ones are the same event, wherever they came from."""

Run: TypeAlias = Callable[[Told], Awaitable[tuple[Result, bool]]]
"""Runs an event; also says whether its result would be the same at any other time."""

RunAtOnce: TypeAlias = Callable[[Told], Result | None]
"""Runs an event without waiting; None where something failed. The result lasts."""


class SharedResults:
    """The results of the last events, of all audiences together: bounded, however many there are.

    An audience hears an event within a few turns of the loop, so they need not be kept for long.
    """

    def __init__(self, *, results: int = 256, weight: int = 4_000_000) -> None:
        """`results` is the most to keep; `weight` their most bytes, and characters of events."""
        self._most = results
        self._most_weight = weight
        self._weight = 0
        self._kept: OrderedDict[tuple[Audience, Told], Result] = OrderedDict()
        # The one that was kept last, which all others of its audience are about to ask for.
        self._last: tuple[Audience, Told, Result] | None = None
        self._audiences: dict[Hashable, Audience] = {}

    def __len__(self) -> int:
        """How many results are kept."""
        return len(self._kept)

    @property
    def audiences(self) -> int:
        """How many audiences there are."""
        return len(self._audiences)

    def audience(self, key: Hashable, run: Run, run_at_once: RunAtOnce | None = None) -> "Reading":
        """Belong to an audience while the context lasts. `run` is this reader's own way.

        `run_at_once` is another one, where there is nothing to wait for.
        """
        return Reading(self, key, run, run_at_once)

    def join(self, key: Hashable) -> "Audience":
        """One more reader of an audience."""
        audience = self._audiences.get(key)
        if audience is None:
            audience = self._audiences[key] = Audience(self)
        audience.readers += 1
        return audience

    def leave(self, key: Hashable) -> None:
        """One reader less."""
        self._audiences[key].readers -= 1
        if not self._audiences[key].readers:
            del self._audiences[key]

    def get(self, audience: "Audience", event: Told) -> Result | None:
        """The result, if it is kept."""
        last = self._last
        if last is not None and last[1] is event and last[0] is audience:
            return last[2]
        return self._kept.get((audience, event))

    def keep(self, audience: "Audience", event: Told, result: Result) -> None:
        """Keep a result, and drop the oldest for it."""
        if (audience, event) in self._kept:
            return
        self._kept[audience, event] = result
        self._weight += _weight(event, result)
        while self._kept and (len(self._kept) > self._most or self._weight > self._most_weight):
            (_, oldest), gone = self._kept.popitem(last=False)
            self._weight -= _weight(oldest, gone)
        self._last = (audience, event, result) if self._kept else None


class Audience:
    """Readers who are told the same."""

    __slots__ = ("_running", "_shared", "readers")

    def __init__(self, shared: SharedResults) -> None:
        """`shared` keeps the results; `readers` says how many there are."""
        self._shared = shared
        self._running: dict[Told, _Running] = {}
        self.readers = 0

    async def result(self, event: Told, run: Run) -> Result:
        """The result that another reader has or is about to have, or else that of `run`.

        A reader who leaves while it runs an event leaves it to the next.
        """
        if self.readers == 1:
            return (await run(event))[0]
        while True:
            if known := self._shared.get(self, event):
                return known
            running = self._running.get(event)
            if running is None:
                return await self._run(event, run)
            await running.ended.wait()
            if running.result is not None:
                return (await run(event))[0] if running.result.code else running.result

    def at_once(self, event: Told, run: RunAtOnce) -> Result | None:
        """The same, where nothing has to be waited for; None where something failed."""
        if self.readers == 1:
            return run(event)
        known = self._shared.get(self, event)
        if known is None and (known := run(event)) is not None:
            self._shared.keep(self, event, known)
        return known

    async def _run(self, event: Told, run: Run) -> Result:
        own = self._running[event] = _Running()
        try:
            own.result, lasting = await run(event)
        finally:
            del self._running[event]
            own.ended.set()
        if lasting and not own.result.code:
            self._shared.keep(self, event, own.result)
        return own.result


class Reading:
    """One reader's part in an audience: a context, within which it answers to events."""

    __slots__ = ("_audience", "_key", "_run", "_run_at_once", "_shared")

    def __init__(
        self, shared: SharedResults, key: Hashable, run: Run, run_at_once: RunAtOnce | None
    ) -> None:
        """Use `SharedResults.audience`."""
        self._shared = shared
        self._key = key
        self._run = run
        self._run_at_once = run_at_once

    def __enter__(self) -> Callable[[Told], Awaitable[Result]]:
        """Join."""
        self._audience = self._shared.join(self._key)
        return self._answer

    def __exit__(self, *exception: object) -> None:
        """Leave."""
        self._shared.leave(self._key)

    def at_once(self, event: Told) -> Result | None:
        """Answer without waiting; None where that cannot be."""
        run = self._run_at_once
        return None if run is None else self._audience.at_once(event, run)

    def _answer(self, event: Told) -> Awaitable[Result]:
        return self._audience.result(event, self._run)


@dataclass(slots=True, eq=False)
class _Running:
    """An event that a reader runs. Without a result in the end, the reader has left."""

    ended: asyncio.Event = field(default_factory=asyncio.Event)
    result: Result | None = None


def _weight(event: Told, result: Result) -> int:
    match event:
        case MessageDelta():
            text = event.text
        case Message():
            text = event.content
        case _:
            text = event.message.content
    return len(result.body) + len(text)
