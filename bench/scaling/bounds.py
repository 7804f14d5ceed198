"""Where growth ends next: arithmetic on measured costs. No measuring, no I/O.

Processes do not talk to one another, so what they cost adds up. What they share is PostgreSQL,
Redis and the number of connections.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass

# Above it, waiting grows quickly; so nothing is planned to be busier.
BUSY = 0.7


@dataclass(frozen=True, slots=True)
class TurnCosts:
    """What one turn takes of each part: milliseconds of CPU, statements' commits, bytes of WAL."""

    parley: float
    postgres: float
    redis: float
    commits: float
    wal_bytes: float


@dataclass(frozen=True, slots=True)
class Need:
    """What so many turns a second take."""

    turns_per_second: float
    processes: int
    postgres_cores: float
    redis_share: float
    commits_per_second: float
    wal_megabytes_per_second: float
    connections: int


def turn(costs: Mapping[str, TurnCosts], mix: Mapping[str, float]) -> TurnCosts:
    """What a turn takes that is made of so much of each kind of work."""
    parts = [(costs[name], times) for name, times in mix.items()]
    return TurnCosts(
        parley=sum(one.parley * times for one, times in parts),
        postgres=sum(one.postgres * times for one, times in parts),
        redis=sum(one.redis * times for one, times in parts),
        commits=sum(one.commits * times for one, times in parts),
        wal_bytes=sum(one.wal_bytes * times for one, times in parts),
    )


def need(cost: TurnCosts, *, turns_per_second: float, connections_each: int) -> Need:
    """Processes by whole numbers, each busy for BUSY of its core at the most."""
    processes = max(1, math.ceil(turns_per_second * cost.parley / 1000 / BUSY))
    return Need(
        turns_per_second=turns_per_second,
        processes=processes,
        postgres_cores=turns_per_second * cost.postgres / 1000 / BUSY,
        redis_share=turns_per_second * cost.redis / 1000,
        commits_per_second=turns_per_second * cost.commits,
        wal_megabytes_per_second=turns_per_second * cost.wal_bytes / 1e6,
        connections=processes * connections_each,
    )


@dataclass(frozen=True, slots=True)
class Bound:
    """A part that is full, and how many turns a second that is."""

    name: str
    turns_per_second: float


def bounds(
    cost: TurnCosts, *, postgres_cores: int, max_connections: int, connections_each: int
) -> list[Bound]:
    """Where the parts are full that cannot be had in any number, the nearest first."""
    processes = max_connections // connections_each
    found = [
        Bound(f"PostgreSQL, {postgres_cores} cores", postgres_cores * BUSY * 1000 / cost.postgres),
        Bound("Redis, one core", BUSY * 1000 / cost.redis),
        Bound(
            f"{max_connections} connections, {connections_each} for each of {processes} processes",
            processes * BUSY * 1000 / cost.parley,
        ),
    ]
    return sorted(found, key=lambda one: one.turns_per_second)
