"""What every answer tells browsers."""

import asyncio

import pytest
from starlette.types import Message, Receive, Scope, Send

from tests.conftest import StartParley
from tests.served import Client, Served
from web.headers import SecurityHeaders

ORIGIN = "https://app.example.org"
EVERYWHERE = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}
NOTHING = "default-src 'none'; frame-ancestors 'none'"


@pytest.mark.parametrize("path", ["/", "/graphiql", "/healthz", "/readyz", "/graphql", "/nowhere"])
async def test_every_answer_has_them(parley: Served, path: str) -> None:
    async with parley.session.get(parley.url + path) as response:
        found = dict(response.headers)
    assert found.items() >= EVERYWHERE.items()
    is_page = path in {"/", "/graphiql"}
    assert (found["Content-Security-Policy"] == NOTHING) is not is_page
    assert ("Cross-Origin-Opener-Policy" in found) is is_page


async def test_an_answer_of_graphql_has_them(alice: Client) -> None:
    answer = await alice("{ viewer { name } }")
    assert answer.headers.items() >= EVERYWHERE.items()
    assert answer.headers["Content-Security-Policy"] == NOTHING


async def test_what_an_answer_says_itself_stays_and_pieces_pass_as_they_come() -> None:
    sent: asyncio.Queue[Message] = asyncio.Queue()
    go_on = asyncio.Event()

    async def stream(scope: Scope, receive: Receive, send: Send) -> None:
        headers = [(b"cache-control", b"max-age=60")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": b"a", "more_body": True})
        await go_on.wait()
        await send({"type": "http.response.body", "body": b"b"})

    async def nothing() -> Message:
        return {"type": "http.disconnect"}

    answering = asyncio.create_task(SecurityHeaders(stream)({"type": "http"}, nothing, sent.put))
    start = await sent.get()
    assert [value for name, value in start["headers"] if name == b"cache-control"] == [
        b"max-age=60"
    ]
    assert (await sent.get())["body"] == b"a"
    go_on.set()
    assert (await sent.get())["body"] == b"b"
    await answering


async def test_errors_can_be_read_by_pages_of_listed_origins(start_parley: StartParley) -> None:
    async with start_parley(cors_origins=(ORIGIN,)) as parley:
        for path, status in (("/graphql", 401), ("/nowhere", 404)):
            async with parley.session.post(
                parley.url + path, json={"query": "{ viewer { id } }"}, headers={"Origin": ORIGIN}
            ) as response:
                found = dict(response.headers)
                assert response.status == status
            assert found["Access-Control-Allow-Origin"] == ORIGIN
            assert found["Access-Control-Expose-Headers"] == "retry-after, x-request-id"
            assert found.items() >= EVERYWHERE.items()


async def test_browsers_remember_a_preflight_for_an_hour(start_parley: StartParley) -> None:
    async with start_parley(cors_origins=(ORIGIN,)) as parley:
        headers = {"Origin": ORIGIN, "Access-Control-Request-Method": "POST"}
        async with parley.session.options(f"{parley.url}/graphql", headers=headers) as response:
            assert response.headers["Access-Control-Max-Age"] == "3600"
            assert response.headers["Vary"].startswith("Origin")
