"""What an operator may say about the issuer of JSON Web Tokens."""

from typing import Any

import pytest

from adapters.trusted_issuer import TrustedIssuer, trusted_issuer

NOTHING: dict[str, Any] = {
    "secret": None, "jwks_url": None, "issuer": None, "audience": None, "algorithms": (),
}  # fmt: skip
SECRET = {**NOTHING, "secret": "s" * 32, "issuer": "i", "audience": "a"}
KEYS = {**NOTHING, "jwks_url": "https://i.example/keys", "issuer": "i", "audience": "a"}


def test_where_nothing_is_set_nobody_is_trusted() -> None:
    assert trusted_issuer(**NOTHING) is None


def test_each_kind_of_key_has_its_algorithms() -> None:
    by_secret, by_keys = trusted_issuer(**SECRET), trusted_issuer(**KEYS)
    assert by_secret is not None
    assert by_keys is not None
    assert by_secret.algorithms == ("HS256",)
    assert by_keys.algorithms == ("RS256", "ES256")


def test_algorithms_may_be_named() -> None:
    found = trusted_issuer(**{**KEYS, "algorithms": ("EdDSA", "PS512", "EdDSA")})
    assert found == TrustedIssuer(
        issuer="i",
        audience="a",
        algorithms=("EdDSA", "PS512"),
        secret=None,
        jwks_url="https://i.example/keys",
    )


@pytest.mark.parametrize(
    "url", ["https://i.example", "http://127.0.0.1:9/k", "http://[::1]/k", "http://localhost/k"]
)
def test_keys_are_fetched_safely_or_from_this_machine(url: str) -> None:
    assert trusted_issuer(**{**KEYS, "jwks_url": url}) is not None


@pytest.mark.parametrize(
    ("values", "variable"),
    [
        ({**SECRET, "jwks_url": "https://i.example"}, "SECRET"),
        ({**SECRET, "audience": None}, "AUDIENCE"),
        ({**KEYS, "issuer": None}, "ISSUER"),
        ({**KEYS, "issuer": ""}, "ISSUER"),
        ({**KEYS, "issuer": "two words"}, "ISSUER"),
        ({**KEYS, "issuer": "ïssuer"}, "ISSUER"),
        ({**KEYS, "issuer": "i" * 256}, "ISSUER"),
        ({**NOTHING, "audience": "a"}, "AUDIENCE"),
        ({**NOTHING, "issuer": "i"}, "ISSUER"),
        ({**NOTHING, "algorithms": ("HS256",)}, "ALGORITHMS"),
        ({**SECRET, "algorithms": ("RS256",)}, "ALGORITHMS"),
        ({**SECRET, "algorithms": ("HS256", "none")}, "ALGORITHMS"),
        ({**KEYS, "algorithms": ("RS256", "HS256")}, "ALGORITHMS"),
        ({**KEYS, "algorithms": ("none",)}, "ALGORITHMS"),
        ({**KEYS, "algorithms": ("ES256K",)}, "ALGORITHMS"),
        ({**SECRET, "secret": "s" * 31}, "SECRET"),
        ({**SECRET, "secret": ""}, "SECRET"),
        ({**SECRET, "secret": "s" * 63, "algorithms": ("HS256", "HS512")}, "SECRET"),
        ({**SECRET, "secret": "-----BEGIN PUBLIC KEY-----" + "x" * 99}, "SECRET"),
        ({**KEYS, "jwks_url": ""}, "JWKS_URL"),
        ({**KEYS, "jwks_url": "http://i.example/keys"}, "JWKS_URL"),
        ({**KEYS, "jwks_url": "http://localhost.i.example/keys"}, "JWKS_URL"),
        ({**KEYS, "jwks_url": "http://127.0.0.1@i.example/keys"}, "JWKS_URL"),
        ({**KEYS, "jwks_url": "https://"}, "JWKS_URL"),
        ({**KEYS, "jwks_url": "https://i.example:0"}, "JWKS_URL"),
        ({**KEYS, "jwks_url": "https://[i/"}, "JWKS_URL"),
        ({**KEYS, "jwks_url": "file:///keys"}, "JWKS_URL"),
    ],
)
def test_what_does_not_fit_together_is_told_with_its_variable(
    values: dict[str, Any], variable: str
) -> None:
    with pytest.raises(ValueError, match=f"^PARLEY_JWT_{variable}: ") as caught:
        trusted_issuer(**values)
    assert "\n" not in str(caught.value)
    assert (
        values["secret"] is None
        or len(values["secret"]) < 31
        or values["secret"] not in str(caught.value)
    )


def test_the_secret_is_not_shown() -> None:
    assert "sss" not in repr(trusted_issuer(**SECRET))
