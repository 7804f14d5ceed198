"""What axe says of a page."""

from pathlib import Path
from typing import Any, Literal

from playwright.async_api import Page

_AXE = Path(__file__).parents[2] / "web" / "page" / "node_modules" / "axe-core" / "axe.min.js"
_GRAVE = {"serious", "critical"}
# What it would load besides is of the page's own and has been loaded.
_RUN = "() => axe.run(document, { resultTypes: ['violations'], preload: false })"
# Colours change over some frames, even where motion is not wanted.
_SETTLED = """() => new Promise(requestAnimationFrame).then(
    () => Promise.allSettled(document.getAnimations().map((one) => one.finished)))"""


async def grave_faults(page: Page) -> list[str]:
    """The faults that keep somebody out: each with its rule and the first place."""
    # Scripts that the debugger runs are none of the page's: its policy stays as it is.
    await page.evaluate(f"{_AXE.read_text(encoding='utf-8')}; undefined")
    found: dict[str, Any] = await page.evaluate(_RUN)
    return [
        f"{fault['id']}: {fault['help']} ({fault['nodes'][0]['html']})"
        for fault in found["violations"]
        if fault["impact"] in _GRAVE
    ]


async def assert_accessible(page: Page) -> None:
    """Fail on faults that axe calls serious or critical."""
    faults = await grave_faults(page)
    assert not faults, faults


async def assert_accessible_in_both_schemes(page: Page) -> None:
    """The same in light and dark, without motion; leaves the page in dark."""
    schemes: tuple[Literal["light", "dark"], ...] = ("light", "dark")
    for scheme in schemes:
        await page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        await page.evaluate(_SETTLED)
        await assert_accessible(page)
