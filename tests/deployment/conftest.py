"""Parleys behind nginx, and a client that asks through it."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.deployment.nginx import Nginx, nginx
from tests.served import Client, Served


@dataclass(frozen=True)
class Behind:
    """`client` is one user of the Parleys behind `nginx`."""

    nginx: Nginx
    client: Client


@pytest.fixture
async def behind(parley: Served, tmp_path: Path) -> AsyncIterator[Behind]:
    """One Parley, in this very process, under two names."""
    client = await parley.client()
    port = urlsplit(parley.url).port or 0
    async with nginx(tmp_path, [port, port]) as before:
        yield Behind(before, Client(before.url, client.session, client.token, client.user))
        assert before.complaints() == []
