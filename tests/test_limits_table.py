"""The table of sizes, times and counts in docs/limits.md is that of the program."""

import re
from pathlib import Path

import pytest

from adapters.memory_bus import DEFAULT_QUEUE_EVENTS
from chat import checks
from chat.accounts import LONGEST_SECRET
from chat.paging import LARGEST_PAGE
from resolvers.allowance import ANSWER_CHARACTERS
from settings import Settings
from web.connection_limits import ConnectionLimits
from web.limits import EdgeLimits

PAGE = (Path(__file__).parent.parent / "docs" / "limits.md").read_text(encoding="utf-8")
SECTION = PAGE.partition("\n## Sizes, times and counts\n")[2].partition("\n## ")[0]
ROWS = {
    cells[0]: cells[1:]
    for line in SECTION.splitlines()
    if line.startswith("| ")
    for cells in [[cell.strip() for cell in line.strip("|").split("|")]]
}
EDGE, CONNECTION = EdgeLimits(), ConnectionLimits()
KIB = 1024


def default(what: str) -> str:
    """What the table says of the row that begins so."""
    [found] = [cells[0] for name, cells in ROWS.items() if name.startswith(what)]
    return found


@pytest.mark.parametrize(
    ("what", "shown"),
    [
        ("Operations on a socket", f"{EDGE.operations_per_socket}"),
        ("Time for `connection_init`", f"{EDGE.init_seconds:g} s"),
        ("Events that wait", f"{DEFAULT_QUEUE_EVENTS:,}"),
        ("A body", f"{EDGE.body_bytes // KIB // KIB} MiB, not compressed"),
        ("Text of the messages", f"{ANSWER_CHARACTERS:,} characters"),
        ("Time for a body", f"{EDGE.body_seconds:g} s"),
        (
            "A request's head",
            f"{CONNECTION.head_bytes // KIB} KiB, {CONNECTION.headers} headers",
        ),
        ("A request's address", f"{CONNECTION.url_bytes // KIB} KiB"),
        ("Time for a head", f"{CONNECTION.head_seconds:g} s"),
        ("Requests that wait", f"{CONNECTION.waiting_requests}"),
        ("A token", f"{LONGEST_SECRET // KIB} KiB"),
        ("Content of", f"1 to {checks.LONGEST_CONTENT:,} characters, not only blanks"),
        ("Names,", f"1 to {checks.LONGEST_NAME} characters"),
        ("A page", f"1 to {LARGEST_PAGE} items"),
    ],
)
def test_the_table_has_the_limits_that_hold(what: str, shown: str) -> None:
    assert default(what) == shown


def test_names_and_keys_are_as_long() -> None:
    assert checks.LONGEST_NAME == checks.LONGEST_KEY


def test_the_table_has_the_defaults_of_the_settings_that_it_names() -> None:
    defaults = {name: default for name, default, _ in Settings.variables()}
    named = {
        match[1]: cells[0]
        for cells in ROWS.values()
        for match in [re.fullmatch(r"`(PARLEY_\w+)`", cells[-1])]
        if match
    }
    assert len(named) == 10
    for name, shown in named.items():
        value = defaults[name].removesuffix(".0")
        assert re.search(rf"(?:^|\s){re.escape(value or 'no limit')}(?:\s|$)", shown), name
