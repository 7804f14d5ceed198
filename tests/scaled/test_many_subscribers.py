"""A thousand subscribers of one reply, spread over two processes, each of whom gets all of it."""

import asyncio
import resource
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import AsyncExitStack
from pathlib import Path

import aiohttp
import pytest

from main import sign_in_local_admin
from settings import Settings
from tests.faults.process import ADMIN
from tests.scaled.forks import Forks
from tests.scaled.logs import FileLog
from tests.scaled.screen import Screen
from tests.scripted_model import ScriptedModel, say_from
from tests.served import Client

SUBSCRIBERS = 1000
PIECES = [f"piece {number} 🎉 " for number in range(30)]
# How many connect at once: a server waits for a request for some seconds only.
CONNECTING = 50
FILES = 4096


@pytest.fixture
def many_files() -> Iterator[None]:
    """Let this process have a socket for each subscriber."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, min(FILES, hard)), hard))
    yield
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


@pytest.fixture
async def ports(
    database_url: str, redis_url: str, model: ScriptedModel, forks: Forks, tmp_path: Path
) -> AsyncIterator[list[int]]:
    """Where two processes listen that take as many sockets of one user."""
    settings = {
        "database_url": database_url,
        "redis_url": redis_url,
        "openai_base_url": model.url,
        "grace_seconds": 0,
        "sockets_per_user": SUBSCRIBERS,
    }
    logs = [tmp_path / "one.log", tmp_path / "two.log"]
    async with forks.parleys(settings, limits=None, logs=logs) as found:
        yield found
    assert not [line for log in logs for line in FileLog(log).errors()]


@pytest.mark.usefixtures("many_files")
async def test_a_thousand_subscribers_of_two_processes_get_all_of_a_reply_once_and_in_order(
    database_url: str, ports: list[int], model: ScriptedModel
) -> None:
    pieces = asyncio.Queue[str | None]()
    model.next(say_from(pieces))
    urls = [f"http://127.0.0.1:{port}" for port in ports]
    async with AsyncExitStack() as stack:
        connector = aiohttp.TCPConnector(limit=0)
        session = await stack.enter_async_context(aiohttp.ClientSession(connector=connector))
        admin = await sign_in_local_admin(Settings.model_validate({"database_url": database_url}))
        alice = Client(urls[0], session, admin, ADMIN)
        conversation = (await alice.send(None, "Go on", wait=False))["conversation"]["id"]
        screens = [Screen(session, url, admin) for url in urls * (SUBSCRIBERS // len(urls))]
        following: list[asyncio.Task[None]] = []
        for at in range(0, SUBSCRIBERS, CONNECTING):
            for screen in screens[at : at + CONNECTING]:
                task = await stack.enter_async_context(screen.following(conversation))
                following.append(task)
            await until_shown(0, screens[at:], following[at:])
        for number, piece in enumerate(PIECES, 1):
            pieces.put_nowait(piece)
            for screen in screens[: len(urls)]:
                await screen.until_told(deltas=number)
        pieces.put_nowait(None)
        await until_shown(1, screens, following)
        _, reply = await alice.messages(conversation)
    assert (reply["content"], reply["status"]) == ("".join(PIECES), "COMPLETE")
    # What a piece is, is Parley's to say: those that wait for a reader are joined.
    assert all(0 < screen.deltas <= len(PIECES) for screen in screens)
    assert all(screen.finished[1]["content"] == reply["content"] for screen in screens)
    assert not any(screen.closed for screen in screens)


async def until_shown(
    index: int, screens: Sequence[Screen], following: Sequence[asyncio.Task[None]]
) -> None:
    """Wait until those who follow have seen all messages up to this one."""
    waits = (
        screen.until_shown(index, unless=task)
        for screen, task in zip(screens, following, strict=False)
    )
    await asyncio.gather(*waits)
