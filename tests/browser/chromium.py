"""The browser of the tests: Chromium, as the system has it."""

import os
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from playwright.async_api import Browser, async_playwright, expect

# What is waited for comes at once, unless the machine is busy with other things.
_PATIENCE_MS = 15_000
_NAMES = ("chromium", "chromium-browser", "google-chrome")
# Without the last three it looks for hosts of its maker whenever it starts.
_FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


def program() -> str:
    """Where Chromium is; the test fails where there is none."""
    named = os.environ.get("PARLEY_TEST_CHROMIUM")
    found = named or next(filter(None, map(shutil.which, _NAMES)), None)
    if found is None:
        pytest.fail(
            "These tests need Chromium. Install it (Debian: apt-get install chromium), "
            "or name it in PARLEY_TEST_CHROMIUM."
        )
    return found


@asynccontextmanager
async def launched() -> AsyncIterator[Browser]:
    """A browser that has been nowhere yet."""
    path = program()
    expect.set_options(timeout=_PATIENCE_MS)
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=path, args=_FLAGS)
        try:
            yield browser
        finally:
            await browser.close()
