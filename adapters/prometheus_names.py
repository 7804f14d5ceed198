"""The metrics that Prometheus is shown: their names, labels and buckets.

docs/operations/metrics.md describes each of them; a test compares the two. `livesum`, `livemin` and
the like say what is made of the values of several processes that are measured together.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Literal

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from chat.metrics import Count, Held, Level

_OPERATION_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300)
_RUN_SECONDS = (0.25, 0.5, 1, 2.5, 5, 10, 20, 30, 60, 120, 300)
_FIRST_TEXT_SECONDS = (0.1, 0.25, 0.5, 1, 2, 3, 5, 10, 20, 30, 60)

Together = Literal["livesum", "livemin", "livemax", "livemostrecent"]

_HELD: Mapping[Held, tuple[str, str]] = MappingProxyType(
    {
        Held.SOCKETS: ("open_sockets", "Websockets that are open."),
        Held.STREAMS: ("open_streams", "Streams over HTTP: server-sent events and multipart."),
        Held.SUBSCRIPTIONS: ("open_subscriptions", "Subscriptions that go on, however they came."),
    }
)
_COUNTS: Mapping[Count, tuple[str, str]] = MappingProxyType(
    {
        Count.EVENTS_PUBLISHED: ("events_published", "Events that the bus took."),
        Count.EVENTS_LOST: ("events_lost", "Events that the bus did not take."),
        Count.READERS_CUT: ("readers_cut", "Subscriptions that were cut: their reader is slow."),
        Count.TRANSACTIONS_RETRIED: (
            "transactions_retried",
            "Transactions that were run again, since another one came between.",
        ),
        Count.CONNECTIONS_NOT_HAD: (
            "database_acquire_failures",
            "Times that no connection to PostgreSQL came free in time.",
        ),
        Count.OPERATIONS_WITHOUT_PLAN: (
            "operations_without_plan",
            "Operations that were run by graphql-core, since they have no plan.",
        ),
    }
)
_LEVELS: Mapping[Level, tuple[str, str, Together]] = MappingProxyType(
    {
        Level.READY: ("ready", "1 while requests may be sent here.", "livemin"),
        Level.RUNS_IN_PROGRESS: ("runs_in_progress", "Runs that are driven here.", "livesum"),
        Level.CIRCUIT_OPEN: (
            "model_circuit_open",
            "1 while the model's server is left alone, since it kept failing.",
            "livemax",
        ),
        Level.BUS_LAG_SECONDS: (
            "bus_lag_seconds",
            "How old the last event of another process was when it came.",
            "livemax",
        ),
        Level.REDIS_CONNECTED: ("redis_connected", "1 while Redis is there.", "livemin"),
        Level.CONNECTIONS_OPEN: (
            "database_connections",
            "Connections to PostgreSQL that are open.",
            "livesum",
        ),
        Level.CONNECTIONS_IN_USE: (
            "database_connections_in_use",
            "Those of them that somebody uses.",
            "livesum",
        ),
        Level.CONNECTIONS_MOST: (
            "database_connections_max",
            "The most that there may be.",
            "livesum",
        ),
        Level.CONNECTIONS_AWAITED: (
            "database_waiting",
            "Requests that wait for a connection.",
            "livesum",
        ),
    }
)


class Collection:
    """Every metric of one application, in a registry of its own.

    What not every deployment has (Redis, a pool) is made when it is first told of, since it would
    be shown as 0.
    """

    def __init__(self, registry: CollectorRegistry) -> None:
        """Nothing has been measured."""
        self._registry = registry
        self._levels: dict[Level, Gauge] = {}
        self.build = self._gauge("build_info", "The version.", "livemax", "version", "python")
        self.start = self._gauge(
            "process_start_time_seconds", "When the process started, as a Unix time.", "livemin"
        )
        self.held = {what: self._gauge(*named, "livesum") for what, named in _HELD.items()}
        self.counts = {what: self._counter(*named) for what, named in _COUNTS.items()}
        self._make_operations()
        self._make_runs()
        self._make_model()

    def level(self, what: Level) -> Gauge:
        """The gauge of a level."""
        if what not in self._levels:
            self._levels[what] = self._gauge(*_LEVELS[what])
        return self._levels[what]

    def _make_operations(self) -> None:
        self.operations = self._counter(
            "operations", "Operations that ended.", "transport", "kind", "code"
        )
        self.operation_seconds = self._histogram(
            "operation_seconds",
            "How long queries and mutations took, with the waiting for replies.",
            _OPERATION_SECONDS,
            "transport",
            "kind",
        )
        self.rate_limited = self._counter(
            "rate_limited", "Operations and sends that came too often, and were refused.", "kind"
        )

    def _make_runs(self) -> None:
        self.runs_open = self._gauge(
            "runs_open", "Runs in the database that are not final.", "livemostrecent", "status"
        )
        self.runs_oldest = self._gauge(
            "runs_oldest_seconds",
            "How long ago the oldest of them was accepted.",
            "livemostrecent",
            "status",
        )
        self.runs_ended = self._counter("runs_ended", "Runs that were settled.", "status", "code")
        self.run_seconds = self._histogram(
            "run_seconds", "From the acceptance of runs to their end.", _RUN_SECONDS, "status"
        )
        self.run_first_text = self._histogram(
            "run_first_token_seconds",
            "From the acceptance of runs to the first text of their reply.",
            _FIRST_TEXT_SECONDS,
        )
        self.tokens = self._counter("tokens", "Tokens that were booked.", "model", "kind", "source")

    def _make_model(self) -> None:
        self.model_calls = self._counter(
            "model_calls", "Calls of the model, each with all its tries.", "model", "code"
        )
        self.model_seconds = self._histogram(
            "model_call_seconds", "How long they took.", _RUN_SECONDS, "model"
        )
        self.model_first_text = self._histogram(
            "model_first_token_seconds", "Until their first text.", _FIRST_TEXT_SECONDS, "model"
        )
        self.model_retries = self._counter(
            "model_retries", "Requests to the model that were sent again.", "code"
        )

    def _counter(self, name: str, text: str, *labels: str) -> Counter:
        return Counter(f"parley_{name}", text, labels, registry=self._registry)

    def _gauge(self, name: str, text: str, together: Together, *labels: str) -> Gauge:
        return Gauge(
            f"parley_{name}", text, labels, registry=self._registry, multiprocess_mode=together
        )

    def _histogram(
        self, name: str, text: str, buckets: tuple[float, ...], *labels: str
    ) -> Histogram:
        return Histogram(f"parley_{name}", text, labels, registry=self._registry, buckets=buckets)
