"""By keyboard alone, as people do who use no mouse, and as screen readers need it."""

from playwright.async_api import expect

from tests.browser.chat import Chat


async def test_enter_sends_and_shift_enter_breaks_the_line(alices: Chat) -> None:
    keyboard = alices.page.keyboard
    await expect(alices.composer).to_be_focused()
    await keyboard.type("One")
    await keyboard.press("Shift+Enter")
    await keyboard.type("Two")
    await expect(alices.composer).to_have_value("One\nTwo")
    await keyboard.press("Enter")
    await expect(alices.finished).to_have_count(1)
    assert await alices.said(alices.mine.first) == "One\nTwo"
    await expect(alices.composer).to_be_focused()
    await expect(alices.composer).to_have_value("")
    await keyboard.press("Enter")
    await expect(alices.mine).to_have_count(1)


async def test_the_first_tab_stop_skips_to_the_conversation(alices: Chat) -> None:
    await alices.page.get_by_text("Parley", exact=True).click()
    await alices.page.keyboard.press("Shift+Tab")
    skip = alices.page.get_by_role("link", name="Skip to the conversation")
    await expect(skip).to_be_focused()
    await alices.page.keyboard.press("Enter")
    await expect(alices.page.get_by_role("main")).to_be_focused()


async def test_a_slash_goes_to_the_search_but_can_be_written_in_messages(alices: Chat) -> None:
    search = alices.page.get_by_role("searchbox")
    await alices.page.keyboard.type("and/or")
    await expect(alices.composer).to_have_value("and/or")
    await alices.composer.blur()
    await alices.page.keyboard.press("/")
    await expect(search).to_be_focused()
    await expect(search).to_have_value("")


async def test_menus_and_dialogs_give_the_focus_back(alices: Chat) -> None:
    await alices.say("Hello")
    keyboard = alices.page.keyboard
    menu = alices.button("Conversation actions")
    await menu.focus()
    await keyboard.press("Enter")
    await expect(alices.page.get_by_role("menuitem", name="Rename")).to_be_focused()
    await keyboard.press("ArrowUp")
    await expect(alices.page.get_by_role("menuitem", name="Delete")).to_be_focused()
    await keyboard.press("Escape")
    await expect(menu).to_be_focused()
    await keyboard.press("Enter")
    await keyboard.press("Enter")
    await expect(alices.dialog.get_by_label("Name")).to_be_focused()
    await keyboard.press("Escape")
    await expect(alices.dialog).to_be_hidden()
    await expect(menu).to_be_focused()


async def test_a_variant_is_reached_and_shown_without_a_mouse(alices: Chat) -> None:
    await alices.say("Hello")
    await alices.last_reply.get_by_role("button", name="Regenerate").press("Enter")
    await expect(alices.last_reply.get_by_label("Variant 2 of 2")).to_be_visible()
    await alices.last_reply.get_by_role("button", name="Previous variant").press("Enter")
    await expect(alices.last_reply.get_by_label("Variant 1 of 2")).to_be_visible()
