"""docs/limits.md says what the limits are."""

import re
from pathlib import Path

import pytest

from settings import Settings
from web.documents.limits import NESTING, OVERLAPS, DocumentLimits

PAGE = (Path(__file__).parents[3] / "docs" / "limits.md").read_text(encoding="utf-8")
DEFAULTS = DocumentLimits()


@pytest.mark.parametrize(
    ("limit", "allowed"),
    [
        ("characters", DEFAULTS.characters),
        ("tokens", DEFAULTS.tokens),
        ("nesting", NESTING),
        ("fragmentCycles", 0),
        ("depth", DEFAULTS.depth),
        ("aliases", DEFAULTS.aliases),
        ("directives", DEFAULTS.directives),
        ("overlaps", OVERLAPS),
        ("cost", DEFAULTS.cost),
    ],
)
def test_the_page_has_the_limits_that_hold(limit: str, allowed: int) -> None:
    assert re.search(rf"^\| `{limit}` \| {allowed:,}[ ,]", PAGE, re.MULTILINE)


def test_the_settings_have_the_same_defaults() -> None:
    settings = Settings()
    assert settings.max_query_depth == DEFAULTS.depth
    assert settings.max_query_cost == DEFAULTS.cost
    assert settings.introspection is DEFAULTS.introspection
