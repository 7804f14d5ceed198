"""Fan-out: 1,000 subscribers of one conversation in one process, and what long subscriptions keep.

A message is one that a websocket gets. Replies come as fast as the model can, so that there is
always something to deliver. Beside it, a raw websocket gets bytes pushed on the same stack.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from bench.budgets import Found
from bench.calls import Caller, Connection, post
from bench.crowd import Crowd, conversation, crowd, raw_crowd, until_idle
from bench.outcome import Outcome, cell, table
from bench.places import Place, model_server, parley
from bench.processes import Server, started_in_silence
from bench.rounds import figure
from bench.sends import SEND
from bench.stored import storing

ROUNDS = 5
SECONDS = 2.0
SUBSCRIBERS = 1000
LONG_SUBSCRIBERS = 50
LONG_MESSAGES = 200_000
_WARMING_MESSAGES = 10_000
_PUSHES = 20
_BEGINNING_SECONDS = 0.5
_REST_SECONDS = 60
# As much as the stand-in quotes, which makes a reply of some 170 words.
_LONG = "a " * 150
_SOCKETS = "100000"


@dataclass(slots=True)
class Measured:
    """Of Parley and of raw websockets: messages a second, and microseconds of CPU for each."""

    rate: list[float] = field(default_factory=list[float])
    cpu: list[float] = field(default_factory=list[float])
    raw_rate: list[float] = field(default_factory=list[float])
    raw_cpu: list[float] = field(default_factory=list[float])
    kilobytes: float = 0.0
    growth: list[float] = field(default_factory=list[float])


async def measure(places: Sequence[Place]) -> Outcome:
    """On each place; what is stored is little, so they should not differ."""
    found: list[Found] = []
    rows: list[list[str]] = []
    for place in places:
        one = await _measured(place)
        found += [
            Found("fan.rate", place.name, figure(one.rate)),
            Found("fan.kilobytes", place.name, figure([one.kilobytes])),
            Found("fan.growth", place.name, figure(one.growth)),
        ]
        ratio = figure(one.cpu).over(figure(one.raw_cpu))
        cells = [figure(one.raw_rate), figure(one.rate), figure(one.raw_cpu), figure(one.cpu)]
        rows.append([place.name, *map(cell, cells), f"{ratio.median:.1f}"])
    text = (
        f"{SUBSCRIBERS:,} websockets, {ROUNDS} rounds of {SECONDS:g} s, Parley and raw websockets "
        f"in turns. Growth is over {LONG_MESSAGES:,} messages of {LONG_SUBSCRIBERS} subscriptions, "
        f"in {ROUNDS} parts."
    )
    head = ["database", "raw, messages/s", "Parley", "raw, CPU µs for each", "Parley", "times"]
    return Outcome("Fan-out", tuple(found), (text, "", *table(head, rows)))


async def _measured(place: Place) -> Measured:
    url = await place.database("fan_out")
    async with storing(url) as stored:
        [person] = await stored.people(1)
    measured = Measured()
    # A process of its own for each: memory that one crowd left would hide what another one keeps.
    for part in (_many, _long):
        async with (
            model_server() as model,
            parley(url, model=model.address, PARLEY_SOCKETS_PER_USER=_SOCKETS) as server,
            Caller(server.address, person.token) as caller,
        ):
            await part(server, caller, measured, token=person.token)
    return measured


async def _many(server: Server, caller: Caller, measured: Measured, *, token: str) -> None:
    first = await conversation(caller)
    async with crowd(server, token, [first]):
        await _send(caller, first)  # whatever is made once is made now
    before, id_ = server.memory_megabytes(), await conversation(caller)
    async with (
        started_in_silence("bench.raw_sockets") as raw,
        Connection(raw.address) as pushing,
        raw_crowd(raw.address, SUBSCRIBERS) as raw_people,
        crowd(server, token, [id_] * SUBSCRIBERS) as people,
    ):
        await until_idle(server, seconds=_REST_SECONDS)
        measured.kilobytes = (server.memory_megabytes() - before) * 1000 / SUBSCRIBERS
        for _ in range(ROUNDS):
            async with _sending(caller, id_):
                await asyncio.sleep(_BEGINNING_SECONDS)
                begun, cpu, heard = time.perf_counter(), server.cpu_seconds(), people.heard
                await asyncio.sleep(SECONDS)
                count = people.heard - heard
                measured.rate.append(count / (time.perf_counter() - begun))
                measured.cpu.append((server.cpu_seconds() - cpu) * 1e6 / count)
            await until_idle(server, seconds=_REST_SECONDS)
            await _push(raw, pushing, raw_people, measured)


async def _push(raw: Server, pushing: Connection, people: Crowd, measured: Measured) -> None:
    count = _PUSHES * SUBSCRIBERS
    begun, cpu, expected = time.perf_counter(), raw.cpu_seconds(), people.heard + count
    await pushing.ask(post("/", _PUSHES))
    measured.raw_rate.append(count / (time.perf_counter() - begun))
    measured.raw_cpu.append((raw.cpu_seconds() - cpu) * 1e6 / count)
    await people.until(expected, seconds=_REST_SECONDS)


async def _long(server: Server, caller: Caller, measured: Measured, *, token: str) -> None:
    """Some messages before the others warm up."""
    id_ = await conversation(caller)
    part = LONG_MESSAGES // ROUNDS
    async with crowd(server, token, [id_] * LONG_SUBSCRIBERS) as people:
        memory = 0.0
        for number in range(-1, ROUNDS):
            heard = people.heard
            while people.heard - heard < (_WARMING_MESSAGES if number < 0 else part):
                await _send(caller, id_)
            await until_idle(server, seconds=_REST_SECONDS)
            now = server.memory_megabytes()
            if number >= 0:
                measured.growth.append((now - memory) * 1e6 / (people.heard - heard))
            memory = now


@asynccontextmanager
async def _sending(caller: Caller, id_: str) -> AsyncIterator[None]:
    """One send after the other; the last one is let end."""
    ending = asyncio.Event()

    async def sending() -> None:
        while not ending.is_set():
            await _send(caller, id_)

    task = asyncio.create_task(sending())
    try:
        yield
    finally:
        ending.set()
        await task


async def _send(caller: Caller, id_: str) -> None:
    await caller.data(SEND, input={"conversationId": id_, "content": _LONG})
