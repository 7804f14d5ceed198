"""An issuer's keys: which are used, how long they are good, and how seldom the issuer is asked."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from cryptography.hazmat.primitives.asymmetric import ec, ed25519

from adapters.jwks import JwksKeys, KeySetError, read_key_set
from adapters.openai import open_session
from chat.errors import IssuerUnavailableError
from tests.adapters.issuer import KeySetServer, ec_key, public, rsa_key

RSA = rsa_key()
EC = ec_key()
ONE, TWO = public(RSA, "one"), public(EC, "two")
DEFAULT = ("RS256", "ES256")


def read(*entries: object, algorithms: tuple[str, ...] = DEFAULT) -> set[tuple[str, str]]:
    """The ids and algorithms of the keys that are used."""
    found = read_key_set(json.dumps({"keys": entries}).encode(), algorithms)
    return {(key_id, algorithm) for key_id, algorithm in found if key_id is not None}


def test_a_key_is_used_for_the_algorithms_that_fit_it() -> None:
    every = ("RS256", "RS512", "PS256", "ES256", "ES384", "EdDSA")
    edwards = public(ed25519.Ed25519PrivateKey.generate(), "four")
    p384 = public(ec_key(ec.SECP384R1()), "three")
    assert read(ONE, TWO, p384, edwards, algorithms=every) == {
        ("one", "RS256"), ("one", "RS512"), ("one", "PS256"),
        ("two", "ES256"), ("three", "ES384"), ("four", "EdDSA"),
    }  # fmt: skip


def test_a_key_for_one_algorithm_is_used_for_that_alone() -> None:
    assert read({**ONE, "alg": "RS512"}, algorithms=("RS256", "RS512")) == {("one", "RS512")}


@pytest.mark.parametrize(
    "entry",
    [
        {"kty": "oct", "k": "c2VjcmV0", "kid": "one"},
        {"kty": "oct", "k": "c2VjcmV0", "kid": "one", "alg": "RS256"},
        {**ONE, "use": "enc"},
        {**ONE, "alg": "HS256"},
        {**ONE, "alg": 7},
        {**ONE, "kty": "EC"},
        {**ONE, "n": 7},
        {**ONE, "n": "!"},
        {**ONE, "e": None},
        {**ONE, "d": "c2VjcmV0"},
        {**TWO, "crv": "P-384"},
        {**TWO, "crv": ["P-256"]},
        {**TWO, "x": TWO["y"]},
        {**TWO, "y": ""},
        {"kid": "one"},
        {},
        [],
        None,
        "one",
        public(rsa_key(1024), "short"),
        public(ec_key(ec.SECP256K1()), "bitcoin"),
    ],
)
def test_what_is_no_good_public_key_is_left_out(entry: object) -> None:
    assert read(entry, TWO) == {("two", "ES256")}


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html>",
        b"[]",
        b"null",
        b"{}",
        b'{"keys": {}}',
        b'{"keys": null}',
        b"\xff",
        b"[" * 100_000,
    ],
)
def test_what_is_no_key_set_is_told(body: bytes) -> None:
    with pytest.raises(KeySetError):
        read_key_set(body, DEFAULT)


class Scene:
    """Keys of a served issuer, and time by hand."""

    def __init__(self, server: KeySetServer, keys: JwksKeys) -> None:
        self.server = server
        self.keys = keys
        self.now = 1000.0

    async def has(self, key_id: str | None, algorithm: str = "RS256") -> bool:
        return await self.keys.key(key_id, algorithm) is not None

    def breaks(self) -> None:
        """The issuer does not answer as it should any more."""
        self.server.answer = web.Response(status=503)

    def recovers(self) -> None:
        self.server.answer = None


@asynccontextmanager
async def a_scene(*entries: dict[str, Any]) -> AsyncIterator[Scene]:
    server = KeySetServer(*entries)
    async with TestServer(server.application()) as served, open_session() as session:
        url = str(served.make_url("/keys"))
        keys = JwksKeys(session=session, url=url, algorithms=DEFAULT, monotonic=lambda: scene.now)
        scene = Scene(server, keys)
        yield scene
        await keys.close()


async def test_the_issuer_is_asked_once_for_what_many_want_to_know() -> None:
    async with a_scene(ONE, TWO) as scene:
        assert scene.server.asked == 0
        found = await asyncio.gather(*(scene.has("one") for _ in range(20)))
        assert all(found)
        assert await scene.has("two", "ES256")
        scene.now += 600
        assert await scene.has("one")
        assert scene.server.asked == 1


async def test_a_key_is_good_for_its_algorithm_only() -> None:
    async with a_scene(ONE, TWO) as scene:
        assert not await scene.has("one", "ES256")
        assert not await scene.has("two", "RS256")


async def test_a_token_that_names_no_key_means_the_only_one() -> None:
    async with a_scene(ONE, TWO) as scene:
        assert await scene.has(None)
        scene.server.keys.append(public(rsa_key(), "three"))
        scene.now += 601
        assert not await scene.has(None)
        assert await scene.has("three")


async def test_two_keys_of_one_name_are_none() -> None:
    async with a_scene(ONE, public(rsa_key(), "one")) as scene:
        assert not await scene.has("one")


async def test_a_key_that_vanished_from_the_set_is_good_for_ten_minutes_more() -> None:
    async with a_scene(ONE, TWO) as scene:
        assert await scene.has("one")
        scene.server.keys.remove(ONE)
        scene.now += 600
        assert await scene.has("one")
        scene.now += 1
        assert not await scene.has("one")
        assert await scene.has("two", "ES256")


async def test_a_set_without_a_key_is_believed() -> None:
    async with a_scene() as scene:
        assert not await scene.has("one")


async def test_a_new_key_is_found_when_a_token_names_it() -> None:
    async with a_scene(ONE) as scene:
        assert await scene.has("one")
        scene.server.keys = [public(rsa_key(), "new")]
        scene.now += 1
        assert await scene.has("new")
        assert not await scene.has("one")
        assert scene.server.asked == 2


async def test_invented_keys_have_the_issuer_asked_once_in_half_a_minute() -> None:
    async with a_scene(ONE) as scene:
        assert not await scene.has("invented-0")
        assert scene.server.asked == 1
        for number in range(300):
            scene.now += 0.2
            assert not await scene.has(f"invented-{number}")
        assert scene.server.asked == 3
        assert await scene.has("one")


async def test_many_invented_keys_at_once_have_the_issuer_asked_once() -> None:
    async with a_scene(ONE) as scene:
        assert await scene.has("one")
        scene.now += 1
        await asyncio.gather(*(scene.has(f"invented-{number}") for number in range(20)))
        assert scene.server.asked == 2


async def test_while_the_issuer_is_down_its_old_keys_are_good_for_a_day() -> None:
    async with a_scene(ONE) as scene:
        assert await scene.has("one")
        scene.breaks()
        scene.now += 86_400
        assert await scene.has("one")
        scene.now += 1
        with pytest.raises(IssuerUnavailableError):
            await scene.has("one")


async def test_an_issuer_that_is_down_is_asked_every_five_seconds_and_nobody_waits_for_it(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async with a_scene(ONE) as scene:
        assert await scene.has("one")
        scene.breaks()
        scene.now += 601
        assert await scene.has("one")
        assert (scene.server.asked, len(caplog.records)) == (2, 1)
        for _ in range(10):
            scene.now += 0.4
            assert await scene.has("one")
        await scene.keys.close()
        assert scene.server.asked == 2
        scene.recovers()
        scene.now += 1
        assert await scene.has("one")
        await scene.server.changes.until(lambda: scene.server.asked == 3)


async def test_without_any_key_nobody_can_tell_and_that_may_pass() -> None:
    async with a_scene(ONE) as scene:
        scene.breaks()
        for _ in range(5):
            with pytest.raises(IssuerUnavailableError) as caught:
                await scene.has("one")
            assert caught.value.retryable
        assert scene.server.asked == 1
        scene.recovers()
        scene.now += 5
        assert await scene.has("one")


@pytest.mark.parametrize(
    "answer",
    [
        lambda: web.Response(status=404),
        lambda: web.Response(status=302, headers={"Location": "/keys"}),
        lambda: web.Response(text="<html>"),
        lambda: web.json_response({"keys": [ONE], "filler": "x" * 262_144}),
        lambda: web.Response(body=b"\x1f\x8b", headers={"Content-Encoding": "gzip"}),
    ],
)
async def test_an_answer_that_is_no_key_set_changes_nothing(
    answer: Callable[[], web.Response],
) -> None:
    async with a_scene(ONE) as scene:
        assert await scene.has("one")
        scene.server.answer = answer()
        scene.now += 601
        assert await scene.has("one")
        assert scene.server.asked == 2


async def test_who_goes_away_while_the_keys_are_fetched_takes_them_from_nobody() -> None:
    async with a_scene(ONE) as scene:
        hasty = asyncio.create_task(scene.has("one"))
        patient = asyncio.create_task(scene.has("one"))
        await asyncio.sleep(0)
        hasty.cancel()
        assert await patient
        assert scene.server.asked == 1


async def test_closing_ends_a_fetch_and_who_waits_for_it_is_told() -> None:
    async with a_scene(ONE) as scene:
        asked = asyncio.create_task(scene.has("one"))
        await asyncio.sleep(0)
        await scene.keys.close()
        with pytest.raises(IssuerUnavailableError):
            await asked
