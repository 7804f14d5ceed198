"""The driver: clients act at random on a served program that is killed again and again.

The choices come from a seed. What they meet does not: two runs with one seed differ in timing.
"""

import asyncio
import time
from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

import aiohttp
from aiohttp.test_utils import TestServer

from chat.accounts import NewUser
from chat.records import UserRole
from main import assembled
from resolvers.ids import Kind, encode
from settings import Settings
from tests.history.actions import OPERATIONS
from tests.history.client import Client, LostError
from tests.history.dump import Dump, open_runs, read_dump
from tests.history.known import Known
from tests.history.listener import Listener
from tests.history.log import Killed, Log
from tests.history.report import deeds
from tests.history.served_program import ServedProgram
from tests.history.slow_model import slow_model

_USERS = 4
_CLIENTS_OF_EACH = 2
_REST_SECONDS = 90
_MOST_MORE_ROUNDS = 8


@dataclass(frozen=True, slots=True)
class History:
    """What clients saw, what is stored, and what the program itself complained about."""

    log: Log
    dump: Dump
    complaints: list[str]


async def make_history(
    database_url: str,
    folder: Path,
    *,
    seed: int,
    kills: int,
    least: Mapping[str, int],
    round_seconds: float = 4,
) -> History:
    """Play; between kills lie about `round_seconds`. The database is at rest in the end.

    On a slow machine the clients go on for some more rounds until they have done each deed of
    `least` so often.
    """
    random = _random(seed)
    async with AsyncExitStack() as stack:
        server = await stack.enter_async_context(
            TestServer(slow_model(_random(random.random())).application())
        )
        program = ServedProgram(
            database_url=database_url,
            model_url=str(server.make_url("/v1")),
            log_file=folder / "parley.log",
        )
        stack.push_async_callback(program.stop)
        connector = aiohttp.TCPConnector(limit=0)
        session = await stack.enter_async_context(aiohttp.ClientSession(connector=connector))
        play = _Play(program, session, await _users(database_url), random)
        await program.start()
        await play.through(kills, round_seconds, least)
        await play.come_to_rest(database_url)
        await program.stop()
    return History(play.log, await read_dump(database_url), program.complaints())


def _random(seed: float) -> Random:
    return Random(seed)  # noqa: S311  chance is wanted, not secrecy


async def _users(database_url: str) -> list[Known]:
    """Users with a token each, put in before anything is served."""
    users: list[Known] = []
    async with assembled(Settings.model_validate({"database_url": database_url})) as application:
        for number in range(_USERS):
            new = NewUser(
                name=f"User {number}",
                email=f"user{number}@example.org",
                role=UserRole.MEMBER,
                token_limit=None,
            )
            user = await application.accounts.add_user(new)
            _, secret = await application.accounts.create_token(user.id, "history")
            users.append(Known(encode(Kind.USER, user.id), secret))
    return users


async def _get_answers(client: Client) -> None:
    """Repeat what was left without an answer, until none is missing."""
    while client.known.unanswered:
        missing = list(client.known.unanswered)
        client.known.unanswered.clear()
        await asyncio.gather(*(client.take(attempt, repeated=True) for attempt in missing))


@dataclass
class _Play:
    """The clients at work; the last user is the one who deletes."""

    program: ServedProgram
    session: aiohttp.ClientSession
    users: Sequence[Known]
    random: Random
    log: Log = field(default_factory=Log)
    clients: int = 0
    over: bool = False

    async def through(self, kills: int, round_seconds: float, least: Mapping[str, int]) -> None:
        """Let everyone act while the program is killed, and for some rounds after that."""
        async with asyncio.TaskGroup() as group:
            for user in self.users:
                for _ in range(_CLIENTS_OF_EACH):
                    group.create_task(self._act(self._client(user)))
                group.create_task(self._listen(self._client(user)))
            for _ in range(kills):
                await asyncio.sleep(self.random.uniform(0.6, 1.4) * round_seconds)
                await self._kill()
            for _ in range(_MOST_MORE_ROUNDS):
                await asyncio.sleep(round_seconds)
                done = deeds(self.log)
                if all(done[name] >= count for name, count in least.items()):
                    break
            self.over = True

    async def _kill(self) -> None:
        at = time.time()
        await self.program.kill()
        await self.program.start()
        self.log.add(Killed(at=at, back_at=time.time()))

    def _client(self, user: Known) -> Client:
        self.clients += 1
        own = _random(self.random.random())
        return Client(self.clients, self.program.url, self.session, user, self.log, own)

    async def _act(self, client: Client) -> None:
        deletes = client.known is self.users[-1]
        operations = [one for one in OPERATIONS if deletes or not one.deletes]
        weights = [one.weight for one in operations]
        while not self.over:
            with suppress(LostError):
                await client.random.choices(operations, weights)[0].act(client)
            await asyncio.sleep(client.random.uniform(0.02, 0.4))

    async def _listen(self, client: Client) -> None:
        listener = Listener(client)
        while not self.over:
            conversation = client.known.any_conversation(client.random)
            if conversation is not None:
                await listener.listen(conversation, client.random.uniform(0.3, 3))
            await asyncio.sleep(0.05)

    async def come_to_rest(self, database_url: str) -> None:
        """Get every answer that is still missing, wait for every run, and read everything."""
        async with asyncio.timeout(_REST_SECONDS), asyncio.TaskGroup() as group:
            for user in self.users:
                group.create_task(_get_answers(self._client(user)))
        with suppress(TimeoutError):  # the checker tells what is still open
            async with asyncio.timeout(_REST_SECONDS):
                while await open_runs(database_url):  # noqa: ASYNC110  in another process
                    await asyncio.sleep(0.5)
        for user in self.users:
            client = self._client(user)
            for conversation in user.conversations:
                await client.read(conversation)
