"""Verifies JSON Web Tokens (RFC 7519) by the keys of their one issuer, as RFC 8725 advises.

Which algorithms are good is decided by the settings, never by a token; a key is bound to one
algorithm. Where keys come from is decided elsewhere: `SecretKey` here, or `jwks`. Why a token was
refused is told to nobody.
"""

import base64
from collections.abc import Collection, Mapping
from datetime import UTC, datetime, timedelta
from typing import Protocol, cast

import jwt
from jwt.types import Options

from chat import checks
from chat.accounts import LONGEST_SECRET
from chat.errors import BadUserInputError, UnauthenticatedError
from chat.records import Claims

LONGEST_SUBJECT = 255
_LEEWAY = timedelta(seconds=30)
_NEVER = datetime.min.replace(tzinfo=UTC)
# Times are checked here, by the clock that is passed in.
_OPTIONS: Options = {
    "require": ["exp", "aud", "iss", "sub"],
    "verify_exp": False,
    "verify_nbf": False,
    "verify_iat": False,
    "enforce_minimum_key_length": True,
}

Payload = Mapping[str, object]


class Keys(Protocol):
    """Where the keys come from."""

    async def key(self, key_id: str | None, algorithm: str) -> jwt.PyJWK | None:
        """The key that a token with this header must be signed with; None when there is none."""
        ...

    async def close(self) -> None:
        """Let go of what is held."""
        ...


class SecretKey:
    """The `Keys` of an issuer that shares a secret with Parley."""

    def __init__(self, secret: str) -> None:
        """The secret's bytes in UTF-8 are the key."""
        self._encoded = base64.urlsafe_b64encode(secret.encode()).decode()

    async def key(self, key_id: str | None, algorithm: str) -> jwt.PyJWK | None:  # noqa: ARG002
        """The secret, whatever the token calls its key."""
        return jwt.PyJWK({"kty": "oct", "k": self._encoded}, algorithm)

    async def close(self) -> None:
        """Hold nothing."""


class JwtVerifier:
    """The `TokenVerifier` port for the tokens of one issuer."""

    def __init__(
        self, *, keys: Keys, issuer: str, audience: str, algorithms: Collection[str]
    ) -> None:
        """`algorithms` must be those that `keys` has keys for."""
        self._keys = keys
        self._issuer = issuer
        self._audience = audience
        self._algorithms = frozenset(algorithms)

    async def verify(self, token: str, *, now: datetime) -> Claims:
        """What a good token says."""
        if len(token) > LONGEST_SECRET:
            raise UnauthenticatedError
        try:
            return _claims(await self._payload(token), now)
        except (jwt.PyJWTError, BadUserInputError, ValueError) as error:
            raise UnauthenticatedError from error

    async def close(self) -> None:
        """Let go of the keys."""
        await self._keys.close()

    async def _payload(self, token: str) -> Payload:
        """The payload of a token whose signature, issuer and audience are right."""
        header = jwt.get_unverified_header(token)
        algorithm, key_id = header.get("alg"), header.get("kid")
        if not isinstance(algorithm, str) or algorithm not in self._algorithms:
            raise UnauthenticatedError
        key = await self._keys.key(key_id, algorithm)
        if key is None:
            raise UnauthenticatedError
        payload: dict[str, object] = jwt.decode(
            token,
            key,
            algorithms=[algorithm],
            audience=self._audience,
            issuer=self._issuer,
            options=_OPTIONS,
        )
        return payload


def _claims(payload: Payload, now: datetime) -> Claims:
    """What the payload says, if it is good at this time."""
    expires_at = _time(payload, "exp")
    latest = now + _LEEWAY
    if expires_at <= now or _time(payload, "nbf") > latest or _time(payload, "iat") > latest:
        raise UnauthenticatedError
    return Claims(
        subject=checks.text("sub", cast("str", payload["sub"]), longest=LONGEST_SUBJECT),
        issuer=cast("str", payload["iss"]),
        expires_at=expires_at,
        name=_text(payload.get("name")),
        email=_text(payload.get("email")) if _is_verified(payload) else None,
    )


def _time(payload: Payload, claim: str) -> datetime:
    """A NumericDate (RFC 7519, section 2); one that is left out is long past."""
    value = payload.get(claim)
    if value is None:
        return _NEVER
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise UnauthenticatedError
    try:
        return datetime.fromtimestamp(value, UTC)
    except (OverflowError, ValueError, OSError) as error:
        raise UnauthenticatedError from error


def _is_verified(payload: Payload) -> bool:
    """Whether the issuer does not say that the address is unverified; some say it in a string."""
    return str(payload.get("email_verified", True)).casefold() != "false"


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None
