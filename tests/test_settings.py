"""What an operator may set, and what is refused with which words."""

import pytest
from pydantic import ValidationError

from settings import Settings


def problem(**values: object) -> str:
    """What is said about a wrong value."""
    with pytest.raises(ValidationError) as caught:
        Settings.model_validate(values)
    [error] = caught.value.errors()
    return str(error["msg"])


@pytest.mark.parametrize(
    ("value", "limits"),
    [
        ("60/minute", [(60, 60)]),
        ("5 per 2 seconds; 1000/day", [(5, 2), (1000, 86_400)]),
        ("off", []),
        (" OFF ", []),
    ],
)
def test_a_rate_is_one_limit_or_several_or_none(value: str, limits: list[tuple[int, int]]) -> None:
    settings = Settings.model_validate({"rate_limit": value, "send_rate_limit": value})
    for found in (settings.operation_rates, settings.send_rates):
        assert [(one.amount, one.get_expiry()) for one in found] == limits


@pytest.mark.parametrize("value", ["0/minute", "60", "60/fortnight", "fast", "60/minute;"])
def test_a_rate_that_cannot_be_read_is_refused(value: str) -> None:
    expected = "must be like 60/minute or 5/second;1000/day, or off"
    assert expected in problem(rate_limit=value)
    assert expected in problem(send_rate_limit=value)


def test_a_pool_that_keeps_more_connections_than_it_may_have_is_refused() -> None:
    assert problem(postgres_min_connections=11) == (
        "Value error, PARLEY_POSTGRES_MIN_CONNECTIONS: must be at most "
        "PARLEY_POSTGRES_MAX_CONNECTIONS, which is 10"
    )
    Settings.model_validate({"postgres_min_connections": 3, "postgres_max_connections": 3})


def test_a_list_of_algorithms_is_written_with_commas(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PARLEY_JWT_SECRET", "s" * 64)
    monkeypatch.setenv("PARLEY_JWT_ISSUER", "https://issuer.example/")
    monkeypatch.setenv("PARLEY_JWT_AUDIENCE", "parley")
    monkeypatch.setenv("PARLEY_JWT_ALGORITHMS", "HS256, HS512")
    issuer = Settings().trusted_issuer
    assert issuer is not None
    assert (issuer.algorithms, issuer.secret) == (("HS256", "HS512"), "s" * 64)


def test_no_secret_is_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PARLEY_JWT_SECRET", "s" * 64)
    with pytest.raises(ValidationError) as caught:
        Settings()
    assert "sss" not in str(caught.value)


@pytest.mark.parametrize(
    "origin",
    [
        "https://app.example.org",
        "http://localhost:5173",
        "http://127.0.0.1:3000",
        "http://[::1]:3000",
        "https://example.org:80",
    ],
)
def test_an_origin_is_a_scheme_a_host_and_perhaps_a_port(origin: str) -> None:
    settings = Settings.model_validate({"cors_origins": f"{origin}, https://b.example.org"})
    assert settings.cors_origins == (origin, "https://b.example.org")


@pytest.mark.parametrize(
    "origin",
    [
        "*",
        "null",
        "https://*.example.org",
        "https://app.example.org/",
        "https://app.example.org/path",
        "https://app.example.org?x",
        "https://user@app.example.org",
        "https://App.example.org",
        "https://app.example.org:443",
        "http://app.example.org:80",
        "app.example.org",
        "ftp://app.example.org",
        "https://bücher.example",
        "https://",
    ],
)
def test_an_origin_that_no_browser_would_send_is_refused(origin: str) -> None:
    found = problem(cors_origins=f"https://ok.example.org,{origin}")
    assert found.endswith(
        "must be origins as browsers send them: https://app.example.org, with no path"
    )
