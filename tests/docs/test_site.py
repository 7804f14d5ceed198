"""`make docs` makes a site with no dead link, which loads nothing from anywhere else."""

import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from chat.error_codes import ErrorCode
from docs.derived import as_on_the_site, pages
from settings import Settings
from tests.clients.node import output
from tests.docs.pages import DOCS, ROOT

SDL = (ROOT / "schema" / "schema.graphql").read_text(encoding="utf-8")
MOST_BYTES = 300_000
# What a browser fetches by itself; links that a person follows are none of it.
FETCHED = re.compile(
    r"""<(?:script|img|iframe|source)\b[^>]*\bsrc=["']([^"']+)
      | <link\b(?=[^>]*\brel="(?:stylesheet|preload|icon|preconnect|dns-prefetch))[^>]*href="([^"]+)
      | (?:@import\s+|url\()["']?([^"')\s]+)""",
    re.VERBOSE,
)


@pytest.fixture(scope="module")
def derived() -> dict[str, str]:
    """The derived pages."""
    return pages(ROOT)


async def test_the_site_is_built_without_a_warning_and_loads_nothing_from_outside(
    tmp_path: Path,
) -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    [options] = re.findall(r"sphinx-build (.*) docs site$", makefile, re.MULTILINE)
    arguments = options.replace(".venv/doctrees", str(tmp_path / "doctrees")).split()
    site = tmp_path / "site"
    said = await output(sys.executable, "-m", "sphinx", *arguments, DOCS, site, cwd=ROOT)
    assert said == ""
    fetched = set(_fetched(site))
    assert any(address.endswith("furo.css") for address in fetched)
    assert [address for address in fetched if re.match(r"(?:https?:)?//", address)] == []
    assert "Where is my parcel?" in (site / "tutorial.html").read_text("utf-8")
    assert (site / "how-to" / "retry-safely.html").exists()
    assert list(site.glob("_downloads/*/ParleyChat.vue"))


def _fetched(site: Path) -> Iterator[str]:
    for path in [*site.rglob("*.html"), *site.rglob("*.css")]:
        for found in FETCHED.finditer(path.read_text("utf-8")):
            address = next(filter(None, found.groups()))
            yield address.partition("?")[0]


def test_the_reference_has_every_type_setting_and_error(derived: dict[str, str]) -> None:
    schema = derived["reference/schema.md"]
    assert len(schema.encode()) < MOST_BYTES
    for name in re.findall(r"^(?:type|input|enum|union|interface) (\w+)", SDL, re.MULTILINE):
        if name not in {"Query", "Mutation", "Subscription"}:
            assert f"\n### {name}\n" in schema
    assert "\n### sendMessage\n" in schema
    for name, _, _ in Settings.variables():
        assert f"| `{name}` |" in derived["reference/settings.md"]
    for code in ErrorCode:
        assert f"| `{code}` |" in derived["reference/errors.md"]


def test_a_screenshot_is_shown_where_the_browser_tests_left_it(tmp_path: Path) -> None:
    text = "Before <!-- screenshot: *-chat.png The chat page --> after"
    assert as_on_the_site(tmp_path, text) == "Before  after"
    (tmp_path / "artifacts").mkdir()
    (tmp_path / "docs").mkdir()
    (tmp_path / "artifacts" / "test-chat.png").write_bytes(b"png")
    shown = "Before ![The chat page](/pictures/test-chat.png) after"
    assert as_on_the_site(tmp_path, text) == shown
    assert (tmp_path / "docs" / "pictures" / "test-chat.png").read_bytes() == b"png"
