"""The figures as Markdown: the budgets first, then what each part tells."""

import os
import platform
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from bench.budgets import BUDGETS, Bound, Budget, Found
from bench.outcome import Outcome, cell, table

_HOW = (
    "Servers, databases and clients share these cores. Values are medians, with the lowest and the "
    "highest round in brackets. CPU is that of the server's process, as the operating system "
    "counts it."
)


def report(outcomes: Sequence[Outcome], *, versions: Sequence[str], load: float) -> str:
    """Everything; `load` is the load average before, which says if others were at work."""
    found = [one for outcome in outcomes for one in outcome.found]
    lines = [
        "# Results of `make bench`",
        "",
        f"{machine()}; {', '.join(versions)}; the load average before was {load:.1f}. {_HOW}",
        "",
        *budget_table(found),
    ]
    for outcome in outcomes:
        lines += told(outcome)
    return "\n".join([*lines, ""])


def told(outcome: Outcome) -> list[str]:
    """What a part tells."""
    return ["", f"## {outcome.title}", "", *outcome.lines]


def budget_table(found: Sequence[Found]) -> Iterator[str]:
    """Each line of the budget that was measured, place by place."""
    rows = [
        [
            budget.what,
            place.place,
            _bound(budget.must, budget.unit),
            _bound(budget.then, budget.unit),
            f"{cell(place.figure)} {budget.unit}".rstrip(),
            verdict(budget, place.figure.median),
        ]
        for budget in BUDGETS
        for place in found
        if place.key == budget.key
    ]
    yield from table(["what", "on", "must reach", "then", "measured", "met"], rows)


def verdict(budget: Budget, value: float) -> str:
    """Whether a value reaches what it must, and what comes then."""
    if not budget.must.holds(value):
        return "**no**"
    if budget.then is None:
        return "yes"
    return "yes, and what comes then" if budget.then.holds(value) else "yes"


def machine() -> str:
    """What it ran on."""
    text = Path("/proc/cpuinfo").read_text(encoding="utf-8")
    found = re.search(r"^model name\s*: (.*)$", text, re.MULTILINE)
    model = found[1] if found else platform.machine()
    return f"{os.cpu_count()} cores ({model}), Python {platform.python_version()}"


def _bound(bound: Bound | None, unit: str) -> str:
    return "" if bound is None else f"{bound} {unit}".rstrip()
