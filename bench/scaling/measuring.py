"""Measures each kind of work on one, two and four of the processes, by turns.

Each round goes through all of them before the next begins, so that what else the machine does hits
all alike. Costs are CPU time for one operation, at a pace that leaves the machine room: they do not
depend on how many cores there are.
"""

import asyncio
import itertools
import statistics
from collections import defaultdict
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass

import aiohttp

from bench.scaling.ground import Ground, Reading
from bench.scaling.load import Client, Operation, Pace, repeated

_STREAMS_HELD = 400
_SETTLE_SECONDS = 1.0
_OPENING_SECONDS = 15.0


@dataclass(frozen=True, slots=True)
class Costs:
    """Milliseconds of CPU for one operation, and what else it took."""

    parley: float
    postgres: float
    redis: float
    clients: float
    commits: float
    wal_bytes: float
    redis_commands: float


@dataclass(frozen=True, slots=True)
class Sample:
    """One kind of work on so many processes, in one round."""

    per_second: float
    costs: Costs


@dataclass(frozen=True, slots=True)
class Measured:
    """The rounds of one kind of work on so many processes."""

    samples: tuple[Sample, ...]

    @property
    def per_second(self) -> float:
        """Operations a second, in the median round."""
        return statistics.median(one.per_second for one in self.samples)

    def cost(self, name: str) -> float:
        """A cost, in the median round."""
        return statistics.median(self.all(name))

    def all(self, name: str) -> list[float]:
        """A cost, in each round."""
        return [getattr(one.costs, name) for one in self.samples]


@dataclass(frozen=True, slots=True)
class Idle:
    """What there is to pay when nothing happens.

    CPU milliseconds a second, for a process and for PostgreSQL and Redis under one of them; then
    for one open stream, with its memory in a process; and what Redis holds for five minutes of a
    conversation in which something was said.
    """

    parley: float
    postgres: float
    redis: float
    stream_cpu: float
    stream_kilobytes: float
    redis_kilobytes: float


Table = Mapping[str, Mapping[int, Measured]]


@asynccontextmanager
async def clients(ground: Ground) -> AsyncIterator[tuple[Client, ...]]:
    """One for each user, with something to read."""
    # Shorter than the five seconds after which Parley closes what is idle.
    connector = aiohttp.TCPConnector(limit=0, keepalive_timeout=2)
    timeout = aiohttp.ClientTimeout(total=120)
    async with aiohttp.ClientSession(connector=connector, timeout=timeout) as session:
        found = tuple(Client(session, token, number) for number, token in enumerate(ground.tokens))
        addresses = [one.address for one in ground.parleys]
        async with asyncio.TaskGroup() as group:
            for number, client in enumerate(found):
                group.create_task(client.prepare(addresses[number % len(addresses)]))
        yield found


Work = Mapping[str, tuple[Sequence[Operation], Pace]]


async def paced(
    ground: Ground, work: Work, *, counts: Sequence[int], rounds: int, seconds: float
) -> Table:
    """The same load for each process, on more and more of them, by turns.

    `work` names what clients do, as many clients as the largest count needs, and at which pace.
    """
    samples: dict[str, dict[int, list[Sample]]] = defaultdict(lambda: defaultdict(list))
    for number in range(rounds):
        for name, (operations, pace) in work.items():
            for count in counts if number % 2 == 0 else reversed(counts):
                doing = operations[: pace.clients * count]
                sample = await _sample(
                    ground, doing, count=count, seconds=seconds, every_seconds=pace.every_seconds
                )
                samples[name][count].append(sample)
    return {
        name: {count: Measured(tuple(found[count])) for count in counts}
        for name, found in samples.items()
    }


async def pressed(ground: Ground, work: Work, *, rounds: int, seconds: float) -> Table:
    """As much as one process can do, when all clients press."""
    samples: dict[str, list[Sample]] = defaultdict(list)
    for _ in range(rounds):
        for name, (operations, pace) in work.items():
            doing = operations[: pace.pressing]
            sample = await _sample(ground, doing, count=1, seconds=seconds, every_seconds=0)
            samples[name].append(sample)
    return {name: {1: Measured(tuple(found))} for name, found in samples.items()}


async def _sample(
    ground: Ground,
    operations: Sequence[Operation],
    *,
    count: int,
    seconds: float,
    every_seconds: float,
) -> Sample:
    addresses = [one.address for one in ground.parleys[:count]]
    before = await ground.read()
    done, took = await repeated(operations, addresses, seconds=seconds, every_seconds=every_seconds)
    await asyncio.sleep(_SETTLE_SECONDS)  # what is written behind an answer belongs to it
    return Sample(done / took, _costs(before, await ground.read(), done=done, count=count))


def _costs(before: Reading, after: Reading, *, done: int, count: int) -> Costs:
    parley = sum(after.parleys[:count]) - sum(before.parleys[:count])
    return Costs(
        parley=parley * 1000 / done,
        postgres=(after.postgres - before.postgres) * 1000 / done,
        redis=(after.redis - before.redis) * 1000 / done,
        clients=(after.clients - before.clients) * 1000 / done,
        commits=(after.commits - before.commits) / done,
        wal_bytes=(after.wal_bytes - before.wal_bytes) / done,
        redis_commands=(after.redis_commands - before.redis_commands) / done,
    )


async def idle(ground: Ground, found: Sequence[Client], *, seconds: float) -> Idle:
    """What nothing costs, and then many streams in which nothing happens."""
    kept = await ground.stream_bytes()
    rest = await _rates(ground, seconds=seconds)
    place = ground.parleys[0]
    memory, over, opening = place.memory_megabytes(), asyncio.Event(), asyncio.Semaphore(4)
    several = itertools.islice(itertools.cycle(found), _STREAMS_HELD)
    holding = [
        asyncio.create_task(one.hold(place.address, opening=opening, until=over)) for one in several
    ]
    await asyncio.sleep(_OPENING_SECONDS)
    more = (place.memory_megabytes() - memory) * 1000 / _STREAMS_HELD
    held = await _rates(ground, seconds=seconds * 3)
    over.set()
    await asyncio.gather(*holding)
    processes = len(ground.parleys)
    return Idle(
        parley=sum(rest[0]) / processes,
        postgres=rest[1] / processes,
        redis=rest[2] / processes,
        stream_cpu=(held[0][0] - rest[0][0]) / _STREAMS_HELD,
        stream_kilobytes=more,
        redis_kilobytes=kept / 1000,
    )


async def _rates(ground: Ground, *, seconds: float) -> tuple[list[float], float, float]:
    """Milliseconds of CPU a second: of each process, of PostgreSQL, of Redis."""
    before = await ground.read()
    await asyncio.sleep(seconds)
    after = await ground.read()
    per = 1000 / seconds
    return (
        [(b - a) * per for a, b in zip(before.parleys, after.parleys, strict=True)],
        (after.postgres - before.postgres) * per,
        (after.redis - before.redis) * per,
    )
