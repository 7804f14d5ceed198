"""Fixtures of the tests in a browser.

They run once, on SQLite: which database stands behind Parley cannot be seen from a page.
"""

from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Browser

from tests.browser.chromium import launched
from tests.browser.windows import Windows


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    """A browser that has been nowhere yet."""
    async with launched() as started:
        yield started


@pytest.fixture
async def windows(browser: Browser, request: pytest.FixtureRequest) -> AsyncIterator[Windows]:
    """Opens windows. The test fails when anything goes wrong in one of them, or leaves Parley."""
    opened = Windows(browser, request.node.name)
    try:
        yield opened
    finally:
        await opened.close()
    assert opened.complaints() == []
