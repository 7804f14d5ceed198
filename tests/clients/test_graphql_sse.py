"""The npm package graphql-sse, with a connection for each operation."""

from tests.clients.node import running
from tests.clients.page import Project
from tests.served import Client


async def test_every_kind_of_operation_has_its_results_and_its_end(
    alice: Client, project: Project
) -> None:
    conversation = await alice.conversation()
    script = project.script("graphql_sse.mjs")
    variables = {"PARLEY": alice.url, "TOKEN": alice.token, "CONVERSATION": conversation["id"]}
    async with running(script, **variables) as told:
        assert await told.told() == {"query": [{"data": {"viewer": {"role": "MEMBER"}}}]}
        reply = {"content": "You said: Hello! 🎉"}
        assert await told.told() == {"mutation": [{"data": {"sendMessage": {"reply": reply}}}]}
        assert await told.told() == {"seen": [0, 1]}
        assert await told.told() == {"status": 401}
