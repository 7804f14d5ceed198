"""Clients act at random on a program that is killed again and again: what they saw holds.

`make test` kills three times. `make soak` is the long form.
"""

from pathlib import Path

import pytest

from tests.history.deployment import one_process
from tests.history.trial import assert_consistent

# What a run must have done at the least.
_DEEDS = {
    "Killed": 3,
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


async def test_whatever_is_killed_the_clients_saw_one_consistent_history(
    database_url: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    deploy = one_process(database_url, tmp_path)
    await assert_consistent(deploy, disturbances=3, least=_DEEDS, caplog=caplog)
