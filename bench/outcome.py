"""What a part of the benchmark hands back, and tables in Markdown."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from bench.budgets import Found
from bench.rounds import Figure


@dataclass(frozen=True, slots=True)
class Outcome:
    """`found` are values for lines of the budget; `lines` is what else there is to tell."""

    title: str
    found: tuple[Found, ...]
    lines: tuple[str, ...]


def cell(one: Figure) -> str:
    """A median with its spread; nothing where nothing was measured."""
    if not one.rounds:
        return ""
    middle, low, high = (short(value) for value in (one.median, one.low, one.high))
    return middle if len(one.rounds) == 1 else f"{middle} ({low}–{high})"


def short(value: float) -> str:
    """Three digits or so."""
    for above, digits in ((100, 0), (10, 1)):
        if abs(value) >= above:
            return f"{value:,.{digits}f}"
    return f"{value:.2f}"


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    """A table."""
    yield f"| {' | '.join(head)} |"
    yield f"| {' | '.join('---' for _ in head)} |"
    for row in rows:
        yield f"| {' | '.join(row)} |"
