"""A reply that comes word by word: how it begins, grows, waits its turn, and is stopped."""

import asyncio

from playwright.async_api import expect

from tests.browser.chat import Chat
from tests.browser.windows import Windows
from tests.scripted_model import ScriptedModel, say_from
from tests.served import Client

TYPING = "AI is typing…"


async def test_it_says_that_the_ai_is_typing_until_the_first_text_and_then_grows(
    alices: Chat, model: ScriptedModel
) -> None:
    pieces: asyncio.Queue[str | None] = asyncio.Queue()
    model.next(say_from(pieces))
    await alices.write("Tell me a story")
    reply = alices.last_reply
    await expect(reply).to_contain_text(TYPING)
    pieces.put_nowait("Once upon ")
    await expect(reply).to_contain_text("Once upon")
    await expect(reply).not_to_contain_text(TYPING)
    pieces.put_nowait("a time. 🎉")
    await expect(reply).to_contain_text("Once upon a time. 🎉")
    await expect(reply).to_have_attribute("aria-busy", "true")
    pieces.put_nowait(None)
    await expect(reply).to_have_attribute("aria-busy", "false")
    await expect(alices.page.get_by_text("Reply: Once upon a time. 🎉")).to_be_attached()


async def test_stop_keeps_what_was_written_and_says_so(
    alices: Chat, alice: Client, model: ScriptedModel
) -> None:
    pieces: asyncio.Queue[str | None] = asyncio.Queue()
    model.next(say_from(pieces))
    await alices.write("Count")
    pieces.put_nowait("One, two")
    await expect(alices.last_reply).to_contain_text("One, two")
    await alices.button("Stop").click()
    await expect(alices.last_reply).to_contain_text("Stopped")
    await expect(alices.last_reply).to_contain_text("One, two")
    await expect(alices.button("Stop")).to_be_hidden()
    await model.until_idle()
    await alices.page.reload()
    await expect(alices.last_reply).to_contain_text("Stopped")
    assert await alices.said(alices.last_reply) == "One, two"


async def test_a_message_sent_meanwhile_waits_its_turn(alices: Chat, model: ScriptedModel) -> None:
    pieces: asyncio.Queue[str | None] = asyncio.Queue()
    model.next(say_from(pieces))
    await alices.write("First")
    pieces.put_nowait("I am at it")
    await expect(alices.last_reply).to_contain_text("I am at it")
    await alices.write("Second")
    await expect(alices.last_reply).to_contain_text("Queued")
    pieces.put_nowait(None)
    await expect(alices.last_reply).to_contain_text("You said: Second")
    await expect(alices.mine).to_have_count(2)


async def test_two_windows_show_the_same_reply_as_it_grows(
    windows: Windows, alice: Client, model: ScriptedModel
) -> None:
    conversation = (await alice.conversation(name="Together"))["id"]
    here = await Chat.at(windows, alice, conversation)
    there = await Chat.at(windows, alice, conversation)
    await expect(there.page.get_by_text("Nothing has been said here yet.")).to_be_visible()
    pieces: asyncio.Queue[str | None] = asyncio.Queue()
    model.next(say_from(pieces))
    await here.write("Hello")
    await expect(there.last_reply).to_contain_text(TYPING)
    pieces.put_nowait("Hello, ")
    pieces.put_nowait("both")
    pieces.put_nowait(None)
    for chat in (here, there):
        await expect(chat.finished).to_have_count(1)
        assert await chat.said(chat.last_reply) == "Hello, both"
        assert await chat.said(chat.mine) == "Hello"


async def test_markdown_is_shown_and_code_can_be_copied_but_nothing_of_it_runs(
    alices: Chat, model: ScriptedModel
) -> None:
    pieces: asyncio.Queue[str | None] = asyncio.Queue()
    model.next(say_from(pieces))
    await alices.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    await alices.write("Show me")
    hostile = "<img src=x onerror=\"document.title='taken'\"> [go](javascript:alert(1))\n\n"
    pieces.put_nowait(f"## A list\n\n- **one**\n- two\n\n{hostile}")
    pieces.put_nowait("```python\nprint('hello')\n```\n")
    pieces.put_nowait(None)
    reply = alices.last_reply
    await expect(reply).to_have_attribute("aria-busy", "false")
    await expect(reply.get_by_role("heading", name="A list")).to_be_visible()
    await expect(reply.get_by_role("listitem")).to_have_text(["one", "two"])
    await expect(reply.locator("img")).to_have_count(0)
    await expect(reply.get_by_role("link")).to_have_count(0)
    await reply.get_by_role("button", name="Copy", exact=True).click()
    await expect(reply.get_by_role("button", name="Copied", exact=True)).to_be_visible()
    assert await alices.page.evaluate("navigator.clipboard.readText()") == "print('hello')"
    await expect(alices.page).to_have_title("Show me · Parley")
