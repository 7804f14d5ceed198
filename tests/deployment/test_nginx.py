"""docs/operations/nginx.conf: everything that Parley does works through it."""

import asyncio
import io
import re
from pathlib import Path
from urllib.parse import urlsplit

import aiohttp
import pytest

from settings import Settings
from tests.deployment.conftest import Behind
from tests.deployment.nginx import SNIPPET, free_port, nginx
from tests.deployment.streams import REPLY_IS_COMPLETE, WAYS, subscribed, until
from tests.scripted_model import ScriptedModel, say_from
from tests.served import Client, Served
from web.limits import EdgeLimits

_BODY_BYTES = EdgeLimits().body_bytes


@pytest.mark.parametrize("way", WAYS)
async def test_each_piece_of_a_reply_comes_when_it_was_said_whichever_process_it_is_said_in(
    fleet: Behind, model: ScriptedModel, way: str
) -> None:
    for _ in range(2):  # requests go to the processes in turn
        pieces = asyncio.Queue[str | None]()
        model.next(say_from(pieces))
        conversation_id = (await fleet.client.conversation())["id"]
        async with subscribed(fleet.client, conversation_id, way) as stream:
            await fleet.client.send(conversation_id, "Count", wait=False)
            for word in ("one", "two", "three", "four"):
                await pieces.put(word)
                await until(stream, word)  # the next is said only when this has come
            await pieces.put(None)
            await until(stream, REPLY_IS_COMPLETE)
        assert (await fleet.client.messages(conversation_id))[1]["content"] == "onetwothreefour"


async def test_any_process_serves_what_another_began(fleet: Behind) -> None:
    conversation_id = (await fleet.client.send(None, "Hi"))["conversation"]["id"]
    for _ in range(6):
        reply = (await fleet.client.messages(conversation_id))[1]
        assert reply["content"] == "You said: Hi 🎉"
    assert len({one["upstream"] for one in await fleet.nginx.requests(7)}) == 2


async def test_a_client_that_gives_up_waiting_loses_nothing(
    behind: Behind, model: ScriptedModel
) -> None:
    conversation_id = (await behind.client.conversation())["id"]
    with model.holding():
        waiting = asyncio.create_task(behind.client.send(conversation_id, "Hi"))
        await model.until_asked(1)
        waiting.cancel()
        await asyncio.wait([waiting])
        requests = await behind.nginx.requests(2)
        assert requests[-1]["status"] == 499  # nginx's word for a client that has gone
    async with subscribed(behind.client, conversation_id, "websocket") as stream:
        await until(stream, REPLY_IS_COMPLETE)


async def test_a_process_that_is_away_costs_no_request(parley: Served, tmp_path: Path) -> None:
    client = await parley.client()
    port = urlsplit(parley.url).port or 0
    async with nginx(tmp_path, [free_port(), port]) as before:
        through = Client(before.url, client.session, client.token, client.user)
        for _ in range(6):
            await through.send(None, "Hi")


async def test_the_id_of_a_request_is_the_callers_or_nginxs(behind: Behind) -> None:
    url = f"{behind.nginx.url}/graphql"
    async with behind.client.session.post(url, headers={"X-Request-Id": "mine-1"}) as answer:
        assert answer.headers["X-Request-Id"] == "mine-1"
    async with behind.client.session.post(url) as answer:
        given = answer.headers["X-Request-Id"]
    assert [one["request_id"] for one in await behind.nginx.requests(2)] == ["mine-1", given]


async def test_sockets_of_its_own_pages_may_connect_and_others_may_not(behind: Behind) -> None:
    async def connect(origin: str) -> None:
        async with behind.client.session.ws_connect(
            f"{behind.nginx.url}/graphql", protocols=["graphql-transport-ws"], origin=origin
        ) as socket:
            assert socket.protocol == "graphql-transport-ws"

    await connect(behind.nginx.url)
    with pytest.raises(aiohttp.WSServerHandshakeError, match="403"):
        await connect("https://elsewhere.example")


@pytest.mark.parametrize(("size", "status"), [(_BODY_BYTES, 400), (_BODY_BYTES + 1, 413)])
async def test_bodies_of_a_mebibyte_pass_and_larger_ones_do_not(
    behind: Behind, size: int, status: int
) -> None:
    headers = {
        "Authorization": f"Bearer {behind.client.token}",
        "Content-Type": "application/json",
    }
    async with behind.client.session.post(
        f"{behind.nginx.url}/graphql", data=io.BytesIO(b" " * size), headers=headers
    ) as answer:
        assert answer.status == status
    assert behind.nginx.files_of_bodies() == []


async def test_figures_are_not_for_everybody(behind: Behind) -> None:
    async with behind.client.session.get(f"{behind.nginx.url}/metrics") as answer:
        assert answer.status == 404
    [request] = await behind.nginx.requests(1)
    assert request["upstream"] == ""


async def test_the_access_log_holds_no_token_and_no_query(behind: Behind) -> None:
    for address in (f"/?token={behind.client.token}", "/graphql?query=%7Bviewer%7Bname%7D%7D"):
        async with behind.client.session.get(f"{behind.nginx.url}{address}"):
            pass
    requests = await behind.nginx.requests(2)
    assert [one["path"] for one in requests] == ["/", "/graphql"]
    assert behind.client.token not in str(requests)
    assert "viewer" not in str(requests)


def test_a_send_may_wait_as_long_as_parley_lets_it() -> None:
    [seconds] = re.findall(r"proxy_read_timeout (\d+)s;", SNIPPET)
    settings = Settings()
    assert int(seconds) >= settings.wait_seconds + settings.operation_seconds
