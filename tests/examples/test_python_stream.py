"""examples/python_stream.py prints a reply once, however often its connection is lost."""

import asyncio
import sys

import pytest

from tests.clients.door import door
from tests.clients.node import output, running
from tests.examples.recipes import EXAMPLES
from tests.scripted_model import ScriptedModel, refuse, say_in_steps
from tests.served import Client

SCRIPT = EXAMPLES / "python_stream.py"


async def test_a_connection_that_is_cut_costs_nothing(alice: Client, model: ScriptedModel) -> None:
    first, second = asyncio.Event(), asyncio.Event()
    model.next(say_in_steps(("Once\n", first), ("upon\n", second)))
    async with door() as entrance:
        entrance.leads_to = alice.url
        variables = {"PARLEY": entrance.url, "TOKEN": alice.token}
        async with running(SCRIPT, sys.executable, **variables) as script:
            assert await script.line() == "Once"
            entrance.cut()
            first.set()
            assert await script.line() == "upon"
            entrance.cut()
            second.set()
            assert await script.line() == ""
            assert await script.line() == "[COMPLETE]"


async def test_an_answer_that_is_lost_is_asked_for_again_by_its_key(
    alice: Client, model: ScriptedModel
) -> None:
    async with door() as entrance:
        entrance.leads_to = alice.url
        entrance.lose_answers = 1
        said = await output(
            *(sys.executable, SCRIPT, "Hello!"), PARLEY=entrance.url, TOKEN=alice.token
        )
        assert entrance.lose_answers == 0
    assert said == "You said: Hello! 🎉\n[COMPLETE]\n"
    assert len(model.requests) == 1


async def test_what_the_model_refuses_is_told(alice: Client, model: ScriptedModel) -> None:
    model.next(refuse(400))
    told = r"\[FAILED\]\nI had trouble understanding your request"
    with pytest.raises(AssertionError, match=told):
        await output(sys.executable, SCRIPT, PARLEY=alice.url, TOKEN=alice.token)
