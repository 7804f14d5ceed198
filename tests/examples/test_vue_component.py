"""examples/weweb/ParleyChat.vue is compiled, mounted and used, against a served Parley."""

import asyncio
import json
import re
from contextlib import AsyncExitStack

from tests.clients.door import door
from tests.clients.node import running
from tests.clients.page import Project
from tests.examples.recipes import recipe, script_of
from tests.scripted_model import ScriptedModel, say_then_cut, say_then_wait
from tests.served import Client

UNAVAILABLE = "I'm temporarily unavailable. Please try again later."


async def test_a_reply_grows_over_a_lost_connection_and_what_fails_is_tried_again(
    alice: Client, model: ScriptedModel, project: Project
) -> None:
    project.write("ParleyChat.vue", recipe("weweb/ParleyChat.vue"))
    script = script_of(project, "parley_chat.mjs")
    model.next(say_then_wait("Once", gate=asyncio.Event()), say_then_cut("I was"))
    async with door() as entrance, AsyncExitStack() as using:
        entrance.leads_to = alice.url
        variables = {"PARLEY": entrance.url, "TOKEN": alice.token, "CONVERSATION": ""}
        with model.holding():
            chat = await using.enter_async_context(running(script, **variables))
            assert await chat.told() == {"typing": True}
        assert await chat.told() == {"line": "AIOnce"}
        entrance.cut()
        assert await chat.told() == {"reconnecting": True}
        assert await chat.told() == {"line": "AIOnce"}
        assert await chat.told() == {"line": "AIOnceStopped", "told": 1}
        failed = f"AII was{UNAVAILABLE} Retry"
        assert await chat.told() == {"line": failed, "draft": ""}
        lines = (await chat.told())["lines"]
        assert lines[-1] == "AIYou said: Fail, please 🎉"
        failure = await chat.told()
        assert failure == {"failure": "No connection. Please try again. Retry"}
        assert await chat.told() == {"count": 1}


async def test_it_goes_on_in_the_conversation_that_it_is_given(
    alice: Client, project: Project
) -> None:
    conversation = (await alice.send(None, "Hello!"))["conversation"]["id"]
    project.write("ParleyChat.vue", recipe("weweb/ParleyChat.vue"))
    script = script_of(project, "parley_chat.mjs")
    variables = {"PARLEY": alice.url, "TOKEN": alice.token, "CONVERSATION": conversation}
    async with running(script, **variables) as chat:
        before = ["YouHello!", "AIYou said: Hello! 🎉"]
        assert await chat.told() == {"lines": before}
        after = [*before, "YouAnd again?", "AIYou said: And again? 🎉"]
        assert await chat.told() == {"lines": after, "told": []}


async def test_the_element_on_the_page_of_weweb_compiles(project: Project) -> None:
    [element] = re.findall(r"```vue\n(<script setup>.*?)```", recipe("weweb/README.md"), re.DOTALL)
    async with running(script_of(project, "compile_sfc.mjs")) as compiler:
        await compiler.tell(json.dumps(element))
        assert await compiler.told() == {"props": ["content"]}
        await compiler.tell(json.dumps(recipe("weweb/ParleyChat.vue")))
        assert await compiler.told() == {"props": ["endpoint", "token", "conversationId"]}
