"""An issuer of tokens: its keys, its tokens, and its key set on a port of its own."""

import time
from typing import Any

import jwt
from aiohttp import web
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from jwt.algorithms import ECAlgorithm, OKPAlgorithm, RSAAlgorithm

from tests.chat.fakes import Changes

ISSUER = "https://issuer.example/"
AUDIENCE = "parley"
SECRET = "a secret of at least thirty-two bytes"
Private = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey


def rsa_key(bits: int = 2048) -> rsa.RSAPrivateKey:
    """A new RSA key."""
    return rsa.generate_private_key(public_exponent=65537, key_size=bits)


def ec_key(curve: ec.EllipticCurve | None = None) -> ec.EllipticCurvePrivateKey:
    """A new key on a curve."""
    return ec.generate_private_key(curve or ec.SECP256R1())


def public(key: Private, key_id: str | None, **more: Any) -> dict[str, Any]:
    """The public half as an entry of a key set."""
    half: Any = key.public_key()
    match key:
        case rsa.RSAPrivateKey():
            entry = RSAAlgorithm.to_jwk(half, as_dict=True)
        case ec.EllipticCurvePrivateKey():
            entry = ECAlgorithm.to_jwk(half, as_dict=True)
        case ed25519.Ed25519PrivateKey():
            entry = OKPAlgorithm.to_jwk(half, as_dict=True)
    entry.pop("key_ops", None)
    return {**entry, **({"kid": key_id} if key_id else {}), **more}


def payload(now: float | None = None, **changes: Any) -> dict[str, Any]:
    """The claims of a good token; what is changed to None is left out."""
    now = time.time() if now is None else now
    claims = {
        "iss": ISSUER,
        "aud": AUDIENCE,
        "sub": "ada-1",
        "iat": int(now),
        "exp": int(now) + 300,
        **changes,
    }
    return {name: value for name, value in claims.items() if value is not None}


def signed(
    key: Private | str,
    algorithm: str,
    key_id: str | None = None,
    now: float | None = None,
    **changes: Any,
) -> str:
    """A token with these claims."""
    headers = {"kid": key_id} if key_id else None
    return jwt.encode(payload(now, **changes), key, algorithm, headers)


class KeySetServer:
    """Serves a key set at /keys, and counts how often it is asked."""

    def __init__(self, *keys: dict[str, Any]) -> None:
        """These keys, until `keys` is changed; `answer` replaces the whole answer."""
        self.keys = list(keys)
        self.asked = 0
        self.changes = Changes()
        self.answer: web.Response | None = None

    def application(self) -> web.Application:
        """What to serve."""
        application = web.Application()
        application.router.add_get("/keys", self._keys)
        return application

    async def _keys(self, _: web.Request) -> web.Response:
        self.asked += 1
        self.changes.tell()
        if self.answer is not None:
            return self.answer
        return web.json_response({"keys": self.keys})
