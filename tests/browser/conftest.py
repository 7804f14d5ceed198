"""Fixtures of the tests in a browser.

They run once, on SQLite: which database stands behind Parley cannot be seen from a page.
"""

from collections.abc import AsyncIterator, Iterator

import pytest
from aiohttp.test_utils import TestServer
from playwright.async_api import Browser

from adapters.stand_in import make_app
from serve_commands import STAND_IN_MODELS
from tests.browser.chat import Chat
from tests.browser.chromium import connected, running
from tests.browser.windows import Windows
from tests.conftest import StartParley
from tests.served import Client, Served

STAND_IN_PAUSE_SECONDS = 0.005


@pytest.fixture(scope="session")
def chromium(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The browser of all tests, which starts once; its address."""
    with running(tmp_path_factory.mktemp("chromium")) as address:
        yield address


@pytest.fixture
async def browser(chromium: str) -> AsyncIterator[Browser]:
    """The browser, in which each window has a profile of its own."""
    async with connected(chromium) as browser:
        yield browser


@pytest.fixture
def served_first(request: pytest.FixtureRequest) -> None:
    """Start what a test serves before its windows open, so that they close before it stops."""
    for name in {"parley", "demo"} & set(request.fixturenames):
        request.getfixturevalue(name)


@pytest.fixture
async def windows(
    served_first: None, browser: Browser, request: pytest.FixtureRequest
) -> AsyncIterator[Windows]:
    """Opens windows. The test fails when anything goes wrong in one of them, or leaves Parley."""
    opened = Windows(browser, request.node.name)
    try:
        yield opened
    finally:
        await opened.close()
    assert opened.complaints() == []


@pytest.fixture
async def demo(start_parley: StartParley) -> AsyncIterator[Served]:
    """A Parley with the stand-in model server behind it, as `make demo` starts it."""
    application = make_app(delay_seconds=STAND_IN_PAUSE_SECONDS)
    async with TestServer(application) as server:
        models = {"default_model": "stand-in", "allowed_models": STAND_IN_MODELS}
        async with start_parley(openai_base_url=str(server.make_url("/v1")), **models) as served:
            yield served


@pytest.fixture
async def ada(demo: Served) -> Client:
    """A member of the Parley with the stand-in."""
    return await demo.client(name="Ada")


@pytest.fixture
async def adas(windows: Windows, ada: Client) -> Chat:
    """The chat page of Ada, who came by the link."""
    return await Chat.signed_in(windows, ada)


@pytest.fixture
async def alices(windows: Windows, alice: Client) -> Chat:
    """The chat page of Alice, whose model does as the test says."""
    return await Chat.signed_in(windows, alice)
