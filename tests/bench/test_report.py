"""What the benchmark makes of its rounds: figures, verdicts and tables."""

import pytest

from bench.budgets import BUDGETS, Budget, Found, least, most
from bench.outcome import Outcome, cell, short, table
from bench.report import budget_table, report, verdict
from bench.rounds import figure, spread


def test_a_figure_has_the_median_and_both_ends_of_its_rounds() -> None:
    one = figure([3.0, 1.0, 2.0, 9.0, 4.0])

    assert (one.low, one.median, one.high) == (1.0, 3.0, 9.0)


def test_figures_are_compared_round_by_round() -> None:
    one, other = figure([10.0, 30.0, 20.0]), figure([5.0, 10.0, 10.0])

    assert one.over(other).rounds == (2.0, 3.0, 2.0)
    assert one.less(other).rounds == (5.0, 20.0, 10.0)
    assert spread([one, other, figure([20.0, 15.0, 10.0])]).rounds == (4.0, 3.0, 2.0)


def test_figures_of_other_rounds_cannot_be_compared() -> None:
    with pytest.raises(ValueError, match="zip"):
        figure([1.0]).over(figure([1.0, 2.0]))


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (3.1, "**no**"),
        (3.0, "yes"),
        (2.0, "yes, and what comes then"),
    ],
)
def test_a_value_is_held_against_what_it_must_reach_and_what_comes_then(
    value: float, said: str
) -> None:
    budget = Budget("key", "what", "ms", must=most(3), then=most(2))

    assert verdict(budget, value) == said


def test_what_comes_then_counts_only_for_who_reaches_what_it_must() -> None:
    budget = Budget("key", "what", "", must=least(0.667), then=least(0.567))

    assert verdict(budget, 0.6) == "**no**"
    assert verdict(budget, 0.7) == "yes, and what comes then"


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.1234, "0.12"), (9.876, "9.88"), (12.34, "12.3"), (123.4, "123"), (20_000.4, "20,000")],
)
def test_values_are_written_with_three_digits_or_so(value: float, text: str) -> None:
    assert short(value) == text


def test_a_cell_shows_the_spread_where_there_are_several_rounds() -> None:
    assert cell(figure([1.0, 2.0, 3.0])) == "2.00 (1.00–3.00)"
    assert cell(figure([2.0])) == "2.00"
    assert cell(figure([])) == ""


def test_each_line_of_the_budget_has_a_row_for_each_place_where_it_was_measured() -> None:
    found = [
        Found("send.added", "SQLite", figure([2.5, 2.6, 2.4])),
        Found("send.added", "PostgreSQL", figure([3.5])),
        Found("start.seconds", "SQLite", figure([0.9])),
    ]

    head, rule, *rows = budget_table(found)

    assert head == "| what | on | must reach | then | measured | met |"
    assert rule.count("---") == 6
    assert [row.split(" | ")[1:] for row in rows] == [
        ["SQLite", "≤ 3 ms", "≤ 2 ms", "2.50 (2.40–2.60) ms", "yes |"],
        ["PostgreSQL", "≤ 3 ms", "≤ 2 ms", "3.50 ms", "**no** |"],
        ["SQLite", "≤ 2 s", "≤ 1 s", "0.90 s", "yes, and what comes then |"],
    ]


def test_lines_of_the_budget_have_keys_of_their_own() -> None:
    assert len({one.key for one in BUDGETS}) == len(BUDGETS)


def test_a_report_says_on_what_it_was_measured_and_what_each_part_tells() -> None:
    outcome = Outcome(
        "Starting",
        (Found("start.seconds", "SQLite", figure([1.5])),),
        ("Five starts.", "", *table(["a", "b"], [["1", "2"]])),
    )

    lines = report([outcome], versions=["SQLite 3"], load=0.25).splitlines()

    assert "SQLite 3; the load average before was 0.2." in lines[2]
    assert "| from start to ready | SQLite | ≤ 2 s | ≤ 1 s | 1.50 s | yes |" in lines
    assert lines[-7:] == [
        "## Starting",
        "",
        "Five starts.",
        "",
        "| a | b |",
        "| --- | --- |",
        "| 1 | 2 |",
    ]
