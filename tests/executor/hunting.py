"""Looks for a case in which the executors answer differently.

PARLEY_TEST_CASES says how many cases (`make sameness`), PARLEY_TEST_SEED where to begin. A failure
tells the seed of its case: with it as PARLEY_TEST_SEED, that case is the first.
"""

import gc
import logging
import os
from collections import Counter
from collections.abc import Callable, Sequence

from tests.executor.comparing import Case, assert_same

_log = logging.getLogger(__name__)

CASES = int(os.environ.get("PARLEY_TEST_CASES", "1200"))
SEED = int(os.environ.get("PARLEY_TEST_SEED", "1"))


async def hunt(cases_of: Callable[[int], Sequence[Case]]) -> Counter[str]:
    """Compare the cases of one seed after the other; what came of them, in parts of 100."""
    came: Counter[str] = Counter()
    seed, cases = SEED, 0
    while cases < CASES:
        for case in cases_of(seed):
            try:
                result = await assert_same(case)
            except Exception as error:
                text = case.document.loc.source.body if case.document.loc else ""
                again = f"PARLEY_TEST_SEED={seed}\n{text}\n{case.variables}"
                raise AssertionError(again) from error
            cases += 1
            came["with data"] += result.data is not None
            came["with errors"] += bool(result.errors)
            came["with several errors"] += len(result.errors or ()) > 1
        seed += 1
    gc.collect()
    _log.info("%d cases of the seeds %d to %d: %s", cases, SEED, seed - 1, dict(came))
    return Counter({kind: count * 100 // cases for kind, count in came.items()})
