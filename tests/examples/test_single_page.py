"""examples/single-page works with each of its clients, and over a connection that is cut."""

import asyncio

import pytest

from tests.clients.door import door
from tests.clients.node import running
from tests.clients.page import Project
from tests.examples.recipes import EXAMPLES, script_of
from tests.scripted_model import ScriptedModel, say_in_steps, say_then_cut
from tests.served import Client


@pytest.mark.parametrize("client", ["urql", "apollo"])
async def test_the_page_streams_comes_back_stops_and_tells_what_failed(
    client: str, alice: Client, model: ScriptedModel, project: Project
) -> None:
    for file in (EXAMPLES / "single-page").iterdir():
        project.write(file.name, file.read_text(encoding="utf-8"))
    cut, never = asyncio.Event(), asyncio.Event()
    model.next(say_in_steps(("Once ", cut), ("upon", never)), say_then_cut("I was"))
    script = script_of(project, "single_page.mjs")
    async with door() as entrance:
        entrance.leads_to = alice.url
        variables = {"PARLEY": entrance.url, "TOKEN": alice.token, "CLIENT": client}
        async with running(script, **variables) as page:
            assert await page.told() == {"line": "Once "}
            entrance.cut()
            cut.set()
            assert await page.told() == {"line": "Once upon"}
            assert await page.told() == {"line": "Once upon [stopped]"}
            alert = "I'm temporarily unavailable. Please try again later."
            failed = {"line": "I was [failed]", "alert": alert, "content": ""}
            assert await page.told() == failed
            assert await page.told() == {"line": "You said: Again 🎉", "alert": ""}
