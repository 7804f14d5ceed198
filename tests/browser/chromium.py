"""The browser of the tests: Chromium, as the system has it."""

import os
import re
import shutil
import subprocess
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

import pytest
from playwright.async_api import Browser, async_playwright, expect

# What is waited for comes at once, unless the machine is busy with other things.
_PATIENCE_MS = 15_000
_LISTENING = re.compile(r"DevTools listening on ws://([^/]+)/")
_NAMES = ("chromium", "chromium-browser", "google-chrome")
# A window without a screen has a mouse all the same, unless a test says that it is touched.
_MOUSE = (
    "--blink-settings=primaryHoverType=2,availableHoverTypes=2,"
    "primaryPointerType=4,availablePointerTypes=4"
)
# Without the last three it looks for hosts of its maker whenever it starts.
_FLAGS = (
    _MOUSE,
    "--hide-scrollbars",
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


@contextmanager
def running(folder: Path) -> Iterator[str]:
    """A browser that many tests share; the address at which it is told what to do.

    `folder` is empty, and takes its profile.
    """
    flags = ["--headless", "--remote-debugging-port=0", f"--user-data-dir={folder}"]
    with subprocess.Popen(  # noqa: S603  the browser of this system
        [program(), *_FLAGS, *flags], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stderr is not None
        said = process.stderr
        # What it says later must be read, or it would wait for that at some time.
        drain = threading.Thread(target=said.read, daemon=True)
        try:
            listening = next(filter(None, map(_LISTENING.search, said)), None)
            assert listening is not None, "Chromium ended at its start"
            drain.start()
            yield f"http://{listening[1]}"
        finally:
            process.terminate()
            process.wait()
            if drain.ident is not None:
                drain.join()


@asynccontextmanager
async def connected(address: str) -> AsyncIterator[Browser]:
    """The shared browser. Each test opens profiles of its own, which close with it."""
    expect.set_options(timeout=_PATIENCE_MS)
    async with async_playwright() as playwright:
        browser = await playwright.chromium.connect_over_cdp(address)
        try:
            yield browser
        finally:
            await browser.close()
