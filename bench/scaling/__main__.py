"""`make scaling`: what one process carries, what others beside it change, and what bounds them all.

Prints the figures and puts them into docs/scaling.md. Takes five minutes or so.
"""

import asyncio
import os
from pathlib import Path

from bench.scaling.ground import ground
from bench.scaling.load import Pace
from bench.scaling.measuring import clients, idle, paced, pressed
from bench.scaling.report import replaced, report

PROCESSES = (1, 2, 4)
ROUNDS = 3
SECONDS = 6.0
USERS = 16
_WORD_MILLISECONDS = 5.0
_IDLE_SECONDS = 8.0
_PAGE = Path(__file__).parents[2] / "docs" / "scaling.md"


async def main() -> None:
    """Measure, print and write."""
    load = os.getloadavg()[0]
    async with ground(
        processes=max(PROCESSES), users=USERS, word_milliseconds=_WORD_MILLISECONDS
    ) as made:
        async with clients(made) as found:
            work = {
                "read": ([one.read for one in found], Pace(4, 0.16, 16)),
                "send": ([one.send for one in found], Pace(4, 0.64, 16)),
                "stream": ([one.stream for one in found], Pace(3, 2.0, 16)),
                "crowd": ([one.crowd for one in found], Pace(1, 2.0, 2)),
            }
            most = await pressed(made, work, rounds=ROUNDS, seconds=SECONDS)
            figures = await paced(made, work, counts=PROCESSES, rounds=ROUNDS, seconds=SECONDS)
            quiet = await idle(made, found, seconds=_IDLE_SECONDS)
            refusals = sum(one.refusals for one in found)
        versions = await made.versions()
    text = report(most, figures, quiet, load=load, versions=versions)
    print(text)
    print(f"\n{refusals} streams were told to try again.")
    _PAGE.write_text(replaced(_PAGE.read_text(encoding="utf-8"), text), encoding="utf-8")


asyncio.run(main())
