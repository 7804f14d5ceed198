"""What is told of windows in Redis. What limits do is tested with all that keep them."""

import pytest

from adapters.redis_rates import until_more


@pytest.mark.parametrize(
    ("before", "now", "seconds"),
    [
        ((0, 0.0), (0, 0.0), 0.0),
        ((0, 0.0), (3, 120.0), 60.0),
        ((0, 0.0), (3, 90.0), 30.0),
        ((0, 0.0), (3, 60.0), 0.0),
        ((6, 25.0), (0, 85.0), 5.0),
        ((6, 25.0), (3, 62.0), 2.0),
    ],
)
def test_less_counts_when_a_hit_slides_out_or_the_window_ends(
    before: tuple[int, float], now: tuple[int, float], seconds: float
) -> None:
    assert until_more(*before, *now, length=60) == seconds
