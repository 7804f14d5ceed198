"""The endpoint over sockets and streams: who is let in, how many, and until when.

The protocol's messages are in `test_malformed_messages.py` and `tests/web/sockets/`.
"""

import asyncio

import aiohttp
import pytest

from tests.conftest import StartParley
from tests.served import Client, Json, Served, Socket
from web.limits import EdgeLimits

NAME = "{ viewer { name } }"
MESSAGES = "subscription ($id: ID!) { newMessages(conversationId: $id) { content } }"
REVOKE = "mutation ($id: ID!) { revokeApiToken(input: {id: $id}) { revokedId } }"
TOKEN = """mutation { createApiToken(input: {name: "page"}) { secret apiToken { id } } }"""
ERASE = "mutation { deleteMyData { deletedConversations } }"
PROTOCOLS = ("graphql-transport-ws",)


async def opened(
    parley: Served, *, origin: str | None = None, protocols: tuple[str, ...] = PROTOCOLS
) -> aiohttp.ClientWebSocketResponse:
    """A socket as a page of that origin would open it."""
    headers = {} if origin is None else {"Origin": origin}
    return await parley.session.ws_connect(
        f"{parley.url}/graphql", protocols=protocols, headers=headers
    )


async def closed(raw: aiohttp.ClientWebSocketResponse) -> int | None:
    """The code with which the socket is closed, within the five seconds that are promised."""
    async with asyncio.timeout(5):
        while not raw.closed:
            await raw.receive()
    return raw.close_code


async def follow(client: Client, socket: Socket) -> None:
    """Subscribe to a new conversation."""
    variables = {"id": (await client.conversation())["id"]}
    payload = {"query": MESSAGES, "variables": variables}
    await socket.raw.send_json({"id": "1", "type": "subscribe", "payload": payload})


async def new_token(client: Client) -> Json:
    """A token of the client's user, with its secret."""
    made: Json = (await client(TOKEN)).data["createApiToken"]
    return made


@pytest.mark.parametrize(
    "origin", ["https://evil.example.org", "null", "http://127.0.0.1:1", "file://", "[", ""]
)
async def test_a_socket_of_another_sites_page_is_refused(parley: Served, origin: str) -> None:
    with pytest.raises(aiohttp.WSServerHandshakeError) as caught:
        await opened(parley, origin=origin)
    assert caught.value.status == 403


async def test_pages_of_the_same_host_and_of_listed_origins_may_open_sockets(
    start_parley: StartParley,
) -> None:
    async with start_parley(cors_origins=("https://app.example.org",)) as parley:
        for origin in (None, parley.url, "https://app.example.org"):
            raw = await opened(parley, origin=origin)
            assert raw.protocol == "graphql-transport-ws"
            await raw.close()


@pytest.mark.parametrize("protocols", [("graphql-ws",), (), ("soap",)])
async def test_the_legacy_protocol_and_unknown_ones_are_refused(
    parley: Served, protocols: tuple[str, ...]
) -> None:
    raw = await opened(parley, protocols=protocols)
    assert await closed(raw) == 4406


async def test_a_socket_is_closed_within_seconds_when_its_token_is_revoked(alice: Client) -> None:
    token = await new_token(alice)
    async with alice.socket({"token": token["secret"]}) as socket:
        await follow(alice, socket)
        await alice(REVOKE, id=token["apiToken"]["id"])
        assert await closed(socket.raw) == 4401


async def test_a_socket_is_closed_within_seconds_when_its_user_is_erased(alice: Client) -> None:
    async with alice.socket() as socket:
        await alice(ERASE)
        assert await closed(socket.raw) == 4401


@pytest.mark.parametrize("accept", ["text/event-stream", "multipart/mixed; subscriptionSpec=1.0"])
async def test_a_stream_ends_within_seconds_when_its_token_is_revoked(
    alice: Client, accept: str
) -> None:
    token = await new_token(alice)
    body = {"query": MESSAGES, "variables": {"id": (await alice.conversation())["id"]}}
    headers = {"Authorization": f"Bearer {token['secret']}", "Accept": accept}
    async with alice.session.post(f"{alice.url}/graphql", json=body, headers=headers) as response:
        assert response.status == 200
        await alice(REVOKE, id=token["apiToken"]["id"])
        async with asyncio.timeout(5):
            text = await response.text()
    assert '"code":"UNAUTHENTICATED"' in text
    assert text.endswith(("event: complete\ndata:\n\n", "--graphql--\r\n"))


async def test_the_token_of_one_socket_ends_no_other(alice: Client) -> None:
    token = await new_token(alice)
    async with alice.socket() as stays, alice.socket({"token": token["secret"]}) as goes:
        await alice(REVOKE, id=token["apiToken"]["id"])
        assert await closed(goes.raw) == 4401
        payload = {"query": NAME}
        await stays.raw.send_json({"id": "1", "type": "subscribe", "payload": payload})
        assert (await stays.next())["data"] == {"viewer": {"name": "User 1"}}


async def test_who_does_not_introduce_itself_in_time_is_closed(start_parley: StartParley) -> None:
    async with start_parley(limits=EdgeLimits(init_seconds=0.1)) as parley:
        raw = await opened(parley)
        await raw.send_json({"type": "ping"})
        assert await closed(raw) == 4408


async def test_more_operations_than_a_socket_may_run_are_refused_one_by_one(
    start_parley: StartParley,
) -> None:
    async with start_parley(limits=EdgeLimits(operations_per_socket=1)) as parley:
        alice = await parley.client()
        async with alice.socket() as socket:
            await follow(alice, socket)
            query = {"id": "2", "type": "subscribe", "payload": {"query": NAME}}
            await socket.raw.send_json(query)
            message = await socket.message()
            assert (message["id"], message["type"]) == ("2", "error")
            assert message["payload"][0]["extensions"]["code"] == "RATE_LIMITED"
            await socket.raw.send_json({"id": "1", "type": "complete"})
            await socket.raw.send_json(query)
            assert (await socket.next())["data"] == {"viewer": {"name": "User 1"}}


@pytest.mark.one_process("each process counts its own sockets")
async def test_more_sockets_than_a_user_may_have_are_told_to_come_back_later(
    start_parley: StartParley,
) -> None:
    async with start_parley(sockets_per_user=1) as parley:
        alice, bob = await parley.client(), await parley.client()
        async with alice.socket(), bob.socket():
            raw = await opened(parley)
            await raw.send_json({"type": "connection_init", "payload": {"token": alice.token}})
            assert await closed(raw) == 1013
        async with asyncio.timeout(5), alice.socket():
            pass


@pytest.mark.one_process("each process counts its own streams")
async def test_streams_over_http_count_like_sockets(start_parley: StartParley) -> None:
    async with start_parley(sockets_per_user=1) as parley:
        alice = await parley.client()
        body = {"query": MESSAGES, "variables": {"id": (await alice.conversation())["id"]}}
        headers = {"Authorization": f"Bearer {alice.token}", "Accept": "text/event-stream"}
        address = f"{alice.url}/graphql"
        async with alice.socket():
            async with alice.session.post(address, json=body, headers=headers) as refused:
                assert refused.status == 429
                told = await refused.json()
            assert told["errors"][0]["extensions"]["code"] == "RATE_LIMITED"
        async with alice.session.post(address, json=body, headers=headers) as served:
            assert served.status == 200


async def test_operations_on_sockets_count_for_the_users_rate(start_parley: StartParley) -> None:
    async with start_parley(rate_limit="1/minute") as parley:
        alice = await parley.client()
        async with alice.socket() as socket:
            for id_, type_ in (("1", "next"), ("1", "complete"), ("2", "error")):
                if type_ != "complete":
                    payload = {"query": NAME}
                    message = {"id": id_, "type": "subscribe", "payload": payload}
                    await socket.raw.send_json(message)
                told = await socket.message()
                assert told["type"] == type_
            extensions = told["payload"][0]["extensions"]
            assert (extensions["code"], extensions["retryable"]) == ("RATE_LIMITED", True)
            assert 0 < extensions["retryAfterSeconds"] <= 120


async def test_a_socket_at_another_path_is_refused(alice: Client) -> None:
    for path in ("/", "/graphql/", "/graphiql", "/nowhere"):
        with pytest.raises(aiohttp.WSServerHandshakeError) as caught:
            await alice.session.ws_connect(alice.url + path, protocols=["graphql-transport-ws"])
        assert caught.value.status == 403
