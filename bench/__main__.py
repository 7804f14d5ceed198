"""`make bench` measures what the budgets ask for, in ten minutes; `python -m bench reads` a part.

Prints each part when it is done, then everything, which a whole run writes to bench/RESULTS.md.
Nothing fails for being slow.
"""

import argparse
import asyncio
import os
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path

from bench import execution, fan_out, growth, many_sockets, reads, sends, starting
from bench.outcome import Outcome
from bench.places import Place, places
from bench.report import report, told

Part = Callable[[Sequence[Place]], Awaitable[Outcome]]

_PARTS: dict[str, Part] = {
    "reads": reads.measure,
    "execution": execution.measure,
    "sends": sends.measure,
    "fan_out": fan_out.measure,
    "sockets": many_sockets.measure,
    "growth": growth.measure,
    "starting": starting.measure,
}
_RESULTS = Path(__file__).with_name("RESULTS.md")


async def _measured(names: Sequence[str]) -> str:
    load = os.getloadavg()[0]
    with places() as found:
        outcomes: list[Outcome] = []
        for name in names:
            outcomes.append(await _PARTS[name](found))
            print("\n".join(told(outcomes[-1])), flush=True)
        versions = [await place.version() for place in found]
        return report(outcomes, versions=versions, load=load)


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("part", nargs="*", choices=[*_PARTS, []], help="what to measure; all")
    names = parser.parse_args().part or list(_PARTS)
    text = asyncio.run(_measured(names))
    print(text)
    if len(names) == len(_PARTS):
        _RESULTS.write_text(text, encoding="utf-8")


main()
