"""The command `parley` as tests run it: a process of its own, and what is asked of it."""

import asyncio
import os
import signal
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp

ROOT = Path(__file__).parent.parent
READY = "Parley is ready: "


def environment(database_url: str, **more: str) -> dict[str, str]:
    """What a process sees: a free port, the database, and what a test adds."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PARLEY_")}
    return {
        **kept,
        "PYTHONPATH": str(ROOT),
        "DATABASE_URL": database_url,
        "PARLEY_PORT": "0",
        **more,
    }


async def start(*arguments: str, env: Mapping[str, str], apart: bool = False) -> Process:
    """Start a command; `apart`: in a group of processes of its own, as a shell does."""
    command = [sys.executable, "-m", "command_line", *arguments]
    return await asyncio.create_subprocess_exec(
        *command, env=env, stdout=PIPE, stderr=PIPE, start_new_session=apart
    )


async def run(*arguments: str, env: Mapping[str, str]) -> tuple[int | None, str, str]:
    """Run a command to its end: exit code, output, errors."""
    process = await start(*arguments, env=env)
    output, errors = await asyncio.wait_for(process.communicate(), 60)
    return process.returncode, output.decode(), errors.decode()


@asynccontextmanager
async def running(*arguments: str, env: Mapping[str, str]) -> AsyncIterator[tuple[Process, str]]:
    """A command that serves, and the address in its line that tells it is ready."""
    process = await start(*arguments, env=env)
    assert process.stdout is not None
    assert process.stderr is not None
    try:
        while line := (await asyncio.wait_for(process.stdout.readline(), 60)).decode():
            if line.startswith(READY):
                break
        assert line, (await process.stderr.read()).decode()
        yield process, line.removeprefix(READY).strip()
    finally:
        if process.returncode is None:
            process.send_signal(signal.SIGTERM)
        await asyncio.wait_for(process.communicate(), 60)


async def ask(link: str, query: str, **variables: object) -> dict[str, object]:
    """Send an operation with the token of a sign-in link."""
    address, _, token = link.partition("/?token=")
    headers = {"Authorization": f"Bearer {token}"}
    async with (
        aiohttp.ClientSession(headers=headers) as session,
        session.post(
            f"{address}/graphql", json={"query": query, "variables": variables}
        ) as response,
    ):
        body: dict[str, object] = await response.json()
        return body


def children_of(pid: int) -> list[int]:
    """The processes that a process started."""
    listed = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii")
    return [int(child) for child in listed.split()]


def alive(pid: int) -> bool:
    """Whether a process is still there."""
    return Path(f"/proc/{pid}").exists()
