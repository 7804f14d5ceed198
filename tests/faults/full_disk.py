"""Two ways to leave a process no room for its files, and to give it room again."""

import asyncio
import os
import resource
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Protocol

import pytest


class Disk(Protocol):
    """Where the database of a process is."""

    folder: Path

    def fill(self, pid: int) -> None:
        """Leave no room."""
        ...

    def free(self, pid: int) -> None:
        """Make room again."""
        ...


class LimitedDisk:
    """Limits the size of what the process writes: every write to a file fails with EFBIG."""

    def __init__(self, folder: Path) -> None:
        """`folder` may be on any disk."""
        self.folder = folder

    def fill(self, pid: int) -> None:
        """Leave no room."""
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (0, resource.RLIM_INFINITY))

    def free(self, pid: int) -> None:
        """Make room again."""
        unlimited = (resource.RLIM_INFINITY, resource.RLIM_INFINITY)
        resource.prlimit(pid, resource.RLIMIT_FSIZE, unlimited)


class SmallDisk:
    """A file system that a big file fills: writes that need more room fail with ENOSPC."""

    def __init__(self, folder: Path) -> None:
        """`folder` is the root of the file system."""
        self.folder = folder
        self._filler = folder / "filler"

    def fill(self, pid: int) -> None:
        """Leave no room."""
        left = os.statvfs(self.folder)
        self._filler.write_bytes(bytes(left.f_bavail * left.f_frsize))

    def free(self, pid: int) -> None:
        """Make room again."""
        self._filler.unlink()


@asynccontextmanager
async def small_disk(folder: Path) -> AsyncIterator[SmallDisk]:
    """A file system of two megabytes in memory, for those who may mount one."""
    await asyncio.to_thread(folder.mkdir)
    if await _run("mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", str(folder)) != 0:
        pytest.skip("mounting a file system is not permitted here")
    try:
        yield SmallDisk(folder)
    finally:
        assert await _run("umount", str(folder)) == 0


async def _run(*command: str) -> int:
    """The exit code of a program; 127 when it is not there."""
    quiet = asyncio.subprocess.DEVNULL
    try:
        process = await asyncio.create_subprocess_exec(*command, stdout=quiet, stderr=quiet)
    except FileNotFoundError:
        return 127
    return await process.wait()
