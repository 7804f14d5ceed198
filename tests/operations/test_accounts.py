"""createApiToken, revokeApiToken, createUser, setTokenLimit, and who is let in."""

import asyncio
from datetime import UTC, datetime, timedelta

import aiohttp
import pytest

from chat.accounts import hashed
from chat.records import UserRole
from db.database import Database
from db.users import SqlUserStore
from tests.served import Client, Served

TOKEN = """mutation ($input: CreateApiTokenInput!) {
    createApiToken(input: $input) { secret apiToken { id name expiresAt lastUsedAt } }
}"""
USER = """mutation ($input: CreateUserInput!) {
    createUser(input: $input) { user { id name email role usage { tokenLimit } apiTokens { id } } }
}"""
LIMIT = """mutation ($input: SetTokenLimitInput!) {
    setTokenLimit(input: $input) { user { usage { tokenLimit tokensRemaining } } }
}"""


def holding(client: Client, token: str) -> Client:
    """The same user with another token."""
    return Client(client.url, client.session, token, client.user)


async def test_a_new_token_signs_in_until_it_is_revoked(alice: Client) -> None:
    made = (await alice(TOKEN, input={"name": "n8n"})).data["createApiToken"]
    other = holding(alice, made["secret"])
    assert (await other("{ viewer { name } }")).data["viewer"]["name"] == "User 1"
    revoke = "mutation ($id: ID!) { revokeApiToken(input: {id: $id}) { revokedId } }"
    answer = await alice(revoke, id=made["apiToken"]["id"])
    assert answer.data["revokeApiToken"]["revokedId"] == made["apiToken"]["id"]
    refused = await other("{ viewer { name } }")
    assert (refused.status, refused.code) == (401, "UNAUTHENTICATED")


async def test_the_secret_of_a_token_is_stored_nowhere(alice: Client, database_url: str) -> None:
    secret = (await alice(TOKEN, input={"name": "n8n"})).data["createApiToken"]["secret"]
    database = await Database.open(database_url)
    rows = await database.rows("SELECT * FROM api_tokens")
    await database.close()
    assert len(rows) == 2
    assert secret not in str(rows)


async def test_a_token_that_ran_out_signs_in_no_more(alice: Client, parley: Served) -> None:
    soon = datetime.now(UTC) + timedelta(seconds=1)
    made = await alice(TOKEN, input={"name": "short", "expiresAt": soon.isoformat()})
    secret = made.data["createApiToken"]["secret"]
    viewer = await parley.application.user_store.authenticate(
        hashed(secret), now=soon + timedelta(seconds=1)
    )
    assert viewer is None


async def test_the_last_use_of_a_token_is_noted(alice: Client) -> None:
    tokens = (await alice("{ viewer { apiTokens { lastUsedAt } } }")).data["viewer"]["apiTokens"]
    assert tokens[0]["lastUsedAt"] is not None


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Authorization": "Bearer wrong"},
        {"Authorization": "Bearer "},
        {"Authorization": "Basic YTpi"},
        {"Authorization": "Bearer " + "x" * 10_000},
    ],
)
async def test_without_a_good_token_nothing_is_answered(
    parley: Served, headers: dict[str, str]
) -> None:
    for accept in ("application/json", "text/event-stream"):
        async with parley.session.post(
            f"{parley.url}/graphql",
            json={"query": "{ viewer { name } }"},
            headers={**headers, "Accept": accept},
        ) as response:
            body = await response.json()
        assert response.status == 401
        assert response.headers["WWW-Authenticate"] == "Bearer"
        assert body["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"


@pytest.mark.parametrize("payload", [None, {}, {"token": "wrong"}, {"Authorization": 7}, {"a": 1}])
async def test_a_socket_without_a_good_token_is_closed(
    parley: Served, payload: dict[str, object] | None
) -> None:
    async with parley.session.ws_connect(
        f"{parley.url}/graphql", protocols=["graphql-transport-ws"]
    ) as socket:
        init: dict[str, object] = {"type": "connection_init"}
        await socket.send_json(init if payload is None else {**init, "payload": payload})
        message = await socket.receive()
        assert message.type is aiohttp.WSMsgType.CLOSE
        assert socket.close_code == 4403


@pytest.mark.parametrize("name", ["Authorization", "authorization", "token"])
async def test_a_socket_takes_its_token_under_three_names(alice: Client, name: str) -> None:
    for value in (alice.token, f"Bearer {alice.token}"):
        async with alice.socket({name: value}) as socket:
            query = {"query": "{ viewer { name } }"}
            await socket.raw.send_json({"id": "1", "type": "subscribe", "payload": query})
            assert (await socket.next())["data"] == {"viewer": {"name": "User 1"}}


async def test_healthz_needs_no_token(parley: Served) -> None:
    async with parley.session.get(f"{parley.url}/healthz") as response:
        assert response.status == 200
        assert await response.json() == {"status": "ok"}


async def test_an_admin_adds_users_and_sets_their_limits(parley: Served) -> None:
    admin = await parley.client(role=UserRole.ADMIN)
    new = {"name": "Eve", "email": " Eve@Example.ORG ", "tokenLimit": 5}
    made = (await admin(USER, input=new)).data["createUser"]["user"]
    assert (made["email"], made["role"]) == ("eve@example.org", "MEMBER")
    assert made["usage"]["tokenLimit"] == 5
    assert made["apiTokens"] == []
    changed = await admin(LIMIT, input={"userId": made["id"], "tokenLimit": 9})
    assert changed.data["setTokenLimit"]["user"]["usage"] == {
        "tokenLimit": 9,
        "tokensRemaining": 9,
    }
    cleared = await admin(LIMIT, input={"userId": made["id"]})
    assert cleared.data["setTokenLimit"]["user"]["usage"]["tokenLimit"] is None
    twice = await admin(USER, input={"name": "Eve", "email": "eve@example.org"})
    assert (twice.code, twice.error["extensions"]["field"]) == ("BAD_USER_INPUT", "email")


async def test_a_member_may_neither_add_users_nor_set_limits(alice: Client) -> None:
    mine = (await alice("{ viewer { id } }")).data["viewer"]["id"]
    assert (await alice(USER, input={"name": "E", "email": "e@x.org"})).code == "FORBIDDEN"
    assert (await alice(LIMIT, input={"userId": mine, "tokenLimit": 9})).code == "FORBIDDEN"


async def test_an_operation_on_a_socket_whose_token_was_revoked_closes_it(alice: Client) -> None:
    made = (await alice(TOKEN, input={"name": "n8n"})).data["createApiToken"]
    async with alice.socket({"token": made["secret"]}) as socket:
        revoke = "mutation ($id: ID!) { revokeApiToken(input: {id: $id}) { revokedId } }"
        await alice(revoke, id=made["apiToken"]["id"])
        query = {"query": "{ viewer { name } }"}
        await socket.raw.send_json({"id": "1", "type": "subscribe", "payload": query})
        await socket.raw.receive()
        assert socket.raw.close_code == 4401


@pytest.mark.parametrize("by", ["revoke_token", "erase"])
async def test_what_a_token_let_in_is_told_when_another_process_ends_the_token(
    alice: Client, parley: Served, database_url: str, by: str
) -> None:
    viewer = await parley.application.accounts.authenticate(alice.token)
    assert viewer.token is not None
    ended = asyncio.Event()
    with parley.application.token_watch.watching(viewer, ended.set):
        database = await Database.open(database_url)
        store = SqlUserStore(database)
        await (store.erase(alice.user.id) if by == "erase" else store.revoke_token(viewer.token.id))
        await asyncio.wait_for(ended.wait(), 5)
        await database.close()
