"""What must not depend on how much is there: forks, pages and sends, with 100,000 messages or few.

The kinds of conversations that are compared are asked in turns, call by call.
"""

import statistics
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from bench.budgets import Found
from bench.calls import Caller
from bench.outcome import Outcome, cell, table
from bench.places import Place, model_server, parley
from bench.rounds import Figure, figure, spread
from bench.sends import SEND
from bench.stored import storing
from db.database import Database

ROUNDS = 5
PAGES, SENDS, FORKS = 40, 12, 30
FEW, SHORT, LONG, DEPTH = 10, 20, 100_000, 10

_PAGE = """query ($id: ID!) {
  conversation(id: $id) {
    id name model createdAt updatedAt messageCount
    messages(last: 20) {
      edges { cursor node { id index role content status createdAt } }
      pageInfo { hasPreviousPage startCursor }
    }
  }
}"""
_BRANCH = """mutation ($id: ID!) {
  branchConversation(input: {conversationId: $id}) { conversation { id } }
}"""
_ROWS = " + ".join(
    f"(SELECT count(*) FROM {one})"  # noqa: S608  names of tables
    for one in ("conversations", "segments", "messages", "message_words", "runs", "monthly_usage")
)

Call = Callable[[], Awaitable[object]]


@dataclass(frozen=True, slots=True)
class Measured:
    """Milliseconds of the median call of each round, by kind; and rows that a fork wrote."""

    pages: Mapping[str, Figure]
    sends: Mapping[str, Figure]
    forks: Mapping[str, Figure]
    rows: Mapping[str, float]


@dataclass(slots=True)
class _Kind:
    """Conversations of one kind: what is read, and where sends go, one after the other."""

    name: str
    read: UUID
    written: list[UUID] = field(default_factory=list[UUID])

    def next(self) -> UUID:
        """Where the next send goes; into what is read when there is nothing else."""
        return self.written.pop() if self.written else self.read


async def measure(places: Sequence[Place]) -> Outcome:
    """On each place."""
    found: list[Found] = []
    rows: list[list[str]] = []
    for place in places:
        one = await _measured(place)
        few, many = one.forks.values()
        written = [one.rows[f"{count:,}"] for count in (FEW, LONG)]
        found += [
            Found("fork.time", place.name, many.over(few)),
            Found("fork.rows", place.name, figure([written[1] - written[0]])),
            Found("page.time", place.name, spread(list(one.pages.values()))),
            Found("write.time", place.name, spread(list(one.sends.values()))),
        ]
        for what, kinds in (("a page", one.pages), ("a send", one.sends), ("a fork", one.forks)):
            rows += [[what, place.name, kind, f"{cell(ms)} ms"] for kind, ms in kinds.items()]
        rows += [["a fork", place.name, kind, f"{n:.0f} rows"] for kind, n in one.rows.items()]
    text = (
        f"One call after the other, the kinds in turns; {ROUNDS} rounds of {PAGES} pages (the last "
        f"20 messages), {SENDS} sends and {FORKS} forks of each kind. A branch of depth {DEPTH} "
        "shows as many messages as its root; the last of them are of one branch on the way each."
    )
    head = ["what", "database", "messages", "takes"]
    return Outcome("Growth", tuple(found), (text, "", *table(head, rows)))


async def _measured(place: Place) -> Measured:
    url = await place.database("growth")
    sends = SENDS * (ROUNDS + 1)
    async with storing(url) as stored:
        [person] = await stored.people(1)
        few = await stored.conversation(person, messages=FEW)
        kinds: list[_Kind] = []
        for messages in (SHORT, LONG):
            root, leaves = await stored.family(
                person, messages=messages, depth=DEPTH, leaves=sends + 1
            )
            # A long conversation grows by sends without becoming another one; short ones do not.
            others = [
                await stored.conversation(person, messages=messages)
                for _ in range(sends if messages == SHORT else 0)
            ]
            kinds.append(_Kind(f"{messages:,}, depth 0", root, others))
            kinds.append(_Kind(f"{messages:,}, depth {DEPTH}", leaves[0], leaves[1:]))
        long = kinds[2].read
    database = await Database.open(url)
    try:
        async with (
            model_server() as model,
            parley(url, model=model.address) as server,
            Caller(server.address, person.token) as caller,
        ):
            forked = {f"{FEW:,}": few, f"{LONG:,}": long}
            return Measured(
                pages=await _rounds({one.name: _page(caller, one) for one in kinds}, calls=PAGES),
                forks=await _rounds(
                    {name: _fork(caller, id_) for name, id_ in forked.items()}, calls=FORKS
                ),
                rows={
                    name: await _rows_of(database, _fork(caller, id_))
                    for name, id_ in forked.items()
                },
                sends=await _rounds({one.name: _send(caller, one) for one in kinds}, calls=SENDS),
            )
    finally:
        await database.close()


async def _rounds(calls_by_kind: Mapping[str, Call], *, calls: int) -> dict[str, Figure]:
    """The first round is for warming up."""
    medians: dict[str, list[float]] = {kind: [] for kind in calls_by_kind}
    for number in range(-1, ROUNDS):
        seconds: dict[str, list[float]] = {kind: [] for kind in calls_by_kind}
        for turn in range(calls):
            kinds = list(calls_by_kind.items())
            # There and back, so that what happens at every tenth call, say, meets all alike.
            for kind, call in kinds if turn % 2 else reversed(kinds):
                begun = time.perf_counter()
                await call()
                seconds[kind].append(time.perf_counter() - begun)
        if number >= 0:
            for kind, some in seconds.items():
                medians[kind].append(statistics.median(some) * 1000)
    return {kind: figure(some) for kind, some in medians.items()}


async def _rows_of(database: Database, call: Call) -> float:
    """How many rows more there are after a call."""
    before = await _rows(database)
    await call()
    return await _rows(database) - before


async def _rows(database: Database) -> int:
    row = await database.row(f"SELECT {_ROWS} AS sum")
    return int(row["sum"]) if row else 0


def _page(caller: Caller, kind: _Kind) -> Call:
    return lambda: caller.data(_PAGE, id=_wire(kind.read))


def _fork(caller: Caller, id_: UUID) -> Call:
    return lambda: caller.data(_BRANCH, id=_wire(id_))


def _send(caller: Caller, kind: _Kind) -> Call:
    return lambda: caller.data(
        SEND, input={"conversationId": _wire(kind.next()), "content": "Hello", "maxTokens": 1}
    )


def _wire(id_: UUID) -> str:
    return f"conversation_{id_.hex}"
