"""Clients act at random on two processes while these, Redis and PostgreSQL fail by turns.

It brings both servers of its own. `make test` takes each of them away once; `make soak` is the long
form.
"""

from pathlib import Path

import pytest

from tests.history.trial import assert_consistent
from tests.history.two_processes import two_processes

_ONCE_EACH = {"Killed": 1, "Drained": 1, "RedisAway": 1, "DatabaseAway": 1}


async def test_whatever_fails_the_clients_of_two_processes_saw_one_consistent_history(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    deploy = two_processes(tmp_path)
    await assert_consistent(deploy, disturbances=4, least=_ONCE_EACH, caplog=caplog)
