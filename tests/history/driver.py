"""The driver: clients act at random on a deployment that is disturbed again and again.

The choices come from a seed. What they meet does not: two runs with one seed differ in timing.
"""

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass, field
from random import Random

import aiohttp
from aiohttp.test_utils import TestServer

from chat.accounts import NewUser
from chat.records import UserRole
from main import assembled
from resolvers.ids import Kind, encode
from settings import Settings
from tests.history.actions import OPERATIONS, words
from tests.history.client import Client, LostError
from tests.history.deployment import Deploy, Deployment
from tests.history.dump import Dump, open_runs, read_dump
from tests.history.known import Known
from tests.history.listener import Listener, Rest
from tests.history.log import Log
from tests.history.report import deeds
from tests.history.slow_model import slow_model

_USERS = 4
_CLIENTS_OF_EACH = 2
_STAYING_OF_EACH = 2
_REST_SECONDS = 90
_MOST_MORE_ROUNDS = 8
_REPEATED_AT_ONCE = 3


@dataclass(frozen=True, slots=True)
class History:
    """What clients saw, what is stored, and what the program itself complained about."""

    log: Log
    dump: Dump
    complaints: list[str]


async def make_history(
    deploy: Deploy,
    *,
    seed: int,
    disturbances: int,
    least: Mapping[str, int],
    round_seconds: float = 4,
) -> History:
    """Play; between disturbances lie about `round_seconds`. The database is at rest in the end.

    On a slow machine the clients go on for some more rounds until they have done each deed of
    `least` so often.
    """
    random = _random(seed)
    async with AsyncExitStack() as stack:
        server = await stack.enter_async_context(
            TestServer(slow_model(_random(random.random())).application())
        )
        deployed = await stack.enter_async_context(
            deploy(str(server.make_url("/v1")), _random(random.random()))
        )
        connector = aiohttp.TCPConnector(limit=0, force_close=True)
        session = await stack.enter_async_context(aiohttp.ClientSession(connector=connector))
        play = _Play(deployed, session, await _users(deployed.database_url), random)
        await deployed.start()
        async with asyncio.TaskGroup() as staying:
            play.let_stay(staying)
            await play.through(disturbances, round_seconds, least)
            await play.come_to_rest()
        await deployed.stop()
        dump = await read_dump(deployed.database_url)
        return History(play.log, dump, deployed.complaints())


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
    """Repeat what was left without an answer, until none is missing.

    A few at a time: all at once would be told that the database is busy, on a slow machine.
    """
    while client.known.unanswered:
        count = min(_REPEATED_AT_ONCE, len(client.known.unanswered))
        missing = [client.known.unanswered.popleft() for _ in range(count)]
        await asyncio.gather(*(client.take(attempt, repeated=True) for attempt in missing))


@dataclass
class _Play:
    """The clients at work; the last user is the one who deletes."""

    deployment: Deployment
    session: aiohttp.ClientSession
    users: Sequence[Known]
    random: Random
    log: Log = field(default_factory=Log)
    clients: int = 0
    over: bool = False
    rest: Rest = field(default_factory=Rest)

    def let_stay(self, group: asyncio.TaskGroup) -> None:
        """Let some listeners stay until everything is at rest."""
        for user in self.users:
            for _ in range(_STAYING_OF_EACH):
                group.create_task(self._stay(self._client(user)))

    async def through(
        self, disturbances: int, round_seconds: float, least: Mapping[str, int]
    ) -> None:
        """Let everyone act while things are taken away, and for some rounds after that."""
        async with asyncio.TaskGroup() as group:
            for user in self.users:
                for _ in range(_CLIENTS_OF_EACH):
                    group.create_task(self._act(self._client(user)))
                group.create_task(self._listen(self._client(user)))
            for _ in range(disturbances):
                await asyncio.sleep(self.random.uniform(0.6, 1.4) * round_seconds)
                self.log.add(await self.deployment.disturb())
            for _ in range(_MOST_MORE_ROUNDS):
                await asyncio.sleep(round_seconds)
                done = deeds(self.log)
                if all(done[name] >= count for name, count in least.items()):
                    break
            self.over = True

    def _client(self, user: Known) -> Client:
        self.clients += 1
        own = _random(self.random.random())
        return Client(self.clients, self.deployment.url, self.session, user, self.log, own)

    async def _act(self, client: Client) -> None:
        deletes = client.known is self.users[-1]
        operations = [one for one in OPERATIONS if deletes or not one.deletes]
        weights = [one.weight for one in operations]
        while not self.over:
            pause_seconds = client.random.uniform(0.02, 0.4)
            try:
                await client.random.choices(operations, weights)[0].act(client)
            except LostError:
                pause_seconds = client.random.uniform(0.5, 2)  # it may take a while to come back
            await asyncio.sleep(pause_seconds)

    async def _listen(self, client: Client) -> None:
        listener = Listener(client)
        while not self.over:
            conversation = client.known.any_conversation(client.random)
            if conversation is not None:
                await listener.listen(conversation, client.random.uniform(0.3, 3))
            await asyncio.sleep(client.random.uniform(0.02, 0.4))

    async def _stay(self, client: Client) -> None:
        listener = Listener(client)
        while not self.rest.come.is_set():
            conversation = client.known.any_conversation(client.random)
            if conversation is not None:
                await listener.stay(conversation, self.rest)
            await asyncio.sleep(client.random.uniform(0.02, 0.4))

    async def come_to_rest(self) -> None:
        """Get every answer that is still missing, wait for every run, and read everything.

        Before that something is said where somebody stays, for them to hear, when all is quiet but
        that. They are given the time for it.
        """
        async with asyncio.timeout(_REST_SECONDS), asyncio.TaskGroup() as group:
            for user in self.users:
                group.create_task(_get_answers(self._client(user)))
        await self._until_quiet()
        for user in self.users:
            client = self._client(user)
            for conversation in user.conversations:
                if self.rest.awaited[conversation]:
                    await client.take(words(client, conversation, "ENQUEUE", wait=False))
        await self._until_quiet()
        for user in self.users:
            client = self._client(user)
            for conversation in list(user.conversations):
                for message in (await client.read(conversation) or [])[-1:]:
                    self.rest.last[conversation] = message["index"]
        self.rest.come.set()

    async def _until_quiet(self) -> None:
        """Wait for every run; the checker tells what is still open after that."""
        with suppress(TimeoutError):
            async with asyncio.timeout(_REST_SECONDS):
                while await open_runs(self.deployment.database_url):  # noqa: ASYNC110  in another process
                    await asyncio.sleep(0.5)
