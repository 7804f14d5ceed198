"""On a phone: narrow, touched, and with the conversations in a drawer."""

from typing import Any

import pytest
from playwright.async_api import Page, expect

from tests.browser.accessibility import assert_accessible
from tests.browser.chat import Chat
from tests.browser.windows import Windows
from tests.scripted_model import ScriptedModel, say
from tests.served import Client

PHONE: dict[str, Any] = {
    "viewport": {"width": 390, "height": 844},
    "device_scale_factor": 2,
    "is_mobile": True,
    "has_touch": True,
}
WIDE = (
    f"```text\n{'wide ' * 60}\n```\n\n{'long' * 60}\n\n| a | b |\n|---|---|\n| {'c' * 80} | d |\n"
)


async def overhang(page: Page) -> int:
    """By how many pixels the page is wider than the screen."""
    width: int = await page.evaluate("document.documentElement.scrollWidth - innerWidth")
    return width


@pytest.fixture
async def phone(windows: Windows, alice: Client) -> Chat:
    """The chat page of Alice on her phone."""
    return await Chat.signed_in(windows, alice, **PHONE)


async def test_nothing_has_to_be_scrolled_sideways(phone: Chat, model: ScriptedModel) -> None:
    assert await overhang(phone.page) <= 0
    model.next(say(WIDE))
    await phone.say("x" * 200)
    assert await overhang(phone.page) <= 0
    await assert_accessible(phone.page)


async def test_the_conversations_are_in_a_drawer_that_a_touch_opens_and_closes(
    phone: Chat, alice: Client
) -> None:
    await alice.send(None, "From before")
    await phone.say("Hello")
    await expect(phone.list).not_to_be_in_viewport()
    await phone.button("Show conversations").tap()
    await expect(phone.list.get_by_role("link").last).to_be_in_viewport()
    await assert_accessible(phone.page)
    await phone.page.touchscreen.tap(380, 420)
    await expect(phone.list).not_to_be_in_viewport()
    await phone.button("Show conversations").tap()
    await phone.list.get_by_role("link").last.tap()
    await expect(phone.last_reply).to_contain_text("You said: From before")
    await expect(phone.list).not_to_be_in_viewport()


async def test_sending_and_the_tools_of_a_message_need_no_mouse(phone: Chat) -> None:
    await phone.composer.fill("Hello")
    await phone.button("Send").tap()
    await expect(phone.finished).to_have_count(1)
    await expect(phone.composer).to_be_in_viewport()
    await phone.last_reply.get_by_role("button", name="Branch here").tap()
    await phone.dialog.get_by_label("Topic").fill("Aside")
    assert await overhang(phone.page) <= 0
    await phone.dialog.get_by_role("button", name="Make the branch").tap()
    await expect(phone.title).to_contain_text("Aside")
