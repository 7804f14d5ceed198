"""Clients that are set up as docs/clients.md shows come back by themselves, without a gap."""

from contextlib import AsyncExitStack

import pytest

from tests.clients.door import door
from tests.clients.node import Script, running
from tests.clients.page import Project
from tests.conftest import StartParley
from tests.served import Client


async def indexes(script: Script, count: int) -> list[int]:
    """The indexes of the messages that are told next."""
    return [(await script.told())["index"] for _ in range(count)]


@pytest.mark.parametrize("transport", ["graphql-ws", "graphql-sse"])
async def test_a_subscription_outlives_a_restart_and_misses_nothing(
    transport: str, start_parley: StartParley, project: Project
) -> None:
    script = project.script("follow.mjs")
    async with door() as entrance, AsyncExitStack() as following:
        async with start_parley() as served:
            entrance.leads_to = served.url
            alice = await served.client()
            conversation = (await alice.send(None, "First"))["conversation"]["id"]
            variables = {"TRANSPORT": transport, "CONVERSATION": conversation}
            follower = await following.enter_async_context(
                running(script, PARLEY=entrance.url, TOKEN=alice.token, **variables)
            )
            assert await indexes(follower, 2) == [0, 1]
        async with start_parley() as served:
            alice = Client(served.url, served.session, alice.token, alice.user)
            await alice.send(conversation, "While nobody could listen")
            entrance.leads_to = served.url
            assert await indexes(follower, 2) == [2, 3]
            await alice.send(conversation, "And live again")
            assert await indexes(follower, 2) == [4, 5]
