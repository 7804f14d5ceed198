"""How a request begins: what its scope says, and what proxies may say of it."""

from collections.abc import AsyncIterator

import pytest

from tests.web.connecting import Place, placed

FORWARDED = b"X-Forwarded-For: 203.0.113.7\r\nX-Forwarded-Proto: https\r\n"
DIRECTLY, BY_A_PROXY = ("http", "127.0.0.1"), ("https", "203.0.113.7")


@pytest.fixture
async def place() -> AsyncIterator[Place]:
    """A served application."""
    async with placed() as made:
        yield made


def get(headers: bytes = b"", *, path: bytes = b"/", version: bytes = b"1.1") -> bytes:
    """A request."""
    return b"GET %b HTTP/%b\r\nHost: x\r\n%b\r\n" % (path, version, headers)


async def test_what_a_proxy_says_counts_for_its_request_alone(place: Place) -> None:
    async with place.line() as line:
        line.send(get(FORWARDED), get(), get(FORWARDED))
        for _ in range(3):
            assert (await line.reply()).status == 200
    assert place.application.callers == [BY_A_PROXY, DIRECTLY, BY_A_PROXY]


@pytest.mark.parametrize(
    ("header", "caller"),
    [
        (b"x-forwarded-for: 203.0.113.7\r\n", ("http", "203.0.113.7")),
        (b"X-FORWARDED-PROTO: https\r\n", ("https", "127.0.0.1")),
    ],
)
async def test_a_proxy_may_say_a_part_of_it(
    place: Place, header: bytes, caller: tuple[str, str]
) -> None:
    async with place.line() as line:
        line.send(get(header))
        await line.reply()
    assert place.application.callers == [caller]


async def test_what_a_stranger_says_of_himself_counts_for_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("FORWARDED_ALLOW_IPS", "203.0.113.1")
    async with placed() as place, place.line() as line:
        line.send(get(FORWARDED), get(b"x-FORWARDED-for: 203.0.113.1\r\n" + FORWARDED))
        for _ in range(2):
            await line.reply()
    assert place.application.callers == [DIRECTLY, DIRECTLY]


async def test_a_path_is_decoded_and_its_query_left_out(place: Place) -> None:
    async with place.line() as line:
        line.send(get(path=b"/a%20%C3%BC?b=c"))
        await line.reply()
    assert place.application.seen[0][0] == "/a \u00fc"


async def test_a_connection_of_http_1_0_ends_with_its_answer(place: Place) -> None:
    async with place.line() as line:
        line.send(get(version=b"1.0"))
        assert (await line.reply()).headers["connection"] == "close"
        assert await line.rest() == b""
