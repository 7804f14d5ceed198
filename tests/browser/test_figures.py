"""The pictures of the documentation, taken of what they speak of."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from playwright.async_api import expect

from tests.browser.chat import Chat
from tests.browser.test_graphiql import EXAMPLES, answer, choose, execute, graphiql
from tests.browser.test_story_phone import PHONE
from tests.browser.windows import Windows
from tests.conftest import StartParley
from tests.scripted_model import ScriptedModel, say
from tests.served import Client, Served

SIZE: dict[str, Any] = {"viewport": {"width": 1200, "height": 800}}
QUESTION = "How do I read a large CSV file in Python without filling the memory?"
REPLY = """Read it **line by line**: the file object and `csv.DictReader` are lazy, so that only \
one row is held at a time.

```python
import csv

def total(path: str) -> float:
    with open(path, newline="", encoding="utf-8") as file:
        return sum(float(row["amount"]) for row in csv.DictReader(file))
```

- It needs the same memory for ten rows and for ten million.
- `newline=""` lets the reader handle line breaks inside quotes.
"""
OTHERS = ("Plan a weekend in Lisbon", "Explain GraphQL subscriptions", "Name ideas for a podcast")
BRANCHES = {
    "With pandas": ("Does pandas help?", "Yes: read it in chunks, with `chunksize=100_000`."),
    "In Rust": ("How would that look in Rust?", "Much the same: the `csv` crate is lazy, too."),
}


@pytest.fixture
async def parley(start_parley: StartParley) -> AsyncIterator[Served]:
    """A Parley whose model has a name that is met in life."""
    async with start_parley(default_model="gpt-4o-mini") as served:
        yield served


@pytest.fixture
async def reader(parley: Served, model: ScriptedModel) -> Client:
    """Somebody who has talked of several things before."""
    client = await parley.client(name="Ada", limit=200_000)
    for name in OTHERS:
        conversation = await client.conversation(name=name)
        await client.send(conversation["id"], name)
    return client


async def talk(chat: Chat, model: ScriptedModel) -> None:
    """Ask the question."""
    model.next(say(REPLY, usage=(1412, 168)))
    await chat.say(QUESTION)


async def test_a_conversation_in_light_and_dark(
    windows: Windows, reader: Client, model: ScriptedModel
) -> None:
    chat = await Chat.signed_in(windows, reader, **SIZE)
    await expect(chat.list.get_by_role("link")).to_have_count(len(OTHERS))
    await windows.figure(chat.page, "start")
    await talk(chat, model)
    await expect(chat.page.get_by_role("button", name="Copy", exact=True)).to_be_visible()
    await windows.figure(chat.page, "chat")
    await chat.page.emulate_media(color_scheme="dark")
    await windows.figure(chat.page, "chat-dark")


async def test_branches_as_a_tree(windows: Windows, reader: Client, model: ScriptedModel) -> None:
    chat = await Chat.signed_in(windows, reader, **SIZE)
    await talk(chat, model)
    root = chat.page.url
    for topic, (question, reply) in BRANCHES.items():
        await chat.page.goto(root)
        await expect(chat.replies).to_have_count(1)
        await chat.use(chat.last_reply, "Branch here")
        await chat.dialog.get_by_label("Topic").fill(topic)
        await chat.page.keyboard.press("Enter")
        await expect(chat.title).to_contain_text(topic)
        await expect(chat.replies).to_have_count(1)  # those of the parent are there
        model.next(say(reply))
        await chat.say(question)
    model.next(say("Line by line as well, and the compiler checks every type."))
    await chat.use(chat.last_reply, "Regenerate")
    await expect(chat.last_reply.get_by_label("Variant 2 of 2")).to_be_visible()
    await chat.button("Branches").click()
    await expect(chat.dialog.get_by_role("link")).to_have_count(4)
    await windows.figure(chat.page, "branches")


async def test_a_phone(windows: Windows, reader: Client, model: ScriptedModel) -> None:
    chat = await Chat.signed_in(windows, reader, **PHONE)
    await talk(chat, model)
    await windows.figure(chat.page, "phone")
    await chat.button("Show conversations").click()
    await expect(chat.list.get_by_role("link")).to_have_count(len(OTHERS) + 1)
    await windows.figure(chat.page, "phone-drawer")


async def test_graphiql(windows: Windows, reader: Client) -> None:
    page = await graphiql(windows, reader, **SIZE)
    example = next(title for title, name in EXAMPLES.items() if name == "ListConversations")
    await choose(page, example)
    await execute(page)
    await expect(answer(page)).to_contain_text(OTHERS[0])
    await windows.figure(page, "graphiql")
