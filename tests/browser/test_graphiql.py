"""GraphiQL in a browser: signed in, with ready operations, subscriptions and the explorer."""

import re
from typing import Any

import pytest
from playwright.async_api import Locator, Page, expect

from tests.browser.accessibility import grave_faults
from tests.browser.windows import Windows
from tests.served import Client, Served

# The titles of the examples, and the names of their operations.
EXAMPLES = {
    "Send a message": "SendMessage",
    "List conversations": "ListConversations",
    "Follow a conversation": "FollowConversation",
    "Branch a conversation": "BranchConversation",
    "See the month's usage": "Usage",
}


async def graphiql(windows: Windows, client: Client, **options: Any) -> Page:
    """GraphiQL, opened by a link that signs in."""
    page = await windows.open(client.url, f"/graphiql?token={client.token}", **options)
    await until_ready(page, "SendMessage")
    return page


async def until_ready(page: Page, operation: str) -> None:
    """Wait until the editors are there and the tab knows the operation that is in it."""
    await expect(page.locator(".graphiql-query-editor")).to_contain_text(operation)
    await expect(page.locator(".graphiql-tab-active")).to_contain_text(operation)
    await expect(page.locator(".graphiql-editor-tool .CodeMirror")).to_have_count(2)


async def execute(page: Page) -> None:
    """Press the button that runs the operation."""
    await page.get_by_role("button", name="Execute query").click()


async def choose(page: Page, example: str) -> None:
    """Open an example from the sidebar, in a tab of its own."""
    shown = page.get_by_role("button", name="Show Examples")
    if await shown.count():
        await shown.click()
    await page.get_by_role("button", name=example).click()
    await until_ready(page, EXAMPLES[example])


def answer(page: Page) -> Locator:
    """Where results are shown."""
    return page.locator(".graphiql-response")


async def test_the_link_signs_in_and_leaves_nothing_of_the_token_behind(
    windows: Windows, alice: Client
) -> None:
    page = await graphiql(windows, alice)
    assert page.url == f"{alice.url}/graphiql"
    await execute(page)
    await expect(answer(page)).to_contain_text("You said: What can you do? 🎉")
    await page.get_by_role("button", name="Headers").click()
    await expect(page.locator(".graphiql-editor-tool")).to_contain_text(f"Bearer {alice.token}")
    assert alice.token not in await page.evaluate("JSON.stringify(localStorage)")
    await page.reload()
    await until_ready(page, "SendMessage")
    await execute(page)
    await expect(answer(page)).to_contain_text("You said: What can you do? 🎉")
    assert (await alice("{ conversations { totalCount } }")).data == {
        "conversations": {"totalCount": 2}
    }


@pytest.mark.parametrize("example", EXAMPLES)
async def test_an_example_runs_as_it_stands_once_there_is_a_conversation(
    windows: Windows, alice: Client, example: str
) -> None:
    page = await graphiql(windows, alice)
    await execute(page)
    await expect(answer(page)).to_contain_text('"conversation_')
    await choose(page, example)
    await execute(page)
    await expect(answer(page)).to_contain_text('"data"')
    await expect(answer(page)).not_to_contain_text('"errors"')


async def test_a_subscription_shows_a_reply_that_comes_later(
    windows: Windows, alice: Client
) -> None:
    conversation = (await alice.send(None, "First"))["conversation"]["id"]
    page = await graphiql(windows, alice)
    await choose(page, "List conversations")
    await execute(page)
    await expect(answer(page)).to_contain_text(conversation)
    await choose(page, "Follow a conversation")
    await execute(page)
    await expect(answer(page)).to_contain_text("You said: First")
    await alice.send(conversation, "Later")
    await expect(answer(page)).to_contain_text("You said: Later")
    await windows.picture(page, "followed")
    await page.get_by_role("button", name="Stop query").click()
    await expect(page.get_by_role("button", name="Execute query")).to_be_visible()


async def test_the_explorer_writes_operations(windows: Windows, alice: Client) -> None:
    page = await graphiql(windows, alice)
    await choose(page, "See the month's usage")
    await page.get_by_role("button", name="Show GraphiQL Explorer").click()
    explorer = page.locator(".graphiql-explorer-root")
    await explorer.get_by_text("role", exact=True).click()
    await expect(page.locator(".graphiql-query-editor")).to_contain_text("role")
    await execute(page)
    await expect(answer(page)).to_contain_text('"role": "MEMBER"')


async def test_dialogs_and_the_dark_theme_keep_to_the_policy(
    windows: Windows, alice: Client
) -> None:
    page = await windows.open(alice.url, f"/graphiql?token={alice.token}", color_scheme="dark")
    await page.get_by_role("button", name="Open settings dialog").click()
    await expect(page.get_by_role("dialog")).to_contain_text("Theme")
    await page.get_by_role("button", name="Dark").click()
    await windows.picture(page, "settings")
    await page.keyboard.press("Escape")
    await page.get_by_role("button", name="Show Documentation Explorer").click()
    await page.get_by_role("link", name="Query").click()
    await expect(page.locator(".graphiql-plugin")).to_contain_text("promptPresets")


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_everybody_can_use_what_is_ours_in_it(
    windows: Windows, alice: Client, scheme: str
) -> None:
    page = await graphiql(windows, alice, color_scheme=scheme)
    await choose(page, "List conversations")
    for name in ("Operation", "Variables", "Result"):
        await expect(page.get_by_role("textbox", name=name)).to_be_attached()
    # The tabs and the editor itself are GraphiQL's own and CodeMirror's.
    theirs = {"nested-interactive", "scrollable-region-focusable"}
    assert {fault.partition(":")[0] for fault in await grave_faults(page)} <= theirs


async def test_whoever_has_no_token_is_told_how_to_get_in(windows: Windows, parley: Served) -> None:
    windows.forgive("401")
    page = await windows.open(parley.url, "/graphiql")
    hint = page.get_by_role("status")
    await expect(hint).to_have_text(re.compile("Open the link that Parley printed"))
    await expect(answer(page)).to_contain_text("UNAUTHENTICATED")
