"""The chat page as people see it: its parts by role and name, and what is done with them."""

import re
from dataclasses import dataclass
from typing import Any, Literal, Self

from playwright.async_api import Locator, Page, expect

from tests.browser.windows import Windows
from tests.served import Client

_MINE = re.compile("^You, ")
_REPLIES = re.compile("^AI, ")


@dataclass(frozen=True)
class Chat:
    """One window on the chat page."""

    page: Page

    @classmethod
    async def signed_in(
        cls, windows: Windows, client: Client, place: str = "", **options: Any
    ) -> Self:
        """Open it by a link that signs in; `place` stands behind the #."""
        chat = cls(await windows.open(client.url, f"/?token={client.token}{place}", **options))
        await expect(chat.page.locator("#sidebar")).to_be_attached()
        return chat

    @classmethod
    async def at(
        cls, windows: Windows, client: Client, conversation_id: str, **options: Any
    ) -> Self:
        """Open it at a conversation, whose messages may still be on their way."""
        return await cls.signed_in(windows, client, f"#/c/{conversation_id}", **options)

    @property
    def composer(self) -> Locator:
        """Where messages are written."""
        return self.page.get_by_role("textbox", name="Message", exact=True)

    @property
    def mine(self) -> Locator:
        """What the person said."""
        return self.page.get_by_role("article", name=_MINE)

    @property
    def replies(self) -> Locator:
        """What the AI said."""
        return self.page.get_by_role("article", name=_REPLIES)

    @property
    def last_reply(self) -> Locator:
        """What it said last."""
        return self.replies.last

    @property
    def finished(self) -> Locator:
        """The replies to which nothing will be added."""
        return self.page.locator("article[aria-busy=false]").filter(
            has=self.page.get_by_role("heading", name="AI", exact=True)
        )

    @property
    def title(self) -> Locator:
        """The name of what is open."""
        return self.page.get_by_role("heading", level=1)

    @property
    def dialog(self) -> Locator:
        """The dialog that is open."""
        return self.page.get_by_role("dialog")

    @property
    def list(self) -> Locator:
        """The list of conversations."""
        return self.page.get_by_role("list", name="Conversations", exact=True)

    def button(self, name: str) -> Locator:
        """A button of the page."""
        return self.page.get_by_role("button", name=name, exact=True)

    def failure(self, message: Locator) -> Locator:
        """What a message says went wrong with it."""
        return message.locator(".failure")

    async def write(self, text: str) -> None:
        """Write a message and send it with Enter."""
        await self.composer.fill(text)
        await self.composer.press("Enter")

    async def say(self, text: str) -> Locator:
        """Send a message, wait for the whole reply, and give it."""
        before = await self.finished.count()
        await self.write(text)
        await expect(self.finished).to_have_count(before + 1)
        return self.last_reply

    async def use(self, message: Locator, tool: str) -> None:
        """Press one of a message's buttons."""
        await message.hover()
        await message.get_by_role("button", name=tool, exact=True).click()

    async def variant(self, message: Locator, step: Literal["Previous", "Next"]) -> None:
        """Go to another variant of a message, where the focus goes, too."""
        await message.get_by_role("button", name=f"{step} variant").click()
        await expect(self.page.locator("[data-index]:focus")).to_be_attached()

    async def said(self, message: Locator) -> str:
        """The text of a message, as it stands there."""
        return (await message.locator(".body").inner_text()).strip()

    async def choose_model(self, name: str) -> None:
        """Choose the model of what is sent next."""
        await self.page.get_by_role("combobox", name="Model").select_option(name)
