"""Clients act at random on a program that is killed again and again: what they saw holds.

`make test` kills three times. `make soak` is the long form.
"""

from pathlib import Path

import pytest

from tests.history.deployment import one_process
from tests.history.trial import assert_consistent


async def test_whatever_is_killed_the_clients_saw_one_consistent_history(
    database_url: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    deploy = one_process(database_url, tmp_path)
    await assert_consistent(deploy, disturbances=3, least={"Killed": 3}, caplog=caplog)
