"""Plays one history and judges it: nothing may be wrong with it, and enough must have been done.

PARLEY_TEST_KILLS says how often something is taken away, and PARLEY_TEST_SEED repeats the choices
of an earlier run, which its log and its failure name.
"""

import logging
import os
import secrets
from collections.abc import Mapping

import pytest

from tests.history.checker import check
from tests.history.deployment import Deploy
from tests.history.driver import make_history
from tests.history.report import counts, report

_log = logging.getLogger(__name__)
# What clients must have done at the least.
_DEEDS = {
    "Sent REJECT": 8,
    "Sent ENQUEUE": 8,
    "Sent INTERRUPT": 6,
    "Accepted QUEUED": 2,
    "Refused CONVERSATION_BUSY": 2,
    "Repeated": 10,
    "Stopped": 8,
    "Stopped as STOPPED": 3,
    "Edited": 3,
    "Regenerated": 3,
    "Branched": 3,
    "Deleted": 1,
    "Paged": 15,
    "Streamed": 15,
    "Listened again": 8,
}
# What is known in the end only, and must have been at the least.
_ENDS = {
    "run COMPLETE": 10,
    "run STOPPED": 2,
    "run FAILED": 1,
    "run INTERRUPTED": 1,
    "Listened to the end": 4,
}


async def assert_consistent(
    deploy: Deploy, *, disturbances: int, least: Mapping[str, int], caplog: pytest.LogCaptureFixture
) -> None:
    """Fail with what was wrong, or with what was done too little: nothing is always consistent.

    `least` says how often what must have been taken away.
    """
    caplog.set_level(logging.INFO, logger=__name__)
    # The model server tells of every connection that a kill cuts.
    for name in ("aiohttp.access", "aiohttp.server"):
        caplog.set_level(logging.CRITICAL, logger=name)
    times = int(os.environ.get("PARLEY_TEST_KILLS") or disturbances)
    seed = int(os.environ.get("PARLEY_TEST_SEED") or secrets.randbelow(1_000_000))
    _log.info("%d disturbances, seed %d", times, seed)
    deeds = {**least, **_DEEDS}
    history = await make_history(deploy, seed=seed, disturbances=times, least=deeds)
    done = counts(history.log, history.dump)
    _log.info("%s", done)
    violations = check(history.log, history.dump)
    assert not violations, f"seed {seed}: {report(violations, history.log)}"
    assert not history.complaints, f"seed {seed}: {history.complaints}"
    enough = {**deeds, **_ENDS}
    too_little = {name: done[name] for name, least in enough.items() if done[name] < least}
    assert not too_little, f"seed {seed} did too little: {too_little} of {done}"
