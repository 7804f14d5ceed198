"""examples/retool.md and examples/appsmith.md: their queries, bindings and scripts work."""

import json
import re
from contextlib import AbstractAsyncContextManager

import pytest

from tests.clients.node import Script, running
from tests.clients.page import Project
from tests.examples.recipes import recipe, script_of
from tests.scripted_model import ScriptedModel, refuse, say, say_then_cut
from tests.served import Client, Json

TOOLS = ["retool", "appsmith"]


def settings(tool: str) -> Json:
    """The queries of a page by their names, with their variables, and its script."""
    sections = re.split(r"^### ", recipe(f"{tool}.md"), flags=re.MULTILINE)[1:]
    queries: Json = {}
    for section in sections[:-1]:
        [name] = re.findall(r"^Query `(\w+)`", section)
        [query] = _blocks(section, "graphql")
        table = dict(re.findall(r"^\| `(\w+)` \| `(.*)` \|$", section, re.MULTILINE))
        queries[name] = {"query": query, "variables": table or _blocks(section, "json")[0]}
    return {"tool": tool, "queries": queries, "script": _blocks(sections[-1], "js")[0]}


def _blocks(text: str, language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", text, re.DOTALL)


def app(tool: str, project: Project, alice: Client) -> AbstractAsyncContextManager[Script]:
    """The tool, with the settings of its page."""
    project.write("settings.json", json.dumps(settings(tool)))
    script = script_of(project, "low_code.mjs")
    return running(script, PARLEY=alice.url, TOKEN=alice.token, CONTENT="Hello!")


@pytest.mark.parametrize("tool", TOOLS)
async def test_the_reply_is_shown_and_the_conversation_goes_on(
    tool: str, alice: Client, model: ScriptedModel, project: Project
) -> None:
    model.next(say("One."), say("Two."))
    async with app(tool, project, alice) as told:
        first, second = await told.told(), await told.told()
    assert first["reply"] == first["seen"][-1] == "One."
    assert second["reply"] == "Two."
    assert [message["content"] for message in model.requests[-1]["messages"]] == [
        "Hello!",
        "One.",
        "Hello!",
    ]


@pytest.mark.parametrize("tool", TOOLS)
async def test_what_may_pass_is_tried_again_for_the_same_message(
    tool: str, alice: Client, model: ScriptedModel, project: Project
) -> None:
    model.next(say_then_cut("I was"), say("Here I am."))
    async with app(tool, project, alice) as told:
        first = await told.told()
    assert first.get("reply") == "Here I am.", first
    assert [message["role"] for message in model.requests[1]["messages"]] == ["user"]


@pytest.mark.parametrize("tool", TOOLS)
async def test_what_will_not_pass_is_told_at_once(
    tool: str, alice: Client, model: ScriptedModel, project: Project
) -> None:
    model.next(refuse(400))
    async with app(tool, project, alice) as told:
        error = (await told.told())["error"]
    assert error == "I had trouble understanding your request. Could you rephrase it?"
    assert len(model.requests) <= 2
