"""Apollo Client, where a model fails. What else it does is in docs/clients.md, and tested there."""

from tests.clients.node import running
from tests.clients.page import Project
from tests.scripted_model import ScriptedModel, say_then_cut
from tests.served import Client


async def test_a_send_with_a_key_is_sent_again_and_one_without_gets_its_error(
    alice: Client, model: ScriptedModel, project: Project
) -> None:
    model.next(say_then_cut("I was"), say_then_cut("I was"))
    script = project.script("apollo.mjs")
    async with running(script, PARLEY=alice.url, TOKEN=alice.token) as told:
        assert await told.told() == {"code": "MODEL_UNAVAILABLE", "retryable": True}
        # The failed reply stays at index 1; the message was not stored again.
        assert await told.told() == {
            "userMessage": 0,
            "reply": 2,
            "content": "You said: Hello! 🎉",
        }
