"""Whose JSON Web Tokens are believed, and how they must be signed: what the settings say of it.

Pure, and free of any library. What does not fit together is told with the name of the variable
that an operator has to change.
"""

import ipaddress
import re
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

# The least bytes of a secret for each algorithm that takes one (RFC 7518, section 3.2).
_SECRET_BYTES = {"HS256": 32, "HS384": 48, "HS512": 64}
_FOR_KEY_SETS = (
    *("RS256", "RS384", "RS512", "PS256", "PS384", "PS512"),
    *("ES256", "ES384", "ES512", "EdDSA"),
)
# A blank divides issuer and subject where users are known by them.
_ISSUER = re.compile(r"[!-~]{1,255}")
_ANY_KEY = "PARLEY_JWT_SECRET or PARLEY_JWT_JWKS_URL"


@dataclass(frozen=True, slots=True, kw_only=True)
class TrustedIssuer:
    """One issuer, whose keys are either a `secret` or published at `jwks_url`."""

    issuer: str
    audience: str
    algorithms: tuple[str, ...]
    secret: str | None
    jwks_url: str | None

    def __repr__(self) -> str:
        """The secret is not shown."""
        return f"TrustedIssuer({self.issuer!r})"


def trusted_issuer(
    *,
    secret: str | None,
    jwks_url: str | None,
    issuer: str | None,
    audience: str | None,
    algorithms: Sequence[str],
) -> TrustedIssuer | None:
    """The issuer that is set, None when nothing is.

    Raises ValueError, which begins with the name of a variable.
    """
    if secret is None and jwks_url is None:
        _refuse_leftovers(issuer, audience, algorithms)
        return None
    if secret is not None and jwks_url is not None:
        raise _problem("SECRET", "must not be set together with PARLEY_JWT_JWKS_URL")
    if audience is None:
        raise _problem("AUDIENCE", f"is required with {_ANY_KEY}")
    if issuer is None:
        raise _problem("ISSUER", f"is required with {_ANY_KEY}")
    if not _ISSUER.fullmatch(issuer):
        raise _problem("ISSUER", "must be 1 to 255 printable ASCII characters without blanks")
    if secret is not None:
        chosen = _chosen(algorithms, ("HS256",), tuple(_SECRET_BYTES), "a secret")
        _check_secret(secret, chosen)
    else:
        chosen = _chosen(algorithms, ("RS256", "ES256"), _FOR_KEY_SETS, "published keys")
        _check_address(jwks_url or "")
    return TrustedIssuer(
        issuer=issuer, audience=audience, algorithms=chosen, secret=secret, jwks_url=jwks_url
    )


def _problem(variable: str, problem: str) -> ValueError:
    return ValueError(f"PARLEY_JWT_{variable}: {problem}")


def _refuse_leftovers(issuer: str | None, audience: str | None, algorithms: Sequence[str]) -> None:
    """What is set for tokens that nothing can verify was meant to do something."""
    for variable, value in (("AUDIENCE", audience), ("ISSUER", issuer), ("ALGORITHMS", algorithms)):
        if value:
            raise _problem(variable, f"does nothing without {_ANY_KEY}")


def _chosen(
    named: Sequence[str], default: tuple[str, ...], possible: tuple[str, ...], keys: str
) -> tuple[str, ...]:
    if not set(named) <= set(possible):
        raise _problem("ALGORITHMS", f"must, with {keys}, be some of {', '.join(possible)}")
    return tuple(dict.fromkeys(named)) or default


def _check_secret(secret: str, algorithms: Sequence[str]) -> None:
    if "-----BEGIN" in secret:
        raise _problem("SECRET", "must not be a key in PEM; publish it at PARLEY_JWT_JWKS_URL")
    for algorithm in algorithms:
        if len(secret.encode()) < _SECRET_BYTES[algorithm]:
            least = _SECRET_BYTES[algorithm]
            raise _problem("SECRET", f"must have at least {least} bytes for {algorithm}")


def _check_address(url: str) -> None:
    """Whoever can change what comes from there can sign in as anyone."""
    if not _is_private(url):
        raise _problem("JWKS_URL", "must start with https://, or with http:// on this machine")


def _is_private(url: str) -> bool:
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
        if parts.port == 0 or not host:
            return False
    except ValueError:
        return False
    return parts.scheme == "https" or (parts.scheme == "http" and _is_this_machine(host))


def _is_this_machine(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
