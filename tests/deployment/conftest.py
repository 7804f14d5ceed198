"""Parleys behind nginx, and a client that asks through it."""

from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import aiohttp
import pytest

from main import assembled
from settings import Settings
from tests.deployment.nginx import Nginx, nginx
from tests.scaled.forks import Forks
from tests.scripted_model import ScriptedModel
from tests.served import Client, Served


@dataclass(frozen=True)
class Behind:
    """`client` is one user of the Parleys behind `nginx`."""

    nginx: Nginx
    client: Client


@asynccontextmanager
async def behind_nginx(parley: Served, ports: Sequence[int], folder: Path) -> AsyncIterator[Behind]:
    """A client that goes through nginx, which must have nothing to complain of."""
    client = await parley.client()
    async with nginx(folder, ports) as before:
        yield Behind(before, Client(before.url, client.session, client.token, client.user))
        assert before.complaints() == []


@pytest.fixture
async def behind(parley: Served, tmp_path: Path) -> AsyncIterator[Behind]:
    """One Parley, in this very process, under two names."""
    port = urlsplit(parley.url).port or 0
    async with behind_nginx(parley, [port, port], tmp_path) as made:
        yield made


@pytest.fixture
async def fleet(
    database_url: str, redis_url: str, model: ScriptedModel, forks: Forks, tmp_path: Path
) -> AsyncIterator[Behind]:
    """Two Parleys, in processes of their own, on one database and one Redis."""
    settings = {
        "database_url": database_url,
        "redis_url": redis_url,
        "openai_base_url": model.url,
        "grace_seconds": 0,
    }
    logs = [tmp_path / "first.log", tmp_path / "second.log"]
    async with AsyncExitStack() as stack:
        ports = await stack.enter_async_context(forks.parleys(settings, limits=None, logs=logs))
        # A third one, here, makes users.
        application = await stack.enter_async_context(assembled(Settings.model_validate(settings)))
        session = await stack.enter_async_context(aiohttp.ClientSession())
        parley = Served("", application, session)
        yield await stack.enter_async_context(behind_nginx(parley, ports, tmp_path))
