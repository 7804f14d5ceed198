"""What processes used of the CPU so far, as the operating system counts it. Linux only."""

import os
from pathlib import Path

_TICKS_PER_SECOND = os.sysconf("SC_CLK_TCK")


def cpu_seconds(pid: int) -> float:
    """A process, in user and system mode."""
    user, system, _, _ = _times(pid)
    return user + system


def family_cpu_seconds(pid: int) -> float:
    """A process, the children that have ended, and those that run."""
    running = sum(cpu_seconds(child) for child in _children(pid))
    return sum(_times(pid)) + running


def parent_of(pid: int) -> int:
    """Who started it."""
    return int(_fields(pid)[1])


def _times(pid: int) -> tuple[float, float, float, float]:
    user, system, gone_user, gone_system = (int(one) for one in _fields(pid)[11:15])
    ticks = _TICKS_PER_SECOND
    return user / ticks, system / ticks, gone_user / ticks, gone_system / ticks


def _fields(pid: int) -> list[str]:
    """Those of /proc/PID/stat behind the name, which may hold anything."""
    return Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()


def _children(pid: int) -> list[int]:
    text = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii")
    return [int(child) for child in text.split()]
