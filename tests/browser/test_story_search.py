"""The search box: names of conversations, and what was said in them."""

import pytest
from playwright.async_api import Locator, expect

from tests.browser.accessibility import assert_accessible
from tests.browser.chat import Chat
from tests.browser.windows import Windows
from tests.scripted_model import ScriptedModel, say
from tests.served import Client


@pytest.fixture
async def searching(windows: Windows, alice: Client, bob: Client, model: ScriptedModel) -> Chat:
    """The chat page of Alice, who has talked of a heron in one of two conversations."""
    model.next(say("A grey heron, I think."), say("Use flour."), say("Another heron."))
    await alice.send((await alice.conversation(name="Birds"))["id"], "What stands by the pond?")
    await alice.send((await alice.conversation(name="Bread"))["id"], "How do I bake <b>?")
    await bob.send((await bob.conversation(name="Bob's birds"))["id"], "And there?")
    return await Chat.signed_in(windows, alice, viewport={"width": 1200, "height": 800})


def box(chat: Chat) -> Locator:
    """Where the words are written."""
    return chat.page.get_by_role("searchbox", name="Search conversations and messages")


def hits(chat: Chat) -> Locator:
    """The messages that were found."""
    return chat.page.get_by_role("list", name="Search results").get_by_role("link")


async def test_a_search_marks_what_matches_and_leads_to_the_message(
    searching: Chat, windows: Windows
) -> None:
    await searching.composer.blur()
    await searching.page.keyboard.press("/")
    await expect(box(searching)).to_be_focused()
    await searching.page.keyboard.type("heron")
    await expect(hits(searching)).to_have_count(1)
    await expect(hits(searching)).to_contain_text("Birds")
    await expect(hits(searching).locator("mark")).to_have_text("heron")
    await assert_accessible(searching.page)
    await windows.figure(searching.page, "search")
    await hits(searching).click()
    await expect(searching.last_reply).to_contain_text("A grey heron, I think.")
    await expect(searching.page.locator("#message-1")).to_be_focused()


async def test_names_of_conversations_are_searched_too_and_escape_shows_all(
    searching: Chat,
) -> None:
    await box(searching).fill("bread")
    await expect(searching.list.get_by_role("link")).to_have_text(["Bread"])
    await expect(searching.page.get_by_text("No message says this.")).to_be_visible()
    await box(searching).press("Escape")
    await expect(searching.list.get_by_role("link")).to_have_count(2)
    await expect(searching.page.get_by_text("No message says this.")).to_be_hidden()


async def test_what_was_said_is_shown_as_text(searching: Chat) -> None:
    await box(searching).fill("bake")
    await expect(hits(searching)).to_contain_text("How do I bake <b>?")
    await expect(hits(searching).locator("b")).to_have_count(0)
