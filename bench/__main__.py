"""`make bench`: what Parley adds to a call of the model, and what reading and forking cost.

Prints ratios within one run, with the median and the spread of the rounds, and writes them to
bench/RESULTS.md. CPU is the server process's own, as the operating system counts it.
"""

import asyncio
import platform
import statistics
import tempfile
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

import aiohttp

from bench.processes import Server, started

ROUNDS = 5
CALLS = 60
SHORT, LONG = 10, 1000
_RESULTS = Path(__file__).with_name("RESULTS.md")

PAGE = """query ($id: ID!) {
  conversation(id: $id) {
    id name model createdAt updatedAt messageCount
    messages(first: 20) { nodes { id index role content status createdAt } pageInfo { endCursor } }
  }
}"""
SEND = """mutation ($input: SendMessageInput!) {
  sendMessage(input: $input) { conversation { id } reply { content } }
}"""
BRANCH = """mutation ($id: ID!) {
  branchConversation(input: {conversationId: $id, topic: "t"}) { conversation { id } }
}"""
Call = Callable[[], Awaitable[object]]


@dataclass(frozen=True)
class Figure:
    """One kind of call: milliseconds for each round, and CPU milliseconds for each call."""

    name: str
    rounds: tuple[float, ...]
    cpu: float

    @property
    def median(self) -> float:
        """The median round."""
        return statistics.median(self.rounds)


class Client:
    """Calls Parley and the model's server."""

    def __init__(self, parley: Server, model: Server, session: aiohttp.ClientSession) -> None:
        """Keep them."""
        self._parley = parley
        self._model = model
        self._session = session

    async def ask(self, query: str, **variables: object) -> dict[str, dict[str, object]]:
        """An operation; RuntimeError when it has errors."""
        async with self._session.post(
            f"{self._parley.address}/graphql",
            json={"query": query, "variables": variables},
            headers={"Authorization": f"Bearer {self._parley.token}"},
        ) as response:
            body: dict[str, dict[str, object]] = await response.json()
        if "errors" in body:
            raise RuntimeError(body["errors"])
        return body["data"]  # type: ignore[return-value]

    async def call_model(self) -> None:
        """What a send costs without Parley."""
        body = {"model": "stand-in", "messages": [{"role": "user", "content": "Hello"}]}
        async with self._session.post(
            f"{self._model.address}/chat/completions", json=body | {"stream": True}
        ) as response:
            await response.read()

    async def ping(self) -> None:
        """A request that does nothing."""
        async with self._session.get(f"{self._parley.address}/healthz") as response:
            await response.read()

    async def send(self, conversation: str | None = None) -> str:
        """A message and its reply; the conversation."""
        data = await self.ask(SEND, input={"conversationId": conversation, "content": "Hello"})
        sent: dict[str, dict[str, str]] = data["sendMessage"]  # type: ignore[assignment]
        return sent["conversation"]["id"]

    async def conversation_of(self, messages: int) -> str:
        """A conversation with so many messages."""
        conversation = await self.send()
        for _ in range(messages // 2 - 1):
            await self.send(conversation)
        return conversation

    async def measure(self, name: str, call: Call) -> Figure:
        """The call, again and again."""
        await call()
        rounds: list[float] = []
        cpu = self._parley.cpu_seconds()
        for _ in range(ROUNDS):
            begun = time.perf_counter()
            for _ in range(CALLS):
                await call()
            rounds.append((time.perf_counter() - begun) / CALLS * 1000)
        used = (self._parley.cpu_seconds() - cpu) / (ROUNDS * CALLS) * 1000
        return Figure(name, tuple(rounds), used)


async def figures(client: Client) -> dict[str, Figure]:
    """Everything that is measured."""
    short = await client.conversation_of(SHORT)
    long = await client.conversation_of(LONG)
    calls: dict[str, Call] = {
        "a request that does nothing": client.ping,
        "the model called directly": client.call_model,
        "a send that waits": client.send,
        "a page of 20 messages": lambda: client.ask(PAGE, id=short),
        f"the same of {LONG:,} messages": lambda: client.ask(PAGE, id=long),
        f"a fork of {SHORT} messages": lambda: client.ask(BRANCH, id=short),
        f"a fork of {LONG:,} messages": lambda: client.ask(BRANCH, id=long),
    }
    return {name: await client.measure(name, call) for name, call in calls.items()}


def report(found: dict[str, Figure], parley: Server) -> str:
    """The table."""
    base = found["the model called directly"].median
    how = (
        f"Python {platform.python_version()} on {platform.system()} {platform.machine()}; SQLite; "
        f"one client, one call after the other; {ROUNDS} rounds of {CALLS} calls. The last column "
        "is the median against that of calling the model directly, in this run."
    )
    lines = [
        "# Results of `make bench`",
        "",
        how,
        "",
        "| call | median ms | spread ms | CPU ms | ratio |",
        "| --- | --- | --- | --- | --- |",
    ]
    for figure in found.values():
        spread = f"{min(figure.rounds):.2f}–{max(figure.rounds):.2f}"
        ratio = figure.median / base
        lines.append(
            f"| {figure.name} | {figure.median:.2f} | {spread} | {figure.cpu:.2f} | {ratio:.2f} |"
        )
    fork = found[f"a fork of {LONG:,} messages"].median
    short_fork = found[f"a fork of {SHORT} messages"].median
    page = found[f"the same of {LONG:,} messages"].median
    short_page = found["a page of 20 messages"].median
    start, memory = parley.seconds_to_ready, parley.memory_megabytes()
    lines += [
        "",
        f"- Forking {LONG:,} messages against {SHORT}: {fork / short_fork:.2f} times.",
        f"- A page of {LONG:,} messages against one of {SHORT}: {page / short_page:.2f} times.",
        f"- From start to ready: {start:.2f} s. Memory at the end: {memory:.0f} MB.",
        "",
    ]
    return "\n".join(lines)


async def main() -> None:
    """Start both servers, measure, print and write."""
    with tempfile.TemporaryDirectory() as folder:
        async with started("adapters.stand_in", "--port", "0", "--delay-ms", "0") as model:
            environment = {
                "DATABASE_URL": f"sqlite://{folder}/bench.sqlite3",
                "OPENAI_BASE_URL": model.address,
                "PARLEY_PORT": "0",
                "PARLEY_RATE_LIMIT": "off",
                "PARLEY_SEND_RATE_LIMIT": "off",
            }
            async with (
                started("command_line", "serve", "--sign-in-link", **environment) as parley,
                aiohttp.ClientSession() as session,
            ):
                text = report(await figures(Client(parley, model, session)), parley)
    print(text)
    _RESULTS.write_text(text, encoding="utf-8")


asyncio.run(main())
