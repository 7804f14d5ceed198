"""Where a secret is looked for."""

import pytest

from web.identity import header_secret, payload_secret


@pytest.mark.parametrize(
    ("header", "secret"),
    [
        ("Bearer abc", "abc"),
        ("bearer   abc ", "abc"),
        ("BEARER abc", "abc"),
        ("Bearer", ""),
        ("Basic abc", None),
        ("abc", None),
        ("", None),
    ],
)
def test_a_header_holds_the_secret_behind_bearer(header: str, secret: str | None) -> None:
    assert header_secret(header) == secret


@pytest.mark.parametrize(
    ("payload", "secret"),
    [
        ({"Authorization": "Bearer abc"}, "abc"),
        ({"authorization": "bearer abc"}, "abc"),
        ({"token": "abc"}, "abc"),
        ({"Authorization": "abc"}, "abc"),
        ({"Authorization": "", "token": "abc"}, "abc"),
        ({"Authorization": ["abc"]}, None),
        ({}, None),
        (None, None),
        ("abc", None),
    ],
)
def test_a_payload_holds_the_secret_under_one_of_three_names(
    payload: object, secret: str | None
) -> None:
    assert payload_secret(payload) == secret
