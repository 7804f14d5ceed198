"""The public keys of an issuer, fetched from its JSON Web Key Set (RFC 7517) and kept for a while.

Keys that vanish from the set work for ten minutes more at the most. While the issuer does not
answer, the last set goes on for a day. Whatever comes in, the issuer is asked seldom: by one
request at a time, and for the sake of an unknown key at most once in 30 seconds. Symmetric keys
have no place in a public set and are never used.
"""

import asyncio
import logging
import time
from collections.abc import Callable, Collection, Mapping
from typing import cast

import aiohttp
import orjson
from cryptography.exceptions import UnsupportedAlgorithm
from jwt import PyJWK, PyJWTError

from adapters.answer import BROKEN
from chat.errors import IssuerUnavailableError

_log = logging.getLogger(__name__)

# Which keys fit an algorithm (RFC 7518, section 3.1; RFC 8037): their type, and their curves.
_FITTING: Mapping[str, tuple[str, tuple[str | None, ...]]] = {
    "RS256": ("RSA", (None,)),
    "RS384": ("RSA", (None,)),
    "RS512": ("RSA", (None,)),
    "PS256": ("RSA", (None,)),
    "PS384": ("RSA", (None,)),
    "PS512": ("RSA", (None,)),
    "ES256": ("EC", ("P-256",)),
    "ES384": ("EC", ("P-384",)),
    "ES512": ("EC", ("P-521",)),
    "EdDSA": ("OKP", ("Ed25519", "Ed448")),
}
_FRESH_SECONDS = 600.0
_GOOD_SECONDS = 86_400.0
_UNKNOWN_KEY_PAUSE_SECONDS = 30.0
_FAILURE_PAUSE_SECONDS = 5.0
_TIMEOUT = aiohttp.ClientTimeout(total=5.0)
_MOST_BYTES = 256 * 1024
_MOST_KEYS = 100
_OK = 200

Key = Mapping[str, object]
KeySet = Mapping[tuple[str | None, str], tuple[PyJWK, ...]]


class KeySetError(Exception):
    """The answer of the issuer is no key set; the text says why."""


class JwksKeys:
    """The `Keys` of `jwt_tokens`, from an address. Close it before its session."""

    def __init__(
        self,
        *,
        session: aiohttp.ClientSession,
        url: str,
        algorithms: Collection[str],
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        """Nothing is fetched before a token asks for it."""
        self._session = session
        self._url = url
        self._algorithms = algorithms
        self._monotonic = monotonic
        self._keys: KeySet | None = None
        self._fetched_at = 0.0
        self._failed_at: float | None = None
        self._asked_for_unknown_at: float | None = None
        self._fetching: asyncio.Task[None] | None = None

    async def key(self, key_id: str | None, algorithm: str) -> PyJWK | None:
        """The key with this id, or without an id the only one, that fits the algorithm.

        Raises IssuerUnavailableError when there are no keys at all.
        """
        begun_at = self._monotonic()
        await self._renew()
        found = self._find(key_id, algorithm)
        if found is None and self._fetched_at < begun_at and self._may_ask_for_unknown():
            self._asked_for_unknown_at = self._monotonic()
            await self._fetch()
            found = self._find(key_id, algorithm)
        return found

    async def close(self) -> None:
        """Stop fetching."""
        if self._fetching is not None:
            self._fetching.cancel()
            await asyncio.wait([self._fetching])

    async def _renew(self) -> None:
        """Fetch keys when there are none, or they are too old; no second wait for a dead issuer."""
        age = self._monotonic() - self._fetched_at
        if self._keys is not None and age > _GOOD_SECONDS:
            self._keys = None
        if self._keys is None:
            await self._fetch()
        elif age > _FRESH_SECONDS:
            fetching = self._start_fetching()
            if self._failed_at is None:
                await asyncio.wait([fetching])

    def _find(self, key_id: str | None, algorithm: str) -> PyJWK | None:
        """The one key; where several could be meant, the token must name one (OIDC, 10.1)."""
        if self._keys is None:
            raise IssuerUnavailableError
        found = self._keys.get((key_id, algorithm), ())
        return found[0] if len(found) == 1 else None

    def _may_ask_for_unknown(self) -> bool:
        """Whoever invents ids of keys must not make us pester the issuer."""
        last, now = self._asked_for_unknown_at, self._monotonic()
        return last is None or now - last >= _UNKNOWN_KEY_PAUSE_SECONDS

    async def _fetch(self) -> None:
        """Fetch, or wait for the fetch that goes on; a caller that goes away stops neither."""
        await asyncio.wait([self._start_fetching()])

    def _start_fetching(self) -> asyncio.Task[None]:
        if self._fetching is None or self._fetching.done():
            self._fetching = asyncio.create_task(self._fetch_once())
        return self._fetching

    async def _fetch_once(self) -> None:
        """Take over the issuer's keys; when that fails, those that are there stay."""
        failed_at, now = self._failed_at, self._monotonic()
        if failed_at is not None and now - failed_at < _FAILURE_PAUSE_SECONDS:
            return
        try:
            keys = read_key_set(await self._download(), self._algorithms)
        except (*BROKEN, KeySetError) as error:
            self._failed_at = self._monotonic()
            reason = str(error) or type(error).__name__
            _log.warning("the issuer's keys cannot be fetched", extra={"reason": reason})
        else:
            self._keys, self._fetched_at, self._failed_at = keys, self._monotonic(), None

    async def _download(self) -> bytes:
        """The body of the answer. Redirects are not followed: they could lead to anyone's keys."""
        async with self._session.get(
            self._url,
            allow_redirects=False,
            timeout=_TIMEOUT,
            headers={"Accept": "application/json", "Accept-Encoding": "identity"},
        ) as response:
            if response.status != _OK:
                msg = f"the answer has status {response.status}"
                raise KeySetError(msg)
            body = bytearray()
            async for piece in response.content.iter_any():
                body += piece
                if len(body) > _MOST_BYTES:
                    msg = "the answer is too long"
                    raise KeySetError(msg)
        return bytes(body)


def read_key_set(body: bytes, algorithms: Collection[str]) -> KeySet:
    """The keys for these algorithms, by id and algorithm; under None all of an algorithm.

    What is no key for a signature of one of them is left out. Raises KeySetError.
    """
    try:
        document: object = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        msg = "the answer is no JSON"
        raise KeySetError(msg) from error
    listed = cast("Key", document).get("keys") if isinstance(document, dict) else None
    if not isinstance(listed, list):
        msg = "the answer is no key set"
        raise KeySetError(msg)
    found: dict[tuple[str | None, str], tuple[PyJWK, ...]] = {}
    for entry in cast("list[object]", listed[:_MOST_KEYS]):
        if isinstance(entry, dict):
            _add(found, cast("Key", entry), algorithms)
    return found


def _add(
    found: dict[tuple[str | None, str], tuple[PyJWK, ...]], entry: Key, algorithms: Collection[str]
) -> None:
    key_id = entry.get("kid")
    for algorithm in algorithms:
        key = _read(entry, algorithm) if _fits(entry, algorithm) else None
        if key is not None:
            found[None, algorithm] = (*found.get((None, algorithm), ()), key)
            if isinstance(key_id, str):
                found[key_id, algorithm] = (*found.get((key_id, algorithm), ()), key)


def _fits(entry: Key, algorithm: str) -> bool:
    """Whether the entry is a public key for signatures, and one for this algorithm."""
    kind, curves = _FITTING[algorithm]
    return (
        entry.get("kty") == kind
        and entry.get("crv") in curves
        and entry.get("alg", algorithm) == algorithm
        and entry.get("use", "sig") == "sig"
        and "d" not in entry
    )


def _read(entry: Key, algorithm: str) -> PyJWK | None:
    """The key, bound to the algorithm; None when it is malformed or too short to be safe."""
    try:
        key = PyJWK(dict(entry), algorithm)
        key.Algorithm.prepare_key(key.key)
        return None if key.Algorithm.check_key_length(key.key) else key
    except (PyJWTError, UnsupportedAlgorithm, ValueError, TypeError):
        return None
