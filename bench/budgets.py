"""What Parley must reach, and what comes then: the budgets as data.

PostGraphile 5.1.5 and Mercurius 16.10 (with its JIT) were measured once beside the floor, on one
machine in one run; what is asked for against the floor's rate is their share of it there.
PostGraphile is measured in the same run too, and is a larger share of the floor here.
"""

from dataclasses import dataclass

from bench.rounds import Figure


@dataclass(frozen=True, slots=True)
class Bound:
    """A value that is not to be passed."""

    value: float
    least: bool = False

    def holds(self, value: float) -> bool:
        """Whether a value keeps to it."""
        return value >= self.value if self.least else value <= self.value

    def __str__(self) -> str:
        """As it stands in the table."""
        return f"{'≥' if self.least else '≤'} {self.value:,g}"


def most(value: float) -> Bound:
    """At most so much."""
    return Bound(value)


def least(value: float) -> Bound:
    """At least so much."""
    return Bound(value, least=True)


@dataclass(frozen=True, slots=True)
class Budget:
    """A line of the table. `unit` is written behind every value."""

    key: str
    what: str
    unit: str
    must: Bound
    then: Bound | None = None


@dataclass(frozen=True, slots=True)
class Found:
    """What was measured for a line, and where."""

    key: str
    place: str
    figure: Figure


# Requests a second: (PostGraphile, Mercurius with its JIT, the floor), in one run.
_Q1 = (794, 1762, 2215)
_Q2 = (825, 911, 1607)
_AHEAD = 1.3
# Bytes for each of 200,000 messages, 4 MB in all: what an allocator moves by itself.
_FLAT = 20


def _ahead(rates: tuple[int, int, int]) -> Bound:
    return least(round(_AHEAD * rates[0] / rates[2], 3))


def _level(rates: tuple[int, int, int]) -> Bound:
    return least(round(rates[1] / rates[2], 3))


BUDGETS = (
    Budget("q1.ahead", "Q1, its rate against PostGraphile's", "times", least(_AHEAD)),
    Budget("q1.rate", "Q1, its rate against the floor's", "times", _ahead(_Q1), _level(_Q1)),
    Budget("q1.cpu", "Q1, its CPU against the floor's", "times", most(1.7), most(1.3)),
    Budget("q2.ahead", "Q2, its rate against PostGraphile's", "times", least(_AHEAD)),
    Budget("q2.rate", "Q2, its rate against the floor's", "times", _ahead(_Q2), _level(_Q2)),
    Budget("q2.cpu", "Q2, its CPU against the floor's", "times", most(1.7), most(1.3)),
    Budget("plan.cpu", "Q1, CPU of graphql-core against a plan's", "times", least(5), least(8)),
    Budget("send.added", "a send that waits, more than the model alone", "ms", most(3), most(2)),
    Budget("send.cpu", "its CPU", "ms", most(2.5), most(1.5)),
    Budget("stream.cpu", "streamed in 50 pieces to a subscriber, CPU", "ms", most(5), most(3.5)),
    Budget("paced.cpu", "the same, the pieces 1 ms apart", "ms", most(5), most(3.5)),
    Budget("first.added", "first text, later than from the model", "ms", most(4), most(2)),
    Budget("fan.rate", "1,000 subscribers, messages a second", "", least(20_000), least(30_000)),
    Budget("fan.kilobytes", "memory of a subscription", "KB", most(40)),
    Budget("fan.growth", "growth of memory with each message, flat", "bytes", most(_FLAT)),
    Budget("sockets.seconds", "5,000 subscriptions, until all are open", "s", most(10)),
    Budget("sockets.megabytes", "their process", "MB", most(250)),
    Budget("fork.time", "a fork of 100,000 messages against 10", "times", most(1.2)),
    Budget("fork.rows", "rows that it writes more", "", most(0)),
    Budget("page.time", "a page: 20 or 100,000 messages, depth 0 or 10", "times", most(1.3)),
    Budget("write.time", "a send there", "times", most(1.3)),
    Budget("start.seconds", "from start to ready", "s", most(2), most(1)),
)
