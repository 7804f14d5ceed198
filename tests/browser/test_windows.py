"""The windows of these tests see what they are there to see."""

import pytest
from playwright.async_api import Error

from tests.browser.accessibility import grave_faults
from tests.browser.chromium import connected
from tests.browser.windows import Windows
from tests.served import Served


async def test_a_request_to_another_origin_is_refused_and_told(
    parley: Served, chromium: str
) -> None:
    async with connected(chromium) as browser:
        windows = Windows(browser, "another-origin")
        page = await windows.open(parley.url, "/healthz")
        other = parley.url.replace("127.0.0.1", "localhost")
        with pytest.raises(Error, match="ERR_FAILED"):
            await page.goto(f"{other}/healthz")
        await windows.close()
    assert f"asked another origin: {other}/healthz" in windows.complaints()


async def test_breaches_of_the_policy_and_uncaught_errors_are_told(
    parley: Served, chromium: str
) -> None:
    async with connected(chromium) as browser:
        windows = Windows(browser, "breaches")
        page = await windows.open(parley.url)
        await page.evaluate("document.body.append(document.createElement('style'))")
        await page.evaluate("document.querySelector('style').textContent = 'a { color: red }'")
        await page.evaluate("setTimeout(() => { throw new Error('lost') })")
        await page.evaluate("console.error('said'); console.error('expected')")
        await page.evaluate("new Promise((resolve) => setTimeout(resolve))")
        windows.forgive("expected")
        await windows.close()
    complaints = "\n".join(windows.complaints())
    for part in ("The policy's style-src-elem was broken: inline", "uncaught: lost", "error: said"):
        assert part in complaints
    assert "expected" not in complaints


async def test_axe_finds_a_picture_without_words(windows: Windows, parley: Served) -> None:
    page = await windows.open(parley.url)
    await page.evaluate("document.body.innerHTML = '<main><img src=\"data:,\"></main>'")
    assert [fault.partition(":")[0] for fault in await grave_faults(page)] == ["image-alt"]
