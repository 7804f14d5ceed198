"""Every screen of the page, in light and dark, is one that everybody can use."""

from playwright.async_api import expect

from tests.browser.accessibility import assert_accessible_in_both_schemes
from tests.browser.chat import Chat
from tests.browser.windows import Windows
from tests.scripted_model import ScriptedModel, refuse_for_long, say
from tests.served import Client, Served

RICH = """### Three steps

1. **Look** at the [manual](https://example.org)
2. Run `parley serve`

| Step | Time |
|---|---|
| One | 1 s |

> Mind the gap.

```python
def answer() -> int:
    return 42  # of course
```
"""


async def test_the_screens_of_a_conversation(
    windows: Windows, alice: Client, model: ScriptedModel
) -> None:
    chat = await Chat.signed_in(windows, alice)
    await assert_accessible_in_both_schemes(chat.page)
    model.next(say(RICH), say("Another one"), refuse_for_long(503))
    await chat.say("How?")
    await chat.use(chat.last_reply, "Regenerate")
    await expect(chat.last_reply).to_contain_text("Another one")
    await chat.variant(chat.last_reply, "Previous")
    await chat.write("And then?")
    await expect(chat.failure(chat.last_reply)).to_be_visible()
    await windows.picture(chat.page, "conversation")
    await assert_accessible_in_both_schemes(chat.page)
    await chat.use(chat.mine.first, "Edit")
    await chat.button("Conversation actions").click()
    await assert_accessible_in_both_schemes(chat.page)


async def test_the_dialogs(windows: Windows, alice: Client) -> None:
    chat = await Chat.signed_in(windows, alice)
    await chat.say("Hello")
    await chat.button("Branches").click()
    await expect(chat.dialog.get_by_role("link")).to_have_count(1)
    await assert_accessible_in_both_schemes(chat.page)
    await chat.page.keyboard.press("Escape")
    await chat.use(chat.last_reply, "Branch here")
    await assert_accessible_in_both_schemes(chat.page)
    await windows.picture(chat.page, "branch")
    await chat.page.keyboard.press("Escape")
    for item in ("Rename", "Delete"):
        await chat.button("Conversation actions").click()
        await chat.page.get_by_role("menuitem", name=item).click()
        await expect(chat.dialog).to_be_visible()
        await assert_accessible_in_both_schemes(chat.page)
        await chat.page.keyboard.press("Escape")


async def test_the_sign_in_and_the_place_where_nothing_is(
    windows: Windows, parley: Served, alice: Client, bob: Client
) -> None:
    page = await windows.open(parley.url)
    await expect(page.get_by_role("heading", name="Welcome")).to_be_visible()
    await assert_accessible_in_both_schemes(page)
    chat = await Chat.at(windows, alice, (await bob.conversation())["id"])
    await expect(chat.title).to_have_text("This conversation is not here")
    await assert_accessible_in_both_schemes(chat.page)
