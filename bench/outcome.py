"""What a part of the benchmark hands back, and tables in Markdown."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from bench.budgets import Found


@dataclass(frozen=True, slots=True)
class Outcome:
    """`found` are values for lines of the budget; `lines` is what else there is to tell."""

    title: str
    found: tuple[Found, ...]
    lines: tuple[str, ...]


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    """A table."""
    yield f"| {' | '.join(head)} |"
    yield f"| {' | '.join('---' for _ in head)} |"
    for row in rows:
        yield f"| {' | '.join(row)} |"
