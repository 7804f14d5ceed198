"""The npm package graphql-ws, from which the protocol has its name."""

from tests.clients.node import running
from tests.clients.page import Project
from tests.conftest import StartParley
from tests.served import Client
from web.limits import EdgeLimits


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


async def test_the_client_is_told_each_close_code(
    start_parley: StartParley, project: Project
) -> None:
    async with start_parley(limits=EdgeLimits(init_seconds=1)) as parley:
        alice = await parley.client()
        conversation = await alice.conversation()
        accounts = parley.application.accounts
        token, ending = await accounts.create_token(alice.user.id, "ending")
        variables = {
            "PARLEY": alice.url,
            "TOKEN": alice.token,
            "ENDING": ending,
            "CONVERSATION": conversation["id"],
        }
        async with running(project.script("close_codes.mjs"), **variables) as told:
            codes = [await told.told() for _ in range(5)]
            assert [one["code"] for one in codes] == [4400, 4401, 4408, 4409, 4429]
            assert [one["code"] for one in codes] == [one["expected"] for one in codes]
            assert await told.told() == {"connected": True}
            await accounts.revoke_token(alice.user.id, token.id)
            assert await told.told() == {"code": 4401, "reason": "The token has ended"}
