"""Branches: made at a message with a topic, listed, shown as a tree, renamed and deleted."""

from playwright.async_api import expect

from tests.browser.chat import Chat


async def branch(chat: Chat, place: int, topic: str) -> None:
    """Branch at a reply, the first of which is 0."""
    await chat.use(chat.replies.nth(place), "Branch here")
    await chat.dialog.get_by_label("Topic").fill(topic)
    await chat.page.keyboard.press("Enter")
    await expect(chat.dialog).to_be_hidden()


async def test_a_branch_keeps_all_up_to_its_message_and_goes_its_own_way(adas: Chat) -> None:
    await adas.say("Plan a trip")
    await adas.say("By train")
    await branch(adas, 0, "By ship")
    await expect(adas.mine).to_have_count(1)
    await expect(adas.title).to_contain_text("By ship")
    await adas.say("Which harbour?")
    await expect(adas.mine).to_contain_text(["Plan a trip", "Which harbour?"])
    await expect(adas.list.get_by_role("link")).to_have_count(2)
    await adas.page.get_by_text("A branch of").get_by_role("link", name="Plan a trip").click()
    await expect(adas.mine.last).to_contain_text("By train")


async def test_the_tree_shows_branches_and_variants_and_leads_to_them(adas: Chat) -> None:
    await adas.say("Plan a trip")
    await adas.say("By train")
    await branch(adas, 0, "By ship")
    await expect(adas.mine).to_have_count(1)
    await adas.button("Branches").click()
    tree = adas.dialog.get_by_role("navigation", name="Branch tree")
    branches = tree.get_by_role("link")
    await expect(branches).to_have_count(2)
    await expect(branches.first).to_contain_text("start · 4 messages")
    await expect(branches.last).to_contain_text("By ship")
    await expect(branches.last).to_contain_text("branch after message 2")
    await expect(branches.last).to_have_attribute("aria-current", "page")
    await branches.first.click()
    await expect(adas.dialog).to_be_hidden()
    await adas.use(adas.last_reply, "Regenerate")
    await expect(adas.last_reply.get_by_label("Variant 2 of 2")).to_be_visible()
    await adas.button("Branches").click()
    await expect(branches.filter(has_text="reply 4 regenerated")).to_be_visible()


async def test_a_conversation_is_renamed_archived_taken_back_and_deleted(adas: Chat) -> None:
    await adas.say("Old name")
    await adas.button("Conversation actions").click()
    await adas.page.get_by_role("menuitem", name="Rename").click()
    await adas.dialog.get_by_label("Name").fill("New name")
    await adas.page.keyboard.press("Enter")
    await expect(adas.title).to_have_text("New name")
    await expect(adas.list.get_by_role("link")).to_have_text(["New name"])
    await adas.button("Actions for New name").click()
    await adas.page.get_by_role("menuitem", name="Archive").click()
    await expect(adas.list.get_by_role("link")).to_have_count(0)
    await adas.button("Archive").click()
    await adas.button("Actions for New name").click()
    await adas.page.get_by_role("menuitem", name="Take out of the archive").click()
    await adas.button("Back").click()
    await adas.button("Actions for New name").click()
    await adas.page.get_by_role("menuitem", name="Delete").click()
    await adas.dialog.get_by_role("button", name="Delete").click()
    await expect(adas.page.get_by_text("Your conversations will stand here.")).to_be_visible()
    await expect(adas.title).to_have_text("What would you like to talk about?")
