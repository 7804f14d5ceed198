"""The built pages and their files, as they are served."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.conftest import StartParley
from tests.served import Served
from web.built_pages import BuiltPage
from web.pages import Pages

SCRIPT = "main-B4x_9-Ab.js"
CONTENT = b"console.log('hello')"


def build(folder: Path, title: str) -> BuiltPage:
    """A page such as the set-up builds."""
    (folder / "assets").mkdir(parents=True)
    (folder / "index.html").write_text(f"<title>{title}</title>")
    (folder / "assets" / SCRIPT).write_bytes(CONTENT)
    (folder / "secret.txt").write_text("not an asset")
    return BuiltPage(folder)


@pytest.fixture
async def served(start_parley: StartParley, tmp_path: Path) -> AsyncIterator[Served]:
    """Parley with two built pages."""
    chat = build(tmp_path / "chat", "Chat")
    graphiql = build(tmp_path / "graphiql", "GraphiQL")
    (graphiql.folder / "assets" / "style-1.css").write_text("a {}")
    async with start_parley(pages=Pages(chat=chat, graphiql=graphiql)) as parley:
        yield parley


@pytest.mark.parametrize(
    ("path", "title"),
    [
        ("/", "Chat"),
        ("/?token=parley_secret", "Chat"),
        ("/c/", "Chat"),
        ("/c/conversation_1", "Chat"),
        ("/c/conversation_1/tree", "Chat"),
        ("/graphiql", "GraphiQL"),
    ],
)
async def test_each_address_of_a_page_shows_it(served: Served, path: str, title: str) -> None:
    async with served.session.get(served.url + path) as response:
        assert response.status == 200
        assert response.content_type == "text/html"
        assert response.headers["Cache-Control"] == "no-store"
        assert await response.text() == f"<title>{title}</title>"


@pytest.mark.parametrize(
    ("path", "media_type"),
    [
        (f"/assets/{SCRIPT}", "text/javascript"),
        (f"/graphiql/assets/{SCRIPT}", "text/javascript"),
        ("/graphiql/assets/style-1.css", "text/css"),
    ],
)
async def test_assets_are_kept_for_ever_by_browsers(
    served: Served, path: str, media_type: str
) -> None:
    async with served.session.get(served.url + path) as response:
        assert response.status == 200
        assert response.content_type == media_type
        assert response.headers["Cache-Control"] == "public, max-age=31536000, immutable"
        assert response.headers["X-Content-Type-Options"] == "nosniff"
        tag = response.headers["ETag"]
    assert path.endswith(tag.strip('"'))


@pytest.mark.parametrize("held", ['"{}"', 'W/"{}"', '"other", "{}"'])
async def test_an_asset_that_the_browser_holds_is_not_sent_again(served: Served, held: str) -> None:
    address = f"{served.url}/assets/{SCRIPT}"
    headers = {"If-None-Match": held.format(SCRIPT)}
    async with served.session.get(address, headers=headers) as response:
        assert response.status == 304
        assert await response.read() == b""
        assert response.headers["ETag"] == f'"{SCRIPT}"'
    async with served.session.get(address, headers={"If-None-Match": '"other"'}) as response:
        assert (response.status, await response.read()) == (200, CONTENT)


async def test_heads_of_pages_and_assets_can_be_asked_for_alone(served: Served) -> None:
    for path in ("/", "/c/conversation_1", "/graphiql", f"/assets/{SCRIPT}"):
        async with served.session.head(served.url + path) as response:
            assert response.status == 200
            assert int(response.headers["Content-Length"]) > 0
            assert await response.read() == b""


async def test_parts_of_assets_can_be_asked_for(served: Served) -> None:
    address = f"{served.url}/assets/{SCRIPT}"
    async with served.session.get(address, headers={"Range": "bytes=0-6"}) as response:
        assert (response.status, await response.read()) == (206, b"console")
        assert response.headers["Content-Range"] == f"bytes 0-6/{len(CONTENT)}"
    async with served.session.get(address, headers={"Range": "bytes=900-"}) as response:
        assert response.status == 416


@pytest.mark.parametrize(
    "path",
    [
        "/assets/",
        "/assets/unknown.js",
        "/assets/style-1.css",
        "/assets/..",
        "/assets/../secret.txt",
        "/assets/%2e%2e/secret.txt",
        "/assets/..%2fsecret.txt",
        "/assets/%2e%2e%2fsecret.txt",
        "/assets/..%5csecret.txt",
        "/assets//etc/passwd",
        "/assets/%2fetc%2fpasswd",
        "/assets/.hidden",
        f"/assets/{SCRIPT}%00",
        "/graphiql/assets/../index.html",
        "/graphiql/secret.txt",
    ],
)
async def test_nothing_but_the_assets_can_be_reached(served: Served, path: str) -> None:
    status, text = await raw_get(served.url, path)
    assert status == 404
    assert "not an asset" not in text
    assert "root:" not in text


async def raw_get(url: str, path: str) -> tuple[int, str]:
    """Send a path as it is, which clients would tidy up first."""
    host, port = url.removeprefix("http://").split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    request = f"GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n"
    writer.write(request.encode())
    answer = (await reader.read()).decode()
    writer.close()
    await writer.wait_closed()
    return int(answer.split()[1]), answer


@pytest.mark.parametrize("path", ["/", f"/assets/{SCRIPT}", "/graphiql"])
async def test_pages_and_assets_are_only_read(served: Served, path: str) -> None:
    async with served.session.post(served.url + path, data=b"x") as response:
        assert response.status == 405


@pytest.mark.parametrize("path", ["/", "/c/conversation_1", "/graphiql"])
async def test_a_page_that_was_not_built_says_what_to_run(
    start_parley: StartParley, tmp_path: Path, path: str
) -> None:
    nothing = BuiltPage(tmp_path / "nothing")
    async with (
        start_parley(pages=Pages(chat=nothing, graphiql=nothing)) as parley,
        parley.session.get(parley.url + path) as response,
    ):
        assert response.status == 503
        assert "make run" in await response.text()
    assert nothing.asset(SCRIPT) is None
