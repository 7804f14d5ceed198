"""Windows of the browser that must reach Parley only, and in which nothing may go wrong unseen."""

import re
from pathlib import Path
from typing import Any

from playwright.async_api import Browser, BrowserContext, ConsoleMessage, Error, Page, WebSocket

ARTIFACTS = Path(__file__).parents[2] / "artifacts"

_TELL_VIOLATIONS = """document.addEventListener("securitypolicyviolation", (event) =>
    console.error(`The policy's ${event.violatedDirective} was broken: ${event.blockedURI}`));"""


class Windows:
    """Opens windows, watches them, and keeps pictures of them in artifacts/."""

    def __init__(self, browser: Browser, test: str) -> None:
        """`test` is the name of the test, and so of its pictures."""
        self._browser = browser
        self._name = re.sub(r"[^\w-]+", "-", test).strip("-")
        self._contexts: list[BrowserContext] = []
        self._complaints: list[str] = []
        self._forgiven: list[str] = []

    async def open(self, origin: str, path: str = "/", **options: Any) -> Page:
        """A page in a profile of its own; whatever it asks of another origin is refused.

        `options` are those of Playwright's `new_context`, such as `viewport` or `color_scheme`.
        """
        context = await self._browser.new_context(service_workers="block", **options)
        self._contexts.append(context)
        await context.add_init_script(_TELL_VIOLATIONS)
        await context.route(
            lambda url: not url.startswith(f"{origin}/"), lambda route: route.abort()
        )
        context.on("request", lambda request: self._check(origin, request.url))
        context.on("console", self._listen)
        context.on("weberror", lambda error: self._complain(f"uncaught: {error.error}"))
        page = await context.new_page()
        page.on("websocket", lambda socket: self._check_socket(origin, socket))
        await page.goto(origin + path)
        return page

    def forgive(self, pattern: str) -> None:
        """Let errors in the console that match pass: what this test provokes."""
        self._forgiven.append(pattern)

    async def picture(self, page: Page, title: str) -> None:
        """Keep a picture of a page as it is now."""
        await page.screenshot(path=ARTIFACTS / f"{self._name}-{title}.png")

    async def figure(self, page: Page, name: str) -> None:
        """Keep a picture that the documentation shows, under a name of its own."""
        await page.screenshot(path=ARTIFACTS / f"docs-{name}.png", animations="disabled")

    async def close(self) -> None:
        """Keep a last picture of every page, and close them."""
        for context in self._contexts:
            for number, page in enumerate(context.pages):
                await self._last_picture(page, f"end-{number}" if number else "end")
            await context.close()

    def complaints(self) -> list[str]:
        """What went wrong in the windows and was not forgiven."""
        return [
            one
            for one in self._complaints
            if not any(re.search(pattern, one) for pattern in self._forgiven)
        ]

    async def _last_picture(self, page: Page, title: str) -> None:
        try:
            await self.picture(page, title)
        except Error as error:
            self._complain(f"no picture: {error}")

    def _listen(self, message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            self._complain(f"{message.type}: {message.text}")

    def _check(self, origin: str, url: str) -> None:
        if not url.startswith((f"{origin}/", "data:", f"blob:{origin}/")):
            self._complain(f"asked another origin: {url}")

    def _check_socket(self, origin: str, socket: WebSocket) -> None:
        self._check(origin, re.sub("^ws", "http", socket.url))

    def _complain(self, what: str) -> None:
        self._complaints.append(what)
