"""Signals reach the other processes, and nothing that comes by that way does harm."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from uuid import UUID

import pytest
from redis.asyncio import Redis

from adapters.coordination import coordination
from adapters.redis_names import SIGNALS
from adapters.redis_signals import RedisSignals
from chat.identifiers import uuid7


@dataclass
class Listener:
    """Remembers what it hears of the runs that it is asked about."""

    only: frozenset[UUID]
    fails: bool = False
    calls: "asyncio.Queue[tuple[str, UUID]]" = field(default_factory=asyncio.Queue)

    async def stop_called(self, run_id: UUID) -> None:
        self._note("stop", run_id)

    async def turn_called(self, run_id: UUID) -> None:
        self._note("turn", run_id)

    def account_changed(self, id_: UUID) -> None:
        self._note("account", id_)

    def _note(self, verb: str, run_id: UUID) -> None:
        if run_id in self.only:
            self.calls.put_nowait((verb, run_id))
        if self.fails:
            raise ZeroDivisionError

    async def next(self) -> tuple[str, UUID]:
        """The next call."""
        return await asyncio.wait_for(self.calls.get(), 10)


@asynccontextmanager
async def process(url: str, listener: Listener) -> AsyncIterator[tuple[RedisSignals, Redis]]:
    """A process that hears signals from now on."""
    async with coordination(url) as together:
        assert isinstance(together.signals, RedisSignals)
        assert together.redis is not None
        together.listen(listener, listener)
        await asyncio.wait_for(together.signals.listening.wait(), 10)
        yield together.signals, together.redis


async def test_what_one_process_calls_out_the_others_hear(redis_url: str) -> None:
    run = uuid7()
    listener = Listener(frozenset([run]))
    async with process(redis_url, listener):
        async with process(redis_url, Listener(frozenset())) as (signals, _):
            signals.stop(run)
            assert await listener.next() == ("stop", run)
            signals.turn(run)
        assert await listener.next() == ("turn", run)


async def test_what_changes_of_an_account_the_other_processes_hear(redis_url: str) -> None:
    user = uuid7()
    listener = Listener(frozenset([user]))
    async with (
        process(redis_url, listener),
        process(redis_url, Listener(frozenset())) as (signals, _),
    ):
        await signals.account_changed(user)
        assert await listener.next() == ("account", user)


@pytest.mark.parametrize(
    "payload",
    [
        b"",
        b"stop",
        b"account",
        b"account x",
        b"stop nonsense",
        b"stop \xff\xfe",
        b"drop %b",
        b"x" * 100_000,
    ],
)
async def test_what_is_no_signal_is_passed_over(redis_url: str, payload: bytes) -> None:
    run = uuid7()
    listener = Listener(frozenset([run]))
    async with process(redis_url, listener) as (signals, redis):
        await redis.publish(SIGNALS, payload.replace(b"%b", str(run).encode()))
        signals.stop(run)
        assert await listener.next() == ("stop", run)


async def test_a_listener_that_fails_hears_the_next_one_all_the_same(
    redis_url: str, caplog: pytest.LogCaptureFixture
) -> None:
    one, other = uuid7(), uuid7()
    listener = Listener(frozenset([one, other]), fails=True)
    async with process(redis_url, listener) as (signals, _):
        for run in (one, other):
            signals.stop(run)
        assert {await listener.next(), await listener.next()} == {("stop", one), ("stop", other)}
    assert "a signal could not be followed" in caplog.text


async def test_a_flood_of_signals_takes_no_more_room_than_some_of_them(redis_url: str) -> None:
    last = uuid7()
    listener = Listener(frozenset([last]))
    async with process(redis_url, listener) as (signals, _):
        for _ in range(5000):
            signals.stop(uuid7())
        signals.turn(last)
        assert await listener.next() == ("turn", last)


async def test_alone_a_process_calls_out_to_nobody() -> None:
    async with coordination(None) as together:
        nobody = Listener(frozenset())
        together.listen(nobody, nobody)
        await together.signals.account_changed(uuid7())
        together.signals.stop(uuid7())
        together.signals.turn(uuid7())
        assert (together.missing, together.redis) == ((), None)
