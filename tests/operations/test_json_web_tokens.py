"""Signing in by JSON Web Tokens, over real HTTP and sockets."""

import asyncio
import base64
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from jwt.algorithms import HMACAlgorithm

from db.database import Database
from tests.adapters.issuer import (
    AUDIENCE,
    ISSUER,
    SECRET,
    KeySetServer,
    Private,
    ec_key,
    payload,
    public,
    rsa_key,
    signed,
)
from tests.conftest import StartParley
from tests.served import Answer, Served

RSA, EC, FOREIGN = rsa_key(), ec_key(), rsa_key()
VIEWER = "{ viewer { id name email role apiTokens { id } } }"
BY_SECRET = {"jwt_secret": SECRET, "jwt_issuer": ISSUER, "jwt_audience": AUDIENCE}


async def ask(parley: Served, token: str, query: str = VIEWER) -> Answer:
    headers = {"Authorization": f"Bearer {token}"}
    async with parley.session.post(
        f"{parley.url}/graphql", json={"query": query}, headers=headers
    ) as response:
        return Answer(response.status, await response.json(), dict(response.headers))


async def refused(parley: Served, token: str) -> bool:
    """Whether a request is answered with 401 and a socket is closed."""
    answer = await ask(parley, token)
    async with parley.session.ws_connect(
        f"{parley.url}/graphql", protocols=["graphql-transport-ws"]
    ) as socket:
        await socket.send_json({"type": "connection_init", "payload": {"token": token}})
        message = await socket.receive()
    assert answer.headers["WWW-Authenticate"] == "Bearer"
    assert (answer.status, answer.code) == (401, "UNAUTHENTICATED")
    return message.type is aiohttp.WSMsgType.CLOSE


@pytest.fixture
async def by_secret(start_parley: StartParley) -> AsyncIterator[Served]:
    """A Parley that shares a secret with an issuer."""
    async with start_parley(**BY_SECRET) as served:
        yield served


@dataclass
class ByKeys:
    """A Parley that fetches the keys of an issuer."""

    parley: Served
    issuer: KeySetServer


@asynccontextmanager
async def trusting(start_parley: StartParley, **changes: object) -> AsyncIterator[ByKeys]:
    issuer = KeySetServer(public(RSA, "rsa"), public(EC, "ec"))
    async with TestServer(issuer.application()) as server:
        url = str(server.make_url("/keys"))
        settings = {"jwt_jwks_url": url, "jwt_issuer": ISSUER, "jwt_audience": AUDIENCE, **changes}
        async with start_parley(**settings) as parley:
            yield ByKeys(parley, issuer)


@pytest.fixture
async def by_keys(start_parley: StartParley) -> AsyncIterator[ByKeys]:
    """The same, with an RSA key and one on a curve."""
    async with trusting(start_parley) as made:
        yield made


async def test_a_token_signed_with_the_secret_signs_in_a_member(by_secret: Served) -> None:
    token = signed(SECRET, "HS256", name="Ada", email="Ada@example.org", roles=["ADMIN"])
    viewer = (await ask(by_secret, token)).data["viewer"]
    assert viewer == {
        "id": viewer["id"],
        "name": "Ada",
        "email": "ada@example.org",
        "role": "MEMBER",
        "apiTokens": [],
    }
    later = signed(SECRET, "HS256", name="Ada Lovelace")
    assert (await ask(by_secret, later)).data["viewer"] == viewer


async def test_its_holder_talks_over_http_and_sockets_and_sees_nothing_of_others(
    by_secret: Served,
) -> None:
    ada, eve = (signed(SECRET, "HS256", sub=sub) for sub in ("ada", "eve"))
    send = 'mutation { sendMessage(input: {content: "Hi"}) { conversation { id } reply { id } } }'
    sent = (await ask(by_secret, ada, send)).data["sendMessage"]
    lists = "{ conversations(first: 9) { nodes { id } } }"
    assert (await ask(by_secret, eve, lists)).data["conversations"]["nodes"] == []
    async with by_secret.session.ws_connect(
        f"{by_secret.url}/graphql", protocols=["graphql-transport-ws"]
    ) as socket:
        await socket.send_json({"type": "connection_init", "payload": {"token": ada}})
        assert (await socket.receive_json())["type"] == "connection_ack"
        await socket.send_json({"id": "1", "type": "subscribe", "payload": {"query": lists}})
        message = await socket.receive_json()
    assert message["payload"]["data"]["conversations"]["nodes"] == [sent["conversation"]]


async def test_its_holder_makes_api_tokens_which_sign_in_as_the_same_user(
    by_secret: Served,
) -> None:
    ada = signed(SECRET, "HS256")
    make = 'mutation { createApiToken(input: {name: "n8n"}) { secret } }'
    secret = (await ask(by_secret, ada, make)).data["createApiToken"]["secret"]
    ids = {(await ask(by_secret, one)).data["viewer"]["id"] for one in (ada, secret)}
    assert len(ids) == 1


async def test_a_member_by_token_does_nothing_of_an_admins(by_secret: Served) -> None:
    token = signed(SECRET, "HS256", role="ADMIN")
    query = 'mutation { createUser(input: {name: "E", email: "e@x.org"}) { user { id } } }'
    assert (await ask(by_secret, token, query)).code == "FORBIDDEN"


@pytest.mark.parametrize(("key", "algorithm", "name"), [(RSA, "RS256", "rsa"), (EC, "ES256", "ec")])
async def test_a_token_signed_with_a_published_key_signs_in(
    by_keys: ByKeys, key: Private, algorithm: str, name: str
) -> None:
    for key_id in (name, None):
        answer = await ask(by_keys.parley, signed(key, algorithm, key_id))
        assert answer.data["viewer"]["name"] == "ada-1"
    assert by_keys.issuer.asked == by_keys.parley.processes


@pytest.mark.one_process("each process keeps its own copy of the keys")
async def test_a_key_that_the_issuer_begins_to_use_works_at_once(by_keys: ByKeys) -> None:
    old = (await ask(by_keys.parley, signed(RSA, "RS256", "rsa"))).data["viewer"]
    new = ec_key()
    by_keys.issuer.keys = [public(new, "new")]
    assert (await ask(by_keys.parley, signed(new, "ES256", "new"))).data["viewer"] == old
    assert await refused(by_keys.parley, signed(RSA, "RS256", "rsa"))
    assert by_keys.issuer.asked == 2


@pytest.mark.parametrize(
    "changes",
    [
        {"exp": 1_000_000_000},
        {"exp": None},
        {"nbf": 9_000_000_000},
        {"aud": "another program"},
        {"aud": None},
        {"iss": "https://another.example/"},
        {"sub": ""},
        {"sub": None},
    ],
)
async def test_a_token_that_is_not_meant_for_now_and_here_is_refused(
    by_secret: Served, changes: dict[str, Any]
) -> None:
    assert await refused(by_secret, signed(SECRET, "HS256", **changes))


def unsigned(signature: str = "c2ln") -> str:
    """A token that says that it needs no signature."""
    return f"{_unsigned_text({'alg': 'none'})}.{signature}"


def signed_with_the_public_key() -> str:
    """A token whose signature takes the published key for a secret."""
    text = _unsigned_text({"alg": "HS256", "kid": "rsa"})
    pem = RSA.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    hmac = HMACAlgorithm(HMACAlgorithm.SHA256)
    return f"{text}.{_base64(hmac.sign(text.encode(), pem))}"


def _unsigned_text(header: dict[str, str]) -> str:
    return ".".join(_base64(json.dumps(part).encode()) for part in (header, payload()))


def _base64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


@pytest.mark.parametrize(
    "token",
    [
        unsigned(),
        unsigned(signature=""),
        signed_with_the_public_key(),
        signed(SECRET, "HS256", "rsa"),
        signed(FOREIGN, "RS256", "rsa"),
        signed(FOREIGN, "RS256", "foreign"),
        signed(FOREIGN, "RS256"),
        signed(RSA, "RS256", "ec"),
        signed(RSA, "RS512", "rsa"),
        signed(RSA, "PS256", "rsa"),
    ],
)
async def test_a_token_that_is_not_signed_as_it_must_be_is_refused(
    by_keys: ByKeys, token: str
) -> None:
    assert await refused(by_keys.parley, token)
    assert by_keys.issuer.asked <= 2 * by_keys.parley.processes


@pytest.mark.parametrize("token", [unsigned(), signed(RSA, "RS256"), signed("s" * 64, "HS256")])
async def test_a_token_of_another_key_than_the_secret_is_refused(
    by_secret: Served, token: str
) -> None:
    assert await refused(by_secret, token)


async def test_without_an_issuer_no_such_token_signs_in(parley: Served) -> None:
    assert await refused(parley, signed(SECRET, "HS256"))


async def test_ten_first_sights_at_once_make_one_user(by_secret: Served, database_url: str) -> None:
    token = signed(SECRET, "HS256", email="ada@example.org")
    answers = await asyncio.gather(*(ask(by_secret, token) for _ in range(10)))
    assert len({answer.data["viewer"]["id"] for answer in answers}) == 1
    database = await Database.open(database_url)
    [row] = await database.rows("SELECT email, subject FROM users")
    await database.close()
    assert dict(row) == {"email": "ada@example.org", "subject": f"{ISSUER} ada-1"}


async def test_the_same_subject_of_another_issuer_is_another_user(
    start_parley: StartParley,
) -> None:
    ids = []
    for issuer in (ISSUER, "https://another.example/", ISSUER):
        async with start_parley(**{**BY_SECRET, "jwt_issuer": issuer}) as parley:
            answer = await ask(parley, signed(SECRET, "HS256", iss=issuer))
            ids.append(answer.data["viewer"]["id"])
    assert ids[0] == ids[2] != ids[1]


async def test_an_address_in_a_token_opens_nobodys_account(by_secret: Served) -> None:
    alice = await by_secret.client()
    token = signed(SECRET, "HS256", email=alice.user.email)
    viewer = (await ask(by_secret, token)).data["viewer"]
    mine = (await alice("{ viewer { id email } }")).data["viewer"]
    assert viewer["id"] != mine["id"]
    assert viewer["email"].endswith("@users.invalid")


async def test_who_erased_all_and_comes_again_begins_anew(by_secret: Served) -> None:
    token = signed(SECRET, "HS256")
    first = (await ask(by_secret, token)).data["viewer"]["id"]
    await ask(by_secret, token, "mutation { deleteMyData { __typename } }")
    assert (await ask(by_secret, token)).data["viewer"]["id"] != first


async def test_while_the_keys_cannot_be_had_a_token_may_be_tried_again(by_keys: ByKeys) -> None:
    by_keys.issuer.answer = web.Response(status=500)
    answer = await ask(by_keys.parley, signed(RSA, "RS256", "rsa"))
    assert (answer.status, answer.code) == (503, "INTERNAL")
    assert answer.error["extensions"]["retryable"] is True


async def test_a_socket_that_it_let_in_is_closed_when_it_runs_out(by_secret: Served) -> None:
    token = signed(SECRET, "HS256", exp=payload()["iat"] + 2)
    async with by_secret.session.ws_connect(
        f"{by_secret.url}/graphql", protocols=["graphql-transport-ws"]
    ) as socket:
        await socket.send_json({"type": "connection_init", "payload": {"token": token}})
        assert (await socket.receive_json())["type"] == "connection_ack"
        await asyncio.wait_for(socket.receive(), 10)
        assert socket.close_code == 4401
