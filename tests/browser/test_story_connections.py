"""Lines that break and pages that are loaded anew: nothing goes missing, or comes twice."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Route, expect

from tests.browser.breakable_line import BreakableLine, breakable_line
from tests.browser.chat import Chat
from tests.browser.windows import Windows
from tests.scripted_model import ScriptedModel, say_from
from tests.served import Client, Served

RECONNECTING = "Reconnecting…"
LOST = "ERR_CONNECTION|ERR_EMPTY_RESPONSE|ERR_SOCKET|WebSocket connection"


@pytest.fixture
async def line(parley: Served) -> AsyncIterator[BreakableLine]:
    """What the page's connections go over."""
    async with breakable_line(parley.url) as made:
        yield made


@pytest.fixture
async def over_line(line: BreakableLine, windows: Windows, alice: Client) -> Chat:
    """The chat page of Alice, whose line may be cut."""
    windows.forgive(LOST)
    client = Client(line.url, alice.session, alice.token, alice.user)
    return await Chat.signed_in(windows, client)


@pytest.fixture
def pieces(model: ScriptedModel) -> "asyncio.Queue[str | None]":
    """What the model says next, piece by piece."""
    queue: asyncio.Queue[str | None] = asyncio.Queue()
    model.next(say_from(queue))
    return queue


async def test_a_reply_goes_on_behind_a_break_without_gap_or_repeat(
    over_line: Chat, line: BreakableLine, pieces: "asyncio.Queue[str | None]"
) -> None:
    await over_line.write("Count")
    for number in range(1, 6):
        pieces.put_nowait(f"{number} ")
    await expect(over_line.last_reply).to_contain_text("1 2 3 4 5")
    line.cut()
    await expect(over_line.page.get_by_text(RECONNECTING)).to_be_visible()
    for number in range(6, 11):
        pieces.put_nowait(f"{number} ")
    line.mend()
    await expect(over_line.last_reply).to_contain_text("6 7 8 9 10")
    await expect(over_line.page.get_by_text(RECONNECTING)).to_be_hidden()
    pieces.put_nowait("11")
    pieces.put_nowait(None)
    await expect(over_line.finished).to_have_count(1)
    assert await over_line.said(over_line.last_reply) == " ".join(map(str, range(1, 12)))


async def test_what_ended_during_the_break_is_there_afterwards(
    over_line: Chat, line: BreakableLine, alice: Client, pieces: "asyncio.Queue[str | None]"
) -> None:
    await over_line.write("First")
    pieces.put_nowait("Begun, ")
    await expect(over_line.last_reply).to_contain_text("Begun")
    line.cut()
    pieces.put_nowait("and done")
    pieces.put_nowait(None)
    conversation = over_line.page.url.rpartition("/")[2]
    await alice.send(conversation, "From elsewhere", onBusy="ENQUEUE")
    line.mend()
    await expect(over_line.finished).to_have_count(2)
    assert await over_line.said(over_line.replies.first) == "Begun, and done"
    await expect(over_line.mine).to_contain_text(["First", "From elsewhere"])
    await expect(over_line.last_reply).to_contain_text("You said: From elsewhere")


async def test_a_message_that_could_not_be_sent_waits_for_retry_and_is_sent_once(
    over_line: Chat, line: BreakableLine, model: ScriptedModel
) -> None:
    await over_line.say("First")
    line.cut()
    await over_line.write("Second")
    await expect(over_line.page.get_by_text("Parley cannot be reached.")).to_be_visible()
    line.mend()
    await over_line.button("Retry").click()
    await expect(over_line.finished).to_have_count(2)
    await expect(over_line.mine).to_contain_text(["First", "Second"])
    assert len(model.requests) == 2


async def test_a_message_whose_answer_got_lost_is_there_once(
    windows: Windows, alices: Chat, model: ScriptedModel
) -> None:
    windows.forgive(LOST)
    await alices.say("First")

    async def lose_the_answer(route: Route) -> None:
        await route.fetch()
        await route.abort("connectionreset")

    await alices.page.route("**/graphql", lose_the_answer, times=1)
    await alices.write("Second")
    await expect(alices.finished).to_have_count(2)
    await expect(alices.mine).to_contain_text(["First", "Second"])
    await alices.page.reload()
    await expect(alices.finished).to_have_count(2)
    await expect(alices.mine).to_have_count(2)
    assert len(model.requests) == 2


async def test_a_message_sent_while_the_conversation_is_loading_is_sent_once(
    windows: Windows, alice: Client, alices: Chat
) -> None:
    await alice.send((await alice.conversation(name="Before"))["id"], "First")
    opening, sent = asyncio.Event(), asyncio.Event()
    sends: list[str] = []

    async def in_this_order(route: Route) -> None:
        body = route.request.post_data or ""
        if "mutation Send" in body:
            sends.append(body)
            await sent.wait()
        elif "query OpenConversation" in body:
            await opening.wait()
        await route.continue_()

    await alices.page.reload()
    await alices.page.route("**/graphql", in_this_order)
    await alices.list.get_by_role("link", name="Before").click()
    await alices.write("Second")
    await expect(alices.page.get_by_text("Sending…")).to_be_visible()
    opening.set()
    await expect(alices.finished).to_have_count(1)
    sent.set()
    await expect(alices.finished).to_have_count(2)
    assert len(sends) == 1


async def test_a_reload_in_mid_stream_shows_all_there_is_and_goes_on(
    alices: Chat, pieces: "asyncio.Queue[str | None]"
) -> None:
    await alices.write("Count")
    pieces.put_nowait("One, ")
    await expect(alices.last_reply).to_contain_text("One,")
    await alices.page.reload()
    await expect(alices.last_reply).to_contain_text("One,")
    await expect(alices.last_reply).to_have_attribute("aria-busy", "true")
    pieces.put_nowait("two, ")
    await expect(alices.last_reply).to_contain_text("One, two,")
    pieces.put_nowait("three")
    pieces.put_nowait(None)
    await expect(alices.finished).to_have_count(1)
    assert await alices.said(alices.last_reply) == "One, two, three"
    await expect(alices.mine).to_have_count(1)


async def test_a_draft_outlives_a_reload(alices: Chat) -> None:
    await alices.say("Hello")
    await alices.composer.fill("Not yet sent")
    await alices.page.reload()
    await expect(alices.composer).to_have_value("Not yet sent")
