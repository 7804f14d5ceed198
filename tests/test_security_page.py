"""docs/security.md names only what is there, and has a row for every risk of both lists."""

import ast
import json
import re
from functools import cache
from pathlib import Path

import pytest

from settings import Settings

ROOT = Path(__file__).parent.parent
PAGE = (ROOT / "docs" / "security.md").read_text(encoding="utf-8")
NAMED = sorted(set(re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", PAGE)))
RISKS = [*(f"API{number}" for number in range(1, 11)), *(f"LLM{n:02}" for n in range(1, 11))]
LOCKS = ("requirements.lock", "requirements-dev.lock")


@cache
def functions_of(path: str) -> frozenset[str]:
    """The tests of a file, by its syntax: a name in a comment or a text is no test."""
    tree = ast.parse((ROOT / path).read_text(encoding="utf-8"))
    functions = (ast.FunctionDef, ast.AsyncFunctionDef)
    return frozenset(node.name for node in tree.body if isinstance(node, functions))


def rows(heading: str) -> list[list[str]]:
    """The rows of the table of a section, without those of its head."""
    section = PAGE.partition(f"\n## {heading}\n")[2].partition("\n## ")[0]
    lines = [line for line in section.splitlines() if line.startswith("| ")]
    return [[cell.strip() for cell in line.strip("|").split(" | ")] for line in lines[2:]]


@pytest.mark.parametrize(("path", "test"), NAMED)
def test_a_test_that_the_page_names_is_there(path: str, test: str) -> None:
    assert test.startswith("test_")
    assert test in functions_of(path)


def test_the_page_names_no_test_in_another_way() -> None:
    assert len(NAMED) > 60
    assert len(re.findall(r"::", PAGE)) == len(re.findall(r"`tests/[\w/]+\.py::\w+`", PAGE))


@pytest.mark.parametrize("risk", RISKS)
def test_every_risk_has_a_row_with_an_answer_and_a_test(risk: str) -> None:
    heading = "OWASP API Security" if risk.startswith("API") else "OWASP Top 10 for LLM"
    [title] = re.findall(rf"^## ({heading}.*)$", PAGE, re.MULTILINE)
    [row] = [row for row in rows(title) if row[0].startswith(f"**{risk}** ")]
    _, here, answer, shown_by, _ = row
    assert here
    assert answer
    assert "`tests/" in shown_by


def test_the_lists_have_no_other_rows() -> None:
    titles = re.findall(r"^## (OWASP .*)$", PAGE, re.MULTILINE)
    found = [re.findall(r"^\*\*(\w+)\*\*", row[0]) for title in titles for row in rows(title)]
    assert [name for [name] in found] == RISKS


def test_every_bad_input_is_shown_by_a_test() -> None:
    found = rows("Bad input")
    assert len(found) >= 20
    for _, happens, shown_by in found:
        assert happens
        assert "`tests/" in shown_by


def test_the_settings_that_the_page_names_are_there() -> None:
    known = {name for name, _, _ in Settings.variables()}
    named = set(re.findall(r"`((?:PARLEY|OPENAI|DATABASE)_[A-Z_]+)", PAGE))
    assert len(named) > 10
    assert named <= known


def test_the_places_that_the_page_points_to_are_there() -> None:
    for name, _, anchor in re.findall(r"\]\(([\w./-]*)(#([\w-]+))?\)", PAGE):
        path = ROOT / "docs" / (name or "security.md")
        assert path.exists(), name
        headings = re.findall(r"^#+ (.*)$", path.read_text(encoding="utf-8"), re.MULTILINE)
        slugs = {re.sub(r"[^\w -]", "", one).lower().replace(" ", "-") for one in headings}
        assert not anchor or anchor in slugs, anchor


def test_the_readme_points_to_the_page() -> None:
    assert "(docs/security.md)" in (ROOT / "README.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", LOCKS)
def test_every_dependency_is_locked_by_its_hashes(name: str) -> None:
    text = (ROOT / name).read_text(encoding="utf-8")
    blocks = re.split(r"^(?=[\w.-]+(?:\[[\w,.-]+\])?==)", text, flags=re.MULTILINE)
    pinned = [block for block in blocks if not block.startswith((" ", "#")) and block.strip()]
    assert len(pinned) > 20
    for block in pinned:
        assert re.match(r"[\w.-]+(?:\[[\w,.-]+\])?==\S+", block), block[:80]
        assert "--hash=sha256:" in block, block[:80]
    installed = re.findall(r"^\t.*\binstall\b.*-r (\S+)$", _makefile(), re.MULTILINE)
    assert name in installed
    assert _makefile().count("--require-hashes") == len(installed)


@cache
def _makefile() -> str:
    return (ROOT / "Makefile").read_text(encoding="utf-8")


@pytest.mark.parametrize("page", ["page", "graphiql"])
def test_the_packages_of_the_pages_are_locked_by_their_hashes(page: str) -> None:
    lock = json.loads((ROOT / "web" / page / "package-lock.json").read_text(encoding="utf-8"))
    packages = {name: one for name, one in lock["packages"].items() if name}
    assert packages
    for name, one in packages.items():
        assert one["integrity"].startswith("sha512-"), name
