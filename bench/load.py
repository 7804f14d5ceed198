"""Load by HTTP/1.1 on connections that are kept: one request after the other on each.

It shares the machine with what it measures, so it does next to nothing: requests are bytes that
were made before, and of an answer it reads the status and the length. Not a client of HTTP: it
takes answers with a Content-Length only, as both servers send them.
"""

import asyncio
import itertools
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial

import orjson

from bench.calls import END_OF_HEAD, Connection, length_of, place_of

_GOOD = b"HTTP/1.1 200 "
# What still answers after the end of a round.
_LAST_ANSWERS_SECONDS = 10


@dataclass(frozen=True, slots=True)
class Load:
    """How much was answered, and how long that took."""

    answers: int
    seconds: float

    @property
    def per_second(self) -> float:
        """Answers a second."""
        return self.answers / self.seconds


async def answer_to(address: str, request: bytes) -> Mapping[str, object]:
    """The JSON that is answered to one request."""
    async with Connection(address) as connection:
        found: Mapping[str, object] = orjson.loads(await connection.ask(request))
        return found


async def pressed(
    address: str, requests: Sequence[Sequence[bytes]], *, seconds: float, least_bytes: int
) -> Load:
    """As much as the server answers: a connection for each sequence of requests, which goes round.

    Raises RuntimeError for an answer that is not good, or shorter than `least_bytes`.
    """
    loop = asyncio.get_running_loop()
    host, port = place_of(address)
    with ExitStack() as stack:
        connections: list[_Connection] = []
        for some in requests:
            made = _Connection(itertools.cycle(some), least_bytes=least_bytes)
            await loop.create_connection(partial(_itself, made), host, port)
            stack.callback(made.close)
            connections.append(made)
        begun = time.perf_counter()
        for one in connections:
            one.begin(begun + seconds)
        async with asyncio.timeout(seconds + _LAST_ANSWERS_SECONDS):
            answers = await asyncio.gather(*(one.ended for one in connections))
        return Load(sum(answers), time.perf_counter() - begun)


class _Connection(asyncio.Protocol):
    """One connection; `ended` tells how many answers came."""

    def __init__(self, requests: Iterator[bytes], *, least_bytes: int) -> None:
        self.ended: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        self._requests = requests
        self._least_bytes = least_bytes
        self._answers = 0
        self._until = 0.0
        # What is left to come of an answer; -1 while its head is not whole.
        self._left = -1
        self._head = b""
        self._transport: asyncio.WriteTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        if isinstance(transport, asyncio.WriteTransport):
            self._transport = transport

    def connection_lost(self, exc: Exception | None) -> None:
        del exc
        self._fail("A connection was closed.")

    def begin(self, until: float) -> None:
        """Ask, again and again, and for the last time before `until`."""
        self._until = until
        self._ask()

    def close(self) -> None:
        """Hang up."""
        if self._transport is not None:
            self._transport.close()

    def data_received(self, data: bytes) -> None:
        if self._left >= 0:
            self._left -= len(data)
        else:
            self._head += data
            head, end, body = self._head.partition(END_OF_HEAD)
            if not end:
                return
            length = length_of(head + end)
            if not head.startswith(_GOOD) or length < self._least_bytes:
                self._fail(f"A bad answer: {self._head[:1000]!r}")
                self.close()
                return
            self._left, self._head = length - len(body), b""
        if self._left == 0:
            self._left = -1
            self._answers += 1
            self._ask()

    def _ask(self) -> None:
        if time.perf_counter() < self._until and self._transport is not None:
            self._transport.write(next(self._requests))
        elif not self.ended.done():
            self.ended.set_result(self._answers)

    def _fail(self, problem: str) -> None:
        if not self.ended.done():
            self.ended.set_exception(RuntimeError(problem))


def _itself(one: _Connection) -> _Connection:
    return one
