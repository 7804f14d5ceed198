"""From start to ready: Parley with SQLite, its database new and, mostly, there already."""

import tempfile
from collections.abc import Sequence
from pathlib import Path

from bench.budgets import Found
from bench.outcome import Outcome
from bench.places import Place, parley
from bench.rounds import figure

ROUNDS = 5


async def measure(places: Sequence[Place]) -> Outcome:
    """Embedded only: that is what people start with."""
    del places
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite://{Path(folder) / 'starting.sqlite3'}"
        # Nobody listens there, and nobody is asked before the first send.
        nowhere = "http://127.0.0.1:9/v1"
        seconds: list[float] = []
        for _ in range(ROUNDS + 1):
            async with parley(url, model=nowhere) as server:
                seconds.append(server.seconds_to_ready)
    new, again = seconds[0], figure(seconds[1:])
    text = (
        f"The first start made the database, in {new:.2f} s; then {ROUNDS} starts on it. Until the "
        "address is printed."
    )
    return Outcome("Starting", (Found("start.seconds", "SQLite", again),), (text,))
