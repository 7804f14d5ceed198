"""Sends on an idle server: what Parley adds to a call of the model, and when the first text comes.

Calls of the model and sends go in turns, one at a time. "Plain" is a reply of one piece that is
waited for; "streamed" one of 50 pieces that a subscriber follows besides, "paced" the same from a
model that pauses after each piece, so that none of them can be joined.
"""

import asyncio
import statistics
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from bench.budgets import Found
from bench.calls import Caller, Connection, data_of, post
from bench.crowd import FOLLOW
from bench.outcome import Outcome, cell, table
from bench.places import Place, model_server, parley
from bench.processes import Server
from bench.rounds import figure
from bench.sockets import Socket
from bench.stored import Person, storing

ROUNDS = 5
CALLS = 40
PACED_CALLS = 8
PIECES = 50
_PAUSE_MILLISECONDS = 1
# What is written behind an answer belongs to it.
_SETTLE_SECONDS = 0.1
_PLAIN = "Hello"
# The stand-in quotes it, so that its reply is long enough.
_LONG = "word " * PIECES

SEND = """mutation ($input: SendMessageInput!) {
  sendMessage(input: $input) { conversation { id } reply { content } }
}"""
CREATE = "mutation { createConversation(input: {}) { conversation { id } } }"
DELTA = b'"offset":'
FINISHED = b'"finished":{"index":1,'


@dataclass(slots=True)
class Measured:
    """What each round had: medians of milliseconds, CPU for each send, deltas for each."""

    direct: list[float] = field(default_factory=list[float])
    direct_first: list[float] = field(default_factory=list[float])
    send: list[float] = field(default_factory=list[float])
    first: list[float] = field(default_factory=list[float])
    cpu: list[float] = field(default_factory=list[float])
    deltas: list[float] = field(default_factory=list[float])


@dataclass(slots=True)
class _Listener:
    """Notes when the first text came, and when the reply was final."""

    first: float = 0.0
    deltas: int = 0
    finished: asyncio.Event = field(default_factory=asyncio.Event)

    def heard(self, message: bytes) -> None:
        """A message came."""
        if DELTA in message:
            self.deltas += 1
            self.first = self.first or time.perf_counter()
        elif FINISHED in message:
            self.finished.set()

    def begin(self) -> float:
        """Wait for the next reply; the time."""
        self.first = 0.0
        self.finished.clear()
        return time.perf_counter()


async def measure(places: Sequence[Place]) -> Outcome:
    """Both kinds of sends, on each place."""
    found: list[Found] = []
    rows: list[list[str]] = []
    for place in places:
        plain, streamed, paced = await _measured(place)
        first = figure(streamed.first).less(figure(streamed.direct_first))
        found += [
            Found("send.added", place.name, figure(plain.send).less(figure(plain.direct))),
            Found("send.cpu", place.name, figure(plain.cpu)),
            Found("stream.cpu", place.name, figure(streamed.cpu)),
            Found("paced.cpu", place.name, figure(paced.cpu)),
            Found("first.added", place.name, first),
        ]
        rows += [_row(place, "plain", plain), _row(place, "streamed", streamed)]
        rows.append(_row(place, "paced", paced))
    text = (
        f"One call after the other; {ROUNDS} rounds of {CALLS} calls, of the model and of Parley "
        f"in turns, each send in a conversation of its own; medians of a round in ms. Of {PIECES} "
        "pieces that come at once, Parley joins what waits, so a subscriber gets fewer deltas; "
        f"paced, they come {_PAUSE_MILLISECONDS} ms apart ({PACED_CALLS} calls in a round)."
    )
    head = [
        "send",
        "database",
        "the model alone",
        "its first text",
        "a send",
        "times",
        "its first text, at a subscriber",
        "CPU ms",
        "deltas",
    ]
    return Outcome("Sends", tuple(found), (text, "", *table(head, rows)))


@dataclass(frozen=True, slots=True)
class _Bench:
    """Everything that a round needs."""

    server: Server
    caller: Caller
    direct: Connection
    socket: Socket
    listener: _Listener


@asynccontextmanager
async def _bench(url: str, person: Person, *, pause: float) -> AsyncIterator[_Bench]:
    listener = _Listener()
    async with (
        model_server(pause_milliseconds=pause) as model,
        parley(url, model=model.address) as server,
        Caller(server.address, person.token) as caller,
        Connection(model.address) as direct,
    ):
        socket = await Socket.opened(server.address, token=person.token, heard=listener.heard)
        yield _Bench(server, caller, direct, socket, listener)
        socket.close()


async def _measured(place: Place) -> tuple[Measured, Measured, Measured]:
    url = await place.database("sends")
    async with storing(url) as stored:
        [person] = await stored.people(1)
    plain, streamed, paced = Measured(), Measured(), Measured()
    async with _bench(url, person, pause=0) as bench:
        for number in range(-1, ROUNDS):
            rounds = [await _plain_round(bench), await _streamed_round(bench, calls=CALLS)]
            if number >= 0:
                for measured, one in zip((plain, streamed), rounds, strict=True):
                    _keep(measured, one)
    async with _bench(url, person, pause=_PAUSE_MILLISECONDS) as bench:
        for number in range(-1, ROUNDS):
            last = await _streamed_round(bench, calls=PACED_CALLS)
            if number >= 0:
                _keep(paced, last)
    return plain, streamed, paced


async def _plain_round(bench: _Bench) -> Measured:
    server, caller, direct = bench.server, bench.caller, bench.direct
    one = Measured()
    question = _question(_PLAIN, most_tokens=1)
    send = caller.request(SEND, input={"content": _PLAIN, "maxTokens": 1})
    cpu = server.cpu_seconds()
    for _ in range(CALLS):
        one.direct.append((await direct.stream(question)).whole)
        begun = time.perf_counter()
        body = await caller.ask(send)
        one.send.append(time.perf_counter() - begun)
        data_of(body)
    await asyncio.sleep(_SETTLE_SECONDS)
    one.cpu.append((server.cpu_seconds() - cpu) / CALLS)
    return one


async def _streamed_round(bench: _Bench, *, calls: int) -> Measured:
    server, caller, listener, socket = bench.server, bench.caller, bench.listener, bench.socket
    one = Measured()
    question = _question(_LONG, most_tokens=PIECES)
    created = [await caller.data(CREATE) for _ in range(calls)]
    ids = [data["createConversation"]["conversation"]["id"] for data in created]
    for id_ in ids:
        socket.subscribe(id_, FOLLOW, id=id_)
    await asyncio.sleep(_SETTLE_SECONDS)
    cpu, deltas = server.cpu_seconds(), listener.deltas
    for id_ in ids:
        streamed = await bench.direct.stream(question)
        one.direct.append(streamed.whole)
        one.direct_first.append(streamed.first)
        sending = {"conversationId": id_, "content": _LONG, "maxTokens": PIECES}
        send = caller.request(SEND, input=sending)
        begun = listener.begin()
        body = await caller.ask(send)
        one.send.append(time.perf_counter() - begun)
        data_of(body)
        await listener.finished.wait()
        one.first.append(listener.first - begun)
    await asyncio.sleep(_SETTLE_SECONDS)
    one.cpu.append((server.cpu_seconds() - cpu) / calls)
    one.deltas.append((listener.deltas - deltas) / calls / 1000)
    for id_ in ids:
        socket.say({"id": id_, "type": "complete"})
    return one


def _question(content: str, *, most_tokens: int) -> bytes:
    """What Parley asks the model."""
    body = {
        "model": "stand-in",
        "messages": [{"role": "user", "content": content}],
        "stream": True,
        "stream_options": {"include_usage": True},
        "max_tokens": most_tokens,
    }
    return post("/v1/chat/completions", body)


def _keep(measured: Measured, one: Measured) -> None:
    """Add a round, in milliseconds."""
    for name in Measured.__slots__:
        values: list[float] = getattr(one, name)
        if values:
            getattr(measured, name).append(statistics.median(values) * 1000)


def _row(place: Place, kind: str, measured: Measured) -> list[str]:
    direct, send = figure(measured.direct), figure(measured.send)
    return [
        kind,
        place.name,
        cell(direct),
        cell(figure(measured.direct_first)),
        cell(send),
        f"{send.over(direct).median:.1f}",
        cell(figure(measured.first)),
        cell(figure(measured.cpu)),
        f"{figure(measured.deltas).median:.0f}" if measured.deltas else "",
    ]
