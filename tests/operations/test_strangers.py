"""Whoever has no good token learns nothing: not why, and not what there is to ask for."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import aiohttp
import pytest

from chat.accounts import hashed
from chat.identifiers import uuid7
from chat.records import ApiToken
from tests.served import Client, Json, Served

KINDS = ("none", "wrong", "half", "expired", "revoked", "erased")
# Each is one letter or word away from what there is, so that a suggestion would name it.
GUESSES = (
    "{ viewr { name } }",
    "{ viewer { nam } }",
    "{ conversatons { totalCount } }",
    "mutation { sendMesage(input: {content: 1}) { run { id } } }",
    'mutation { sendMessage(input: {contents: "x"}) { run { id } } }',
    'subscription { newMesages(conversationId: "x") { id } }',
    "{ __schema { types { name } } }",
    '{ __type(name: "User") { fields { name } } }',
    "{",
)
NAMES = ("did you mean", "viewer", "conversations", "sendmessage", "newmessages", "content", "user")


@pytest.fixture
async def tokens(parley: Served) -> AsyncIterator[dict[str, str]]:
    """A token of each kind that is no good."""
    gone = await parley.client()
    await parley.application.erasure.erase(gone.user.id)
    alice = await parley.client()
    yield {
        "none": "",
        "wrong": f"parley_{'x' * 43}",
        "half": alice.token[:-1],
        "expired": await expired(parley, alice),
        "revoked": await revoked(parley, alice),
        "erased": gone.token,
    }
    assert (await alice("{ viewer { name } }")).status == 200


async def expired(parley: Served, client: Client) -> str:
    """A token that ran out a second ago."""
    accounts = parley.application.accounts
    token, _ = await accounts.create_token(client.user.id, "a pattern")
    secret = f"parley_{'e' * 43}"
    now = datetime.now(UTC)
    old: ApiToken = replace(token, id=uuid7(), expires_at=now - timedelta(seconds=1))
    await parley.application.user_store.add_token(old, token_hash=hashed(secret))
    return secret


async def revoked(parley: Served, client: Client) -> str:
    """A token that signed in, and was taken back."""
    accounts = parley.application.accounts
    token, secret = await accounts.create_token(client.user.id, "short-lived")
    await accounts.authenticate(secret)
    await accounts.revoke_token(client.user.id, token.id)
    return secret


async def refusals(parley: Served, token: str, query: str) -> list[tuple[int, str]]:
    """Status and text of the answers by every way of asking over HTTP."""
    url = f"{parley.url}/graphql"
    signed = {"Authorization": f"Bearer {token}"} if token else {}
    found: list[tuple[int, str]] = []
    for accept in ("application/json", "application/graphql-response+json", "text/event-stream"):
        headers = {**signed, "Accept": accept}
        async with parley.session.post(url, json={"query": query}, headers=headers) as response:
            found.append((response.status, await response.text()))
        async with parley.session.get(url, params={"query": query}, headers=headers) as response:
            found.append((response.status, await response.text()))
    return found


async def closed_with(parley: Served, token: str, query: str) -> tuple[int | None, list[Json]]:
    """How a socket ends that asks with such a token, and what came before that."""
    said: list[Json] = []
    async with parley.session.ws_connect(
        f"{parley.url}/graphql", protocols=["graphql-transport-ws"]
    ) as raw:
        await raw.send_json({"type": "connection_init", "payload": {"token": token}})
        await raw.send_json({"type": "subscribe", "id": "1", "payload": {"query": query}})
        while (message := await raw.receive()).type is aiohttp.WSMsgType.TEXT:
            said.append(message.json())
        return raw.close_code, said


@pytest.mark.parametrize("kind", KINDS)
async def test_a_token_that_is_no_good_is_refused_everywhere_and_nobody_is_told_why(
    parley: Served, tokens: dict[str, str], kind: str
) -> None:
    assert tokens.keys() == set(KINDS)
    for status, text in await refusals(parley, tokens[kind], "{ viewer { name } }"):
        assert status == 401
        assert '"code":"UNAUTHENTICATED"' in text
        assert '"message":"Please sign in with a valid token."' in text
    code, said = await closed_with(parley, tokens[kind], "{ viewer { name } }")
    assert code in {4401, 4403}
    assert said == []


@pytest.mark.parametrize("query", GUESSES)
async def test_nobody_without_a_token_is_told_which_names_there_are(
    parley: Served, query: str
) -> None:
    for token in ("", "wrong"):
        for status, text in await refusals(parley, token, query):
            assert status == 401
            assert [name for name in NAMES if name in text.lower()] == []
        code, said = await closed_with(parley, token, query)
        assert code in {4401, 4403}
        assert said == []


async def test_with_a_token_the_same_guesses_are_answered_by_names(parley: Served) -> None:
    alice = await parley.client()
    assert "Did you mean 'viewer'?" in (await alice(GUESSES[0])).error["message"]


@pytest.mark.parametrize("where", ["a query parameter", "a cookie", "the body"])
async def test_a_good_token_counts_in_its_header_alone(parley: Served, where: str) -> None:
    token = (await parley.client()).token
    query: Json = {"query": "{ viewer { name } }"}
    request: Json = {
        "a query parameter": {"params": {"access_token": token, "token": token}, "json": query},
        "a cookie": {"cookies": {"token": token, "Authorization": token}, "json": query},
        "the body": {"json": {**query, "token": token, "extensions": {"token": token}}},
    }[where]
    async with parley.session.post(f"{parley.url}/graphql", **request) as response:
        assert response.status == 401
