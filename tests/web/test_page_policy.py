"""What the pages may load."""

import re

import pytest

from tests.served import Served
from web.page_policy import outside_origins, page

PAGE = """<html><link rel="icon" href="data:,x" /><style>a {}</style>
<link
  crossorigin rel="stylesheet" href="https://cdn.example.org/a.css" />
<script src="https://cdn.example.org:8443/b.js"></script><script>go()</script></html>"""


def directives(policy: str) -> dict[str, list[str]]:
    """The parts of a policy."""
    found = [part.split() for part in policy.split("; ")]
    return {name: sources for name, *sources in found}


def test_scripts_and_styles_are_marked_with_the_nonce_of_the_policy() -> None:
    response = page(PAGE)
    text = bytes(response.body).decode()
    found = directives(response.headers["content-security-policy"])
    [nonce] = set(re.findall(r'nonce="([^"]+)"', text))
    assert found["script-src"] == found["style-src"] == [f"'nonce-{nonce}'"]
    assert text.count(f'nonce="{nonce}"') == 4
    assert text.replace(f' nonce="{nonce}"', "") == PAGE
    assert len(nonce) >= 22


def test_no_two_answers_share_a_nonce() -> None:
    policies = {page(PAGE).headers["content-security-policy"] for _ in range(10)}
    assert len(policies) == 10


def test_other_origins_are_those_that_the_page_names() -> None:
    assert outside_origins(PAGE) == ["https://cdn.example.org", "https://cdn.example.org:8443"]


@pytest.mark.parametrize("path", ["/", "/graphiql"])
async def test_pages_load_nothing_but_what_is_marked(parley: Served, path: str) -> None:
    async with parley.session.get(parley.url + path) as response:
        text = await response.text()
        found = directives(response.headers["Content-Security-Policy"])
    for name in ("default-src", "base-uri", "form-action", "frame-ancestors"):
        assert found[name] == ["'none'"]
    assert found["connect-src"] == ["'self'"]
    [script_source] = found["script-src"]
    nonce = script_source.removeprefix("'nonce-").removesuffix("'")
    tags = re.findall(r"<(?:script|style)[^>]*>", text)
    assert tags
    assert all(f'nonce="{nonce}"' in tag for tag in tags)
    assert not re.search(r"\son\w+=", text)


async def test_the_start_page_loads_nothing_from_elsewhere(parley: Served) -> None:
    async with parley.session.get(parley.url) as response:
        policy = response.headers["Content-Security-Policy"]
        assert outside_origins(await response.text()) == []
    assert "https:" not in policy
    assert "unsafe" not in policy
