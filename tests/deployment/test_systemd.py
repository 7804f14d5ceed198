"""docs/operations/parley.service is a unit that systemd takes, and one that it finds safe."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from settings import Settings
from tests.deployment.nginx import ROOT

UNIT = (ROOT / "docs" / "operations" / "parley.service").read_text(encoding="utf-8")


@pytest.fixture
def unit(tmp_path: Path) -> Path:
    """The unit, with a program that is there."""
    path = tmp_path / "parley.service"
    path.write_text(re.sub(r"(?m)^ExecStart=\S+", "ExecStart=/bin/true", UNIT), encoding="utf-8")
    return path


def analyzed(*arguments: str) -> subprocess.CompletedProcess[str]:
    """What systemd-analyze says; no systemd need run."""
    program = shutil.which("systemd-analyze")
    if program is None:
        pytest.skip("systemd-analyze is not installed")
    return subprocess.run(  # noqa: S603  a program of the system
        [program, *arguments], capture_output=True, text=True, check=False, timeout=60
    )


def test_systemd_takes_every_line(unit: Path) -> None:
    found = analyzed("verify", str(unit))
    assert (found.returncode, found.stdout, found.stderr) == (0, "", "")


def test_a_breach_of_parley_has_little_to_reach(unit: Path) -> None:
    found = analyzed("security", "--offline=true", "--threshold=20", str(unit))
    assert found.returncode == 0, found.stdout


def test_running_replies_get_their_time() -> None:
    [seconds] = re.findall(r"^TimeoutStopSec=(\d+)$", UNIT, re.MULTILINE)
    assert int(seconds) >= Settings().grace_seconds + 15
