"""How one process uses PostgreSQL: how many connections it has, and how long it waits."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class PostgresOptions:
    """The size of the pool, and times in seconds.

    `acquire_seconds` is for a connection of the pool, `connect_seconds` for one to the server. A
    statement that takes longer than `statement_seconds` is ended by the server. So is a transaction
    that does nothing for `idle_transaction_seconds`: its process stands still, and its row locks
    would stop others.
    """

    min_connections: int = 1
    max_connections: int = 10
    acquire_seconds: float = 2.0
    connect_seconds: float = 5.0
    statement_seconds: float = 30.0
    idle_transaction_seconds: float = 15.0
