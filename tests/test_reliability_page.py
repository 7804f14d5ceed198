"""Each test that docs/reliability.md names is there."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PAGE = (ROOT / "docs" / "reliability.md").read_text(encoding="utf-8")
NAMED = sorted(set(re.findall(r"`(tests/[\w/]+)(\.py(?:::(\w+))?)?`", PAGE)))


@pytest.mark.parametrize("named", NAMED, ids=lambda named: f"{named[0]}:{named[2]}")
def test_a_test_that_the_page_names_is_there(named: tuple[str, str, str]) -> None:
    path, suffix, test = named
    if not suffix:
        assert (ROOT / path).is_dir()
    else:
        assert f"def {test}" in (ROOT / f"{path}.py").read_text(encoding="utf-8")


def test_the_page_names_tests() -> None:
    assert len(NAMED) > 20
