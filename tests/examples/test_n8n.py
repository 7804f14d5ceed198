"""examples/n8n/ask-parley.json: its expressions and requests, run by a small interpreter.

n8n itself is too large to be installed for tests; examples/n8n/README.md says with which version
of it the workflow was tried.
"""

import json
from typing import Any

from tests.clients.door import door
from tests.clients.node import running
from tests.clients.page import Project
from tests.examples.recipes import recipe, script_of
from tests.scripted_model import ScriptedModel, refuse, say_then_cut
from tests.served import Client

UNAVAILABLE = "I'm temporarily unavailable. Please try again later."


async def answers(project: Project, url: str, token: str, *bodies: dict[str, Any]) -> list[Any]:
    """What the webhook's caller gets for each body, one execution after another."""
    project.write("ask-parley.json", recipe("n8n/ask-parley.json"))
    script = script_of(project, "n8n.mjs")
    async with running(script, PARLEY=url, TOKEN=token) as n8n:
        found: list[Any] = []
        for body in bodies:
            await n8n.tell(json.dumps(body))
            found.append(await n8n.told())
        return found


async def test_a_webhook_is_answered_with_the_reply_and_a_conversation_goes_on(
    alice: Client, model: ScriptedModel, project: Project
) -> None:
    [first] = await answers(project, alice.url, alice.token, {"content": "Hello!"})
    assert first["reply"] == "You said: Hello! 🎉"
    assert (first["status"], first["tokensUsed"], first["waits"]) == (200, 18, [])
    # The execution's id was the key, so another first execution must say another thing.
    more = {
        "content": "More",
        "conversationId": first["conversationId"],
        "idempotencyKey": "order-4711",
    }
    second, repeat = await answers(project, alice.url, alice.token, more, more)
    assert second == repeat
    assert second["conversationId"] == first["conversationId"]
    assert len(model.requests) == 2


async def test_a_model_that_fails_for_a_moment_is_asked_again_for_the_same_message(
    alice: Client, model: ScriptedModel, project: Project
) -> None:
    model.next(say_then_cut("I was"))
    [answer] = await answers(project, alice.url, alice.token, {"content": "Hello!"})
    assert (answer["status"], answer["reply"]) == (200, "You said: Hello! 🎉")
    assert answer["waits"] == [2]
    messages = await alice.messages(answer["conversationId"])
    assert [one["role"] for one in messages] == ["USER", "ASSISTANT", "ASSISTANT"]


async def test_after_three_tries_the_caller_is_told_in_a_sentence(
    alice: Client, model: ScriptedModel, project: Project
) -> None:
    model.next(*[say_then_cut("I was")] * 3)
    [answer] = await answers(project, alice.url, alice.token, {"content": "Hello!"})
    assert (answer["status"], answer["error"]) == (502, UNAVAILABLE)
    assert answer["code"] == "MODEL_UNAVAILABLE"
    assert len(model.requests) == 3


async def test_what_will_not_pass_is_not_tried_again(
    alice: Client, model: ScriptedModel, project: Project
) -> None:
    model.next(refuse(400))
    [answer] = await answers(project, alice.url, alice.token, {"content": "Hello!"})
    assert (answer["status"], answer["code"]) == (502, "MODEL_REJECTED")
    assert answer["waits"] == []


async def test_an_answer_that_is_lost_is_asked_for_again_and_nothing_is_sent_twice(
    alice: Client, model: ScriptedModel, project: Project
) -> None:
    async with door() as entrance:
        entrance.leads_to = alice.url
        entrance.lose_answers = 1
        [answer] = await answers(project, entrance.url, alice.token, {"content": "Hello!"})
    assert (answer["status"], answer["reply"]) == (200, "You said: Hello! 🎉")
    assert len(model.requests) == 1


async def test_a_parley_that_does_not_answer_is_told_as_that(
    alice: Client, project: Project
) -> None:
    async with door() as entrance:
        [answer] = await answers(project, entrance.url, alice.token, {"content": "Hello!"})
        assert entrance.entered == 3
    assert (answer["status"], answer["error"]) == (502, "Parley does not answer.")
