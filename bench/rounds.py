"""Figures of several rounds: what lies in the middle, and how far they lie apart."""

import statistics
from collections.abc import Iterable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Figure:
    """One quantity, measured in each round."""

    rounds: tuple[float, ...]

    @property
    def median(self) -> float:
        """The middle."""
        return statistics.median(self.rounds)

    @property
    def low(self) -> float:
        """The lowest round."""
        return min(self.rounds)

    @property
    def high(self) -> float:
        """The highest round."""
        return max(self.rounds)

    def over(self, other: "Figure") -> "Figure":
        """How many times the other one, round by round: noise that both met goes out."""
        return Figure(
            tuple(one / base for one, base in zip(self.rounds, other.rounds, strict=True))
        )

    def less(self, other: "Figure") -> "Figure":
        """What it is more than the other one, round by round."""
        return Figure(
            tuple(one - base for one, base in zip(self.rounds, other.rounds, strict=True))
        )


def spread(figures: Sequence[Figure]) -> Figure:
    """How many times the greatest of several is the least of them, round by round."""
    together = zip(*(one.rounds for one in figures), strict=True)
    return Figure(tuple(max(some) / min(some) for some in together))


def figure(rounds: Iterable[float]) -> Figure:
    """The figure of these rounds."""
    return Figure(tuple(rounds))
