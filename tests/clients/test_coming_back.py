"""Clients that are set up as docs/clients.md shows come back by themselves, without a gap."""

import sys
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from pathlib import Path

import pytest

from tests.clients.door import Door, door
from tests.clients.node import NODE, Script, running
from tests.clients.page import Project, blocks
from tests.conftest import StartParley
from tests.served import Client

FOLLOW_WITH_GQL = """
async def follow():
    import json

    async for message in messages(os.environ["CONVERSATION"], -1):
        print(json.dumps(message), flush=True)


asyncio.run(follow())
"""


async def indexes(script: Script, count: int) -> list[int]:
    """The indexes of the messages that are told next."""
    return [(await script.told())["index"] for _ in range(count)]


def follower(
    transport: str, project: Project, entrance: Door, alice: Client, conversation: str
) -> AbstractAsyncContextManager[Script]:
    """A script that follows a conversation and prints its messages."""
    program: Path | str = NODE
    script = project.script("follow.mjs")
    if transport == "gql":
        program = sys.executable
        shown = blocks("Python: gql", "python")[0].partition("async def main")[0]
        script = project.write("follow.py", shown + FOLLOW_WITH_GQL)
    variables = {"TRANSPORT": transport, "CONVERSATION": conversation}
    return running(script, program, PARLEY=entrance.url, TOKEN=alice.token, **variables)


@pytest.mark.parametrize("transport", ["graphql-ws", "graphql-sse", "gql"])
async def test_a_subscription_outlives_a_restart_and_misses_nothing(
    transport: str, start_parley: StartParley, project: Project
) -> None:
    async with door() as entrance, AsyncExitStack() as following:
        async with start_parley() as served:
            entrance.leads_to = served.url
            alice = await served.client()
            conversation = (await alice.send(None, "First"))["conversation"]["id"]
            script = await following.enter_async_context(
                follower(transport, project, entrance, alice, conversation)
            )
            assert await indexes(script, 2) == [0, 1]
        async with start_parley() as served:
            alice = Client(served.url, served.session, alice.token, alice.user)
            await alice.send(conversation, "While nobody could listen")
            entrance.leads_to = served.url
            assert await indexes(script, 2) == [2, 3]
            await alice.send(conversation, "And live again")
            assert await indexes(script, 2) == [4, 5]
