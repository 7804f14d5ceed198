"""Which JSON Web Tokens are good, and what they say."""

import base64
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from jwt.algorithms import HMACAlgorithm

from adapters.jwks import read_key_set
from adapters.jwt_tokens import JwtVerifier, SecretKey
from chat.errors import UnauthenticatedError
from chat.records import Claims
from tests.adapters.issuer import AUDIENCE, ISSUER, SECRET, payload, public, rsa_key, signed

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
AT = int(NOW.timestamp())


def verifier(*algorithms: str) -> JwtVerifier:
    return JwtVerifier(
        keys=SecretKey(SECRET),
        issuer=ISSUER,
        audience=AUDIENCE,
        algorithms=algorithms or ("HS256",),
    )


def token(**changes: Any) -> str:
    return signed(SECRET, "HS256", now=AT, **changes)


def raw(header: object, body: object) -> str:
    """A token with any header and any body, signed all the same where its header says HS256."""
    parts = [base64.urlsafe_b64encode(json.dumps(one).encode()).decode() for one in (header, body)]
    key = jwt.PyJWK({"kty": "oct", "k": base64.urlsafe_b64encode(SECRET.encode()).decode()})
    signing_input = ".".join(part.rstrip("=") for part in parts)
    signature = key.Algorithm.sign(signing_input.encode(), key.key)
    return f"{signing_input}.{base64.urlsafe_b64encode(signature).decode().rstrip('=')}"


async def refused(text: str, *algorithms: str) -> bool:
    with pytest.raises(UnauthenticatedError):
        await verifier(*algorithms).verify(text, now=NOW)
    return True


async def test_a_good_token_tells_who_holds_it_and_how_long_it_is_good() -> None:
    text = token(name="Ada", email="ada@x.org")
    expected = Claims("ada-1", ISSUER, NOW + timedelta(seconds=300), "Ada", "ada@x.org")
    assert await verifier().verify(text, now=NOW) == expected


async def test_what_these_tests_write_by_hand_is_good_but_for_what_they_change() -> None:
    text = raw({"alg": "HS256"}, payload(AT))
    assert (await verifier().verify(text, now=NOW)).subject == "ada-1"


async def test_other_claims_are_passed_over() -> None:
    claims = await verifier().verify(token(roles=["ADMIN"], name=7, email={}), now=NOW)
    assert (claims.name, claims.email) == (None, None)


@pytest.mark.parametrize("audience", [AUDIENCE, [AUDIENCE], ["other", AUDIENCE]])
async def test_the_audience_may_be_one_of_several(audience: object) -> None:
    assert (await verifier().verify(token(aud=audience), now=NOW)).subject == "ada-1"


@pytest.mark.parametrize(
    "changes",
    [
        {"aud": "other"},
        {"aud": ["other"]},
        {"aud": []},
        {"aud": [AUDIENCE, 7]},
        {"aud": {AUDIENCE: 1}},
        {"aud": None},
        {"iss": "https://issuer.example"},
        {"iss": None},
        {"sub": None},
        {"sub": ""},
        {"sub": " \n"},
        {"sub": 7},
        {"sub": ["ada-1"]},
        {"sub": "s" * 256},
        {"sub": "a\x00b"},
        {"sub": "\ud800"},
        {"exp": None},
        {"exp": AT},
        {"exp": AT - 1},
        {"exp": "soon"},
        {"exp": str(AT + 300)},
        {"exp": True},
        {"exp": [AT + 300]},
        {"exp": float("nan")},
        {"exp": float("inf")},
        {"exp": 10**30},
        {"nbf": AT + 31},
        {"nbf": "now"},
        {"iat": AT + 31},
        {"iat": {}},
    ],
)
async def test_a_token_with_a_bad_claim_is_refused(changes: dict[str, object]) -> None:
    body = {**payload(AT), **changes}
    body = {name: value for name, value in body.items() if value is not None}
    assert await refused(raw({"alg": "HS256"}, body))


@pytest.mark.parametrize(
    "changes", [{"nbf": AT + 30}, {"iat": AT + 30}, {"exp": AT + 0.5}, {"sub": "s" * 255}]
)
async def test_clocks_may_differ_by_half_a_minute(changes: dict[str, object]) -> None:
    claims = await verifier().verify(token(**changes), now=NOW)
    assert claims.expires_at > NOW


@pytest.mark.parametrize("verified", [False, "false", "False"])
async def test_an_address_that_is_not_verified_is_left_out(verified: object) -> None:
    text = token(email="ada@x.org", email_verified=verified)
    assert (await verifier().verify(text, now=NOW)).email is None


@pytest.mark.parametrize("verified", [True, "true", None])
async def test_an_address_that_is_verified_or_of_which_nothing_is_said_is_told(
    verified: object,
) -> None:
    text = token(email="ada@x.org", email_verified=verified)
    assert (await verifier().verify(text, now=NOW)).email == "ada@x.org"


@pytest.mark.parametrize(
    "header",
    [
        {},
        {"alg": "none"},
        {"alg": None},
        {"alg": ["HS256"]},
        {"alg": {"HS256": 1}},
        {"alg": "hs256"},
        {"alg": "HS512"},
        {"alg": "RS256"},
        {"alg": "HS256", "kid": 7},
        {"alg": "HS256", "kid": None},
        {"alg": "HS256", "crit": ["exp"]},
        {"alg": "HS256", "b64": False},
        {"alg": "HS256", "b64": False, "crit": ["b64"]},
        [],
        "HS256",
        None,
    ],
)
async def test_a_token_with_a_bad_header_is_refused(header: object) -> None:
    assert await refused(raw(header, payload(AT)))


@pytest.mark.parametrize("body", [[], "ada", None, 7, [[[[]]]]])
async def test_a_payload_that_is_no_object_is_refused(body: object) -> None:
    assert await refused(raw({"alg": "HS256"}, body))


async def test_deep_nesting_is_refused() -> None:
    nested = base64.urlsafe_b64encode(b"[" * 3000).decode().rstrip("=")
    assert await refused(f"{nested}.e30.c2ln")


async def test_a_token_of_another_key_is_refused() -> None:
    assert await refused(signed("another secret of at least 32 bytes", "HS256", now=AT))


async def test_a_token_that_brings_its_own_key_or_says_where_one_is_is_refused() -> None:
    key = rsa_key()
    own = {
        "jwk": public(key, "own"),
        "jku": "https://evil.example.org/keys.json",
        "x5u": "https://evil.example.org/chain.pem",
        "x5c": ["MIIB"],
        "kid": "../../dev/null",
    }
    for name, value in own.items():
        text = jwt.encode(payload(AT), key, "RS256", headers={name: value})
        assert await refused(text, "HS256")
        assert await refused(text, "RS256", "HS256")


async def test_a_token_that_was_changed_is_refused() -> None:
    head, _, signature = token().split(".")
    body = base64.urlsafe_b64encode(json.dumps(payload(AT, sub="eve")).encode()).decode()
    assert await refused(f"{head}.{body.rstrip('=')}.{signature}")


@pytest.mark.parametrize("text", ["", "a.b.c", "e30.e30.c2ln", "\ud800.a.b", "é.a.b", "..", "a.b"])
async def test_what_is_no_token_is_refused(text: str) -> None:
    assert await refused(text)


async def test_a_token_over_eight_kibibytes_is_refused_before_any_work() -> None:
    class NoKeys:
        async def key(self, key_id: str | None, algorithm: str) -> jwt.PyJWK | None:
            raise AssertionError

        async def close(self) -> None:
            raise AssertionError

    long = token(filler="x" * 6100)
    assert len(long) > 8192
    without_keys = JwtVerifier(
        keys=NoKeys(), issuer=ISSUER, audience=AUDIENCE, algorithms=["HS256"]
    )
    with pytest.raises(UnauthenticatedError):
        await without_keys.verify(long, now=NOW)
    fitting = token(filler="x" * 5700)
    assert 8000 > len(fitting) > 7800
    assert (await verifier().verify(fitting, now=NOW)).subject == "ada-1"


async def test_a_key_too_short_for_its_algorithm_verifies_nothing() -> None:
    key = SECRET + "x" * 64
    assert await refused(signed(key, "HS512", now=AT), "HS512")


class PublishedKey:
    """One public key for whatever a token names."""

    def __init__(self, entry: dict[str, Any]) -> None:
        [[self._key]] = read_key_set(json.dumps({"keys": [entry]}).encode(), ["RS256"]).values()

    async def key(self, key_id: str | None, algorithm: str) -> jwt.PyJWK | None:
        return self._key

    async def close(self) -> None:
        """Hold nothing."""


@pytest.mark.parametrize("allowed", [("RS256",), ("RS256", "HS256")])
async def test_a_public_key_is_never_taken_for_a_secret(allowed: tuple[str, ...]) -> None:
    key = rsa_key()
    published = JwtVerifier(
        keys=PublishedKey(public(key, None)), issuer=ISSUER, audience=AUDIENCE, algorithms=allowed
    )
    pem = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    signing_input = ".".join(signed("x" * 64, "HS256", now=AT).split(".")[:2])
    signature = HMACAlgorithm(HMACAlgorithm.SHA256).sign(signing_input.encode(), pem)
    forged = f"{signing_input}.{base64.urlsafe_b64encode(signature).decode().rstrip('=')}"
    with pytest.raises(UnauthenticatedError):
        await published.verify(forged, now=NOW)
    assert (await published.verify(signed(key, "RS256", now=AT), now=NOW)).subject == "ada-1"
