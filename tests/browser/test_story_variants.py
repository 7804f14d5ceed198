"""Replies and messages in other words: regenerating, editing, and going from one to another."""

from playwright.async_api import expect

from tests.browser.chat import Chat
from tests.scripted_model import ScriptedModel, say


async def test_a_regenerated_reply_stands_beside_the_old_one(
    alices: Chat, model: ScriptedModel
) -> None:
    model.next(say("The first."), say("The second."), say("The third."))
    await alices.say("Which one?")
    for answer in ("The second.", "The third."):
        await alices.use(alices.last_reply, "Regenerate")
        await expect(alices.finished.filter(has_text=answer)).to_have_count(1)
    await expect(alices.replies).to_have_count(1)
    await expect(alices.last_reply.get_by_label("Variant 3 of 3")).to_be_visible()
    await alices.variant(alices.last_reply, "Previous")
    await expect(alices.last_reply).to_contain_text("The second.")
    await alices.variant(alices.last_reply, "Previous")
    await expect(alices.last_reply).to_contain_text("The first.")
    await expect(alices.last_reply.get_by_role("button", name="Previous variant")).to_be_disabled()
    await alices.variant(alices.last_reply, "Next")
    await expect(alices.last_reply.get_by_label("Variant 2 of 3")).to_be_visible()
    await expect(alices.list.get_by_role("link")).to_have_count(1)


async def test_the_conversation_goes_on_from_the_variant_that_is_shown(
    alices: Chat, model: ScriptedModel
) -> None:
    model.next(say("Red."), say("Blue."))
    await alices.say("A colour, please")
    await alices.use(alices.last_reply, "Regenerate")
    await expect(alices.last_reply).to_contain_text("Blue.")
    await alices.variant(alices.last_reply, "Previous")
    await expect(alices.last_reply).to_contain_text("Red.")
    await alices.say("Why?")
    said = [message["content"] for message in model.requests[-1]["messages"]]
    assert said == ["A colour, please", "Red.", "Why?"]
    await alices.page.goto(alices.page.url.partition("#")[0])
    await alices.list.get_by_role("link").click()
    await expect(alices.replies).to_have_count(2)
    await expect(alices.replies.first).to_contain_text("Red.")


async def test_an_edit_asks_again_and_keeps_what_was_said_before(adas: Chat) -> None:
    await adas.say("Helo")
    await adas.say("And more")
    await adas.use(adas.mine.first, "Edit")
    field = adas.page.get_by_role("textbox", name="Edited message")
    await expect(field).to_be_focused()
    await expect(field).to_have_value("Helo")
    await field.fill("Hello")
    await field.press("Enter")
    await expect(adas.mine).to_have_count(1)
    await expect(adas.finished.filter(has_text="Hello")).to_have_count(1)
    await adas.variant(adas.mine.first, "Previous")
    await expect(adas.mine).to_have_count(2)
    await expect(adas.mine.first).to_contain_text("Helo")
    await expect(adas.mine.last).to_contain_text("And more")


async def test_escape_leaves_a_message_as_it_was(alices: Chat, model: ScriptedModel) -> None:
    await alices.say("As it is")
    await alices.use(alices.mine.first, "Edit")
    await alices.page.keyboard.type("Not ")
    await alices.page.keyboard.press("Escape")
    await expect(alices.page.get_by_role("textbox", name="Edited message")).to_be_hidden()
    await expect(alices.mine.first).to_contain_text("As it is")
    assert len(model.requests) == 1
