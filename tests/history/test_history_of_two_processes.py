"""Clients act at random on two processes while these, Redis and PostgreSQL fail by turns.

It brings both servers of its own. `make test` takes each of them away once; `make soak` is the long
form.
"""

from pathlib import Path

import pytest

from tests.history.trial import assert_consistent
from tests.history.two_processes import two_processes

# What a run must have done at the least.
_DEEDS = {
    "Killed": 1,
    "Drained": 1,
    "RedisAway": 1,
    "DatabaseAway": 1,
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


async def test_whatever_fails_the_clients_of_two_processes_saw_one_consistent_history(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    deploy = two_processes(tmp_path)
    await assert_consistent(deploy, disturbances=4, least=_DEEDS, caplog=caplog)
