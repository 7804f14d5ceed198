"""A conversation of 10,000 messages: it opens at its end, and only a part of it is in the page."""

import re

import pytest
from playwright.async_api import Locator, Page, expect

from tests.browser.chat import Chat
from tests.browser.long_conversation import long_conversation
from tests.browser.windows import Windows
from tests.served import Client

MESSAGES = 10_000
MOST_MOUNTED = 200


@pytest.fixture
async def conversation(alice: Client, database_url: str) -> str:
    """The id of the conversation, which is Alice's."""
    return await long_conversation(database_url, alice.user, MESSAGES)


def mounted(page: Page) -> Locator:
    """The messages that are in the page."""
    return page.locator("[data-index]")


async def index(message: Locator) -> int:
    """The index of a message in the conversation."""
    return int(await message.get_attribute("data-index") or -1)


async def scroll(page: Page, direction: int) -> None:
    """Turn the wheel, by some pages of the screen."""
    await page.get_by_role("region", name="Messages").hover()
    await page.mouse.wheel(0, direction * 20_000)


async def test_it_opens_at_its_end_scrolls_by_pages_and_keeps_few_messages(
    windows: Windows, alice: Client, conversation: str
) -> None:
    chat = await Chat.at(windows, alice, conversation)
    page = chat.page
    last = page.get_by_text(f"Reply {MESSAGES - 1}.")
    await expect(last).to_be_in_viewport()
    for _ in range(8):
        first = await index(mounted(page).first)
        await scroll(page, -1)
        await expect(mounted(page).first).not_to_have_attribute("data-index", str(first))
        assert await index(mounted(page).first) < first
        assert await mounted(page).count() <= MOST_MOUNTED
        await expect(page.locator(f"[data-index='{first}']")).to_be_in_viewport()
    assert await index(mounted(page).first) <= MESSAGES - 9 * 40
    await chat.button("To the end").click()
    await expect(last).to_be_in_viewport()
    await chat.say("Still quick?")
    await expect(chat.last_reply).to_be_in_viewport()
    assert await mounted(page).count() <= MOST_MOUNTED


async def test_an_address_leads_into_its_middle_and_from_there_to_both_sides(
    windows: Windows, alice: Client, conversation: str
) -> None:
    chat = await Chat.signed_in(windows, alice, f"#/c/{conversation}/m/5000")
    page = chat.page
    await expect(page.get_by_text("Message 5000.")).to_be_in_viewport()
    assert await mounted(page).count() <= MOST_MOUNTED
    await scroll(page, 1)
    await expect(page.get_by_text("Message 5030.")).to_be_attached()
    await scroll(page, -1)
    await scroll(page, -1)
    await expect(page.get_by_text("Message 4970.")).to_be_attached()
    messages = await page.locator("ol.messages").inner_html()
    indexes = [int(found) for found in re.findall(r'data-index="(\d+)"', messages)]
    assert indexes == list(range(indexes[0], indexes[0] + len(indexes)))
