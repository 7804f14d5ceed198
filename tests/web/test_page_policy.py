"""What the pages may load."""

import re

import pytest

from tests.served import Served
from web.page_policy import PAGE_HEADERS


def directives(policy: str) -> dict[str, list[str]]:
    """The parts of a policy."""
    found = [part.split() for part in policy.split("; ")]
    return {name: sources for name, *sources in found}


POLICY = directives(PAGE_HEADERS["Content-Security-Policy"])


def test_what_is_not_named_is_not_loaded() -> None:
    for name in ("default-src", "base-uri", "form-action", "frame-ancestors"):
        assert POLICY[name] == ["'none'"]


def test_everything_comes_from_here_and_nothing_is_written_into_the_page() -> None:
    named = {source for sources in POLICY.values() for source in sources}
    assert named == {"'none'", "'self'", "data:"}
    assert [name for name, sources in POLICY.items() if "data:" in sources] == ["img-src"]


@pytest.mark.parametrize("path", ["/", "/c/conversation_1", "/graphiql"])
async def test_pages_need_no_more_than_the_policy_allows(parley: Served, path: str) -> None:
    async with parley.session.get(parley.url + path) as response:
        text = await response.text()
        assert response.headers.items() >= PAGE_HEADERS.items()
    assert re.findall(r"<script[^>]*>", text)
    assert all('src="/' in tag for tag in re.findall(r"<script[^>]*>", text))
    assert not re.search(r"<style|\sstyle=|\son\w+=|https?://", text)
