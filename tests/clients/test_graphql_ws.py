"""The npm package graphql-ws, from which the protocol has its name."""

from tests.clients.node import running
from tests.clients.page import Project
from tests.served import Client


async def test_operations_share_a_socket_and_end_when_the_client_says_so(
    alice: Client, project: Project
) -> None:
    conversation = await alice.conversation(systemPrompt="Be brief.")
    script = project.script("graphql_ws.mjs")
    variables = {"PARLEY": alice.url, "TOKEN": alice.token, "CONVERSATION": conversation["id"]}
    async with running(script, **variables) as told:
        # The first was completed by the client: nothing of it comes any more.
        assert await told.told() == {
            "opened": 1,
            "reply": "You said: Hello! 🎉",
            "heard": ["operation-2 next", "operation-3 complete", "operation-3 next"],
        }
        assert await told.told() == {"invalid": 1}
        assert await told.told() == {"code": 4403}
