"""Clients act at random on a program that is killed again and again: what they saw holds.

`make test` kills three times. `make soak` is the long form: PARLEY_TEST_KILLS says how often, and
PARLEY_TEST_SEED repeats the choices of an earlier run, which its log and its failure name.
"""

import logging
import os
import secrets
from pathlib import Path

import pytest

from tests.history.checker import check
from tests.history.driver import make_history
from tests.history.report import counts, report

_log = logging.getLogger(__name__)

# What a run must have done at the least: an empty history is always consistent.
_DEEDS = {
    "Killed": 3,
    "Sent REJECT": 8,
    "Sent ENQUEUE": 8,
    "Sent INTERRUPT": 6,
    "Accepted QUEUED": 2,
    "Refused CONVERSATION_BUSY": 2,
    "Repeated": 10,
    "Stopped": 8,
    "Edited": 3,
    "Regenerated": 3,
    "Branched": 3,
    "Deleted": 1,
    "Paged": 15,
    "Streamed": 15,
    "Listened again": 8,
}
_ENDS = {"run COMPLETE": 10, "run STOPPED": 2, "run FAILED": 1, "run INTERRUPTED": 1}


async def test_whatever_is_killed_the_clients_saw_one_consistent_history(
    database_url: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, logger=__name__)
    # The model server tells of every connection that a kill cuts.
    for name in ("aiohttp.access", "aiohttp.server"):
        caplog.set_level(logging.CRITICAL, logger=name)
    kills = int(os.environ.get("PARLEY_TEST_KILLS") or 3)
    seed = int(os.environ.get("PARLEY_TEST_SEED") or secrets.randbelow(1_000_000))
    _log.info("%d kills, seed %d", kills, seed)
    history = await make_history(database_url, tmp_path, seed=seed, kills=kills, least=_DEEDS)
    done = counts(history.log, history.dump)
    _log.info("%s", done)
    violations = check(history.log, history.dump)
    assert not violations, f"seed {seed}: {report(violations, history.log)}"
    assert not history.complaints, f"seed {seed}: {history.complaints}"
    enough = _DEEDS | _ENDS
    too_little = {name: done[name] for name, least in enough.items() if done[name] < least}
    assert not too_little, f"seed {seed} did too little: {too_little} of {done}"
