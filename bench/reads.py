"""Reads: Parley against the floor and PostGraphile, with 16 connections that press.

Q1 is a page of messages: a conversation by its id, and its first 20 messages as a Relay connection.
Q2 is the list of conversations: the viewer's 20 newest, with the last message of each.
"""

from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from uuid import UUID

from bench.budgets import Found
from bench.calls import post
from bench.load import answer_to, pressed
from bench.others import postgraphile
from bench.outcome import Outcome, cell, table
from bench.places import Place, model_server, parley
from bench.processes import Server, started_in_silence
from bench.rounds import Figure, figure
from bench.stored import Person, storing

ROUNDS = 5
# PostGraphile goes on growing quicker in its first rounds.
_WARM_ROUNDS = 4
SECONDS = 1.5
_CONNECTIONS = 16
_CONVERSATIONS_EACH = 62
_MESSAGES = 100
_ASKED_EACH = 20
# Both answers are longer; those with errors are shorter.
_LEAST_BYTES = 10_000

_MESSAGE = "id index role content status createdAt"
_CONVERSATION = "id name model createdAt updatedAt messageCount"
_INFO = "pageInfo { hasNextPage endCursor }"
Q1 = f"""query ($id: ID!) {{
  conversation(id: $id) {{
    {_CONVERSATION}
    messages(first: 20) {{ edges {{ cursor node {{ {_MESSAGE} }} }} {_INFO} }}
  }}
}}"""
Q2 = f"""{{
  conversations(first: 20) {{
    edges {{ cursor node {{ {_CONVERSATION} lastMessage {{ {_MESSAGE} }} }} }} {_INFO}
  }}
}}"""
_NAMES = {"q1": "Q1, a page of messages", "q2": "Q2, the list of conversations"}


@dataclass(frozen=True, slots=True)
class Contender:
    """A server, and what to ask it: a sequence of requests for each connection, by query."""

    name: str
    server: Server
    requests: dict[str, list[list[bytes]]]
    rates: dict[str, list[float]] = field(default_factory=lambda: {"q1": [], "q2": []})
    cpu: dict[str, list[float]] = field(default_factory=lambda: {"q1": [], "q2": []})

    async def round(self, query: str, *, seconds: float, counts: bool) -> None:
        """Press once."""
        before = self.server.cpu_seconds()
        done = await pressed(
            self.server.address,
            self.requests[query],
            seconds=seconds,
            least_bytes=_LEAST_BYTES,
        )
        if counts:
            used = self.server.cpu_seconds() - before
            self.rates[query].append(done.per_second)
            self.cpu[query].append(used * 1000 / done.answers)


async def measure(places: Sequence[Place]) -> Outcome:
    """Both queries, on each place."""
    found: list[Found] = []
    rows: list[list[str]] = []
    for place in places:
        async with _contenders(place) as contenders:
            await _rounds(contenders)
            for query in _NAMES:
                found += _found(place, query, contenders)
                rows += [_row(place, query, one, contenders[1]) for one in contenders]
    text = (
        f"{_CONNECTIONS} connections that are kept, {_CONNECTIONS} users, "
        f"{_CONNECTIONS * _CONVERSATIONS_EACH * _MESSAGES:,} messages; {ROUNDS} rounds of "
        f"{SECONDS:g} s, in turns. The floor gives the same answers without GraphQL, without "
        "asking who calls, and without limits. PostGraphile 5.1.5 gives the same rows, "
        "on Node 24 in its mode for production; it asks nobody either, and is told the user by a "
        "variable. Mercurius is not here: what comes then is its share of the floor's rate where "
        "they were measured together."
    )
    head = ["query", "database", "server", "requests/s", "CPU ms", "CPU, times the floor's", "MB"]
    return Outcome("Reads", tuple(found), (text, "", *table(head, rows)))


@asynccontextmanager
async def _contenders(place: Place) -> AsyncIterator[Sequence[Contender]]:
    """Parley, the floor and, on PostgreSQL, PostGraphile, on one database that is full."""
    url = await place.database("reads")
    async with storing(url) as stored:
        people = await stored.people(_CONNECTIONS)
        owned: dict[UUID, list[UUID]] = {}
        for one in people:
            owned[one.id] = [
                await stored.conversation(one, messages=_MESSAGES)
                for _ in range(_CONVERSATIONS_EACH)
            ]
    await place.analyze(url)
    async with AsyncExitStack() as stack:
        model = await stack.enter_async_context(model_server())
        server = await stack.enter_async_context(parley(url, model=model.address))
        floor = await stack.enter_async_context(started_in_silence("bench.floor", url))
        contenders = [
            Contender("Parley", server, _requests(people, owned, floor=False)),
            Contender("the floor", floor, _requests(people, owned, floor=True)),
        ]
        if place.is_postgres:
            other = await stack.enter_async_context(postgraphile.started(url))
            asked = {one.id: owned[one.id][:_ASKED_EACH] for one in people}
            contenders.append(Contender("PostGraphile", other, postgraphile.requests(asked)))
        yield contenders


async def _rounds(contenders: Sequence[Contender]) -> None:
    """The first rounds are for warming up."""
    for query in _NAMES:
        await _check_same(query, contenders)
    for number in range(-_WARM_ROUNDS, ROUNDS):
        for query in _NAMES:
            for one in contenders:
                await one.round(query, seconds=SECONDS, counts=number >= 0)


def _requests(
    people: Sequence[Person], owned: dict[UUID, list[UUID]], *, floor: bool
) -> dict[str, list[list[bytes]]]:
    """What each connection asks: it is one user's, who looks at several conversations."""
    pages: list[list[bytes]] = []
    lists: list[list[bytes]] = []
    for one in people:
        page, list_ = (f"/page/{one.id.hex}", f"/list/{one.id.hex}") if floor else ("/graphql",) * 2
        bodies = [
            {"query": Q1, "variables": {"id": f"conversation_{id_.hex}"}}
            for id_ in owned[one.id][:_ASKED_EACH]
        ]
        pages.append([post(page, body, token=one.token) for body in bodies])
        lists.append([post(list_, {"query": Q2}, token=one.token)])
    return {"q1": pages, "q2": lists}


async def _check_same(query: str, contenders: Sequence[Contender]) -> None:
    """The floor answers as Parley does, or it would be no floor; others give the same rows."""
    own, floor, *others = [
        await answer_to(one.server.address, one.requests[query][0][0]) for one in contenders
    ]
    rows = postgraphile.rows_of_parley(own)
    if own != floor or any(postgraphile.rows_of_postgraphile(answer) != rows for answer in others):
        msg = f"The answers differ: {(own, floor, *others)}"
        raise RuntimeError(msg)


def _found(place: Place, query: str, contenders: Sequence[Contender]) -> Iterator[Found]:
    own, floor, *others = contenders
    rate = figure(own.rates[query])
    for one in others:
        yield Found(f"{query}.ahead", place.name, rate.over(figure(one.rates[query])))
    yield Found(f"{query}.rate", place.name, rate.over(figure(floor.rates[query])))
    yield Found(f"{query}.cpu", place.name, _cpu(query, own).over(_cpu(query, floor)))


def _cpu(query: str, one: Contender) -> Figure:
    return figure(one.cpu[query])


def _row(place: Place, query: str, one: Contender, floor: Contender) -> list[str]:
    rate, cpu = figure(one.rates[query]), figure(one.cpu[query])
    return [
        _NAMES[query],
        place.name,
        one.name,
        cell(rate),
        cell(cpu),
        f"{cpu.over(_cpu(query, floor)).median:.2f}",
        f"{one.server.memory_megabytes():.0f}",
    ]
