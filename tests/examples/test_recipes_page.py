"""The pages of examples/ point to what is there, and leave no recipe out."""

import re
from pathlib import Path

import pytest

from tests.examples.recipes import EXAMPLES, recipe

PAGES = sorted(EXAMPLES.rglob("*.md"))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(EXAMPLES)))
def test_what_a_page_points_to_is_there(page: Path) -> None:
    for target in re.findall(r"\]\(([^):#]+)\)", page.read_text(encoding="utf-8")):
        assert (page.parent / target).exists(), target


def test_every_recipe_is_in_the_table() -> None:
    table = recipe("README.md")
    for path in EXAMPLES.iterdir():
        assert path.name == "README.md" or f"({path.name}" in table, path


def test_the_page_of_weweb_names_the_props() -> None:
    declared = recipe("weweb/ParleyChat.vue").partition("defineProps({")[2].partition("});")[0]
    props = re.findall(r"^  (\w+):", declared, re.MULTILINE)
    shown = re.findall(r"^\| `(\w+)` \|", recipe("weweb/README.md"), re.MULTILINE)
    assert props == shown
