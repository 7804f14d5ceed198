"""Every screen of the page, in light and dark, is one that everybody can use."""

import pytest
from playwright.async_api import expect

from tests.browser.accessibility import assert_accessible
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
schemes = pytest.mark.parametrize("scheme", ["light", "dark"])


@schemes
async def test_the_screens_of_a_conversation(
    windows: Windows, alice: Client, model: ScriptedModel, scheme: str
) -> None:
    chat = await Chat.signed_in(windows, alice, color_scheme=scheme)
    await assert_accessible(chat.page)
    model.next(say(RICH), say("Another one"), refuse_for_long(503))
    await chat.say("How?")
    await chat.use(chat.last_reply, "Regenerate")
    await expect(chat.last_reply).to_contain_text("Another one")
    await chat.variant(chat.last_reply, "Previous")
    await chat.write("And then?")
    await expect(chat.failure(chat.last_reply)).to_be_visible()
    await windows.picture(chat.page, "conversation")
    await assert_accessible(chat.page)
    await chat.use(chat.mine.first, "Edit")
    await chat.button("Conversation actions").click()
    await assert_accessible(chat.page)


@schemes
async def test_the_dialogs(windows: Windows, alice: Client, scheme: str) -> None:
    chat = await Chat.signed_in(windows, alice, color_scheme=scheme)
    await chat.say("Hello")
    await chat.button("Branches").click()
    await expect(chat.dialog.get_by_role("link")).to_have_count(1)
    await assert_accessible(chat.page)
    await chat.page.keyboard.press("Escape")
    await chat.use(chat.last_reply, "Branch here")
    await assert_accessible(chat.page)
    await windows.picture(chat.page, "branch")
    await chat.page.keyboard.press("Escape")
    for item in ("Rename", "Delete"):
        await chat.button("Conversation actions").click()
        await chat.page.get_by_role("menuitem", name=item).click()
        await expect(chat.dialog).to_be_visible()
        await assert_accessible(chat.page)
        await chat.page.keyboard.press("Escape")


@schemes
async def test_the_sign_in_and_the_place_where_nothing_is(
    windows: Windows, parley: Served, alice: Client, bob: Client, scheme: str
) -> None:
    page = await windows.open(parley.url, color_scheme=scheme)
    await expect(page.get_by_role("heading", name="Welcome")).to_be_visible()
    await assert_accessible(page)
    chat = await Chat.at(windows, alice, (await bob.conversation())["id"], color_scheme=scheme)
    await expect(chat.title).to_have_text("This conversation is not here")
    await assert_accessible(chat.page)
