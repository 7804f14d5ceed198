"""A PostgreSQL server of the tests' own, which they may stop, restart, freeze and demote."""

import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

import asyncpg
import pytest

from tests.faults.missing import missing

# The server refuses to run as root; packages of PostgreSQL bring this account.
_ACCOUNT = "postgres"
_START_SECONDS = 60

ShutdownMode = Literal["fast", "immediate"]


class PostgresCluster:
    """A cluster in a folder of its own, on a port of its own."""

    def __init__(self, programs: Path, folder: Path, port: int) -> None:
        """Use `postgres_cluster`."""
        self._programs = programs
        self._folder = folder
        self._port = port

    def initialise(self) -> None:
        """Make the cluster."""
        self._run("initdb", "-U", _ACCOUNT, "-A", "trust", "-E", "UTF8", "--no-sync")
        settings = {
            "port": self._port,
            "listen_addresses": "127.0.0.1",
            "unix_socket_directories": self._folder,
            "logging_collector": "off",
        }
        lines = [f"{name} = '{value}'\n" for name, value in settings.items()]
        with (self._folder / "data" / "postgresql.conf").open("a", encoding="utf-8") as file:
            file.writelines(lines)

    def start(self) -> None:
        """Start, and return when the server answers."""
        self._control("start")

    def stop(self, mode: ShutdownMode) -> None:
        """Stop: "fast" ends every session first, "immediate" is a crash."""
        self._control("stop", "-m", mode)

    def restart(self, mode: ShutdownMode) -> None:
        """Stop and start, and return when the server answers again."""
        self._control("restart", "-m", mode)

    def demote(self) -> None:
        """Restart as a standby, which only reads, as an old primary does after a failover."""
        self.stop("fast")
        signal_file = self._folder / "data" / "standby.signal"
        signal_file.touch()
        if os.geteuid() == 0:
            shutil.chown(signal_file, _ACCOUNT)
        self.start()

    def promote(self) -> None:
        """Make a standby a primary, and return when it takes writes."""
        self._run("pg_ctl", "promote", "-w", "-t", str(_START_SECONDS), "-s")

    @contextmanager
    def frozen(self) -> Iterator[None]:
        """Let the server and all of its sessions stand still: they are there and do nothing."""
        main = int((self._folder / "data" / "postmaster.pid").read_text().split()[0])
        # The main process first: it makes no more of the others then.
        os.kill(main, signal.SIGSTOP)
        pids = [main, *_children_of(main)]
        try:
            for pid in pids:
                os.kill(pid, signal.SIGSTOP)
            yield
        finally:
            for pid in reversed(pids):
                os.kill(pid, signal.SIGCONT)

    async def create_database(self, name: str) -> str:
        """The URL of a new database without a table."""
        place = f"postgres://{_ACCOUNT}@127.0.0.1:{self._port}"
        connection = await asyncpg.connect(f"{place}/postgres")
        try:
            await connection.execute(f"CREATE DATABASE {name}")
        finally:
            await connection.close()
        return f"{place}/{name}"

    def _control(self, verb: str, *arguments: str) -> None:
        log = str(self._folder / "log")
        wait = ("-w", "-t", str(_START_SECONDS), "-s", "-l", log)
        self._run("pg_ctl", verb, *wait, *arguments)

    def _run(self, program: str, *arguments: str) -> None:
        command = [str(self._programs / program), *arguments, "-D", str(self._folder / "data")]
        if os.geteuid() == 0:
            command = ["runuser", "-u", _ACCOUNT, "--", *command]
        subprocess.run(  # noqa: S603  PostgreSQL's own programs
            command, check=True, cwd="/", stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL
        )


@contextmanager
def postgres_cluster() -> Iterator[PostgresCluster]:
    """A cluster that runs, and is removed afterwards; the test is skipped where none can be."""
    programs = _programs()
    folder = Path(tempfile.mkdtemp(prefix="parley-postgres-"))
    try:
        if os.geteuid() == 0:
            shutil.chown(folder, _ACCOUNT)
        cluster = PostgresCluster(programs, folder, _free_port())
        cluster.initialise()
        cluster.start()
        try:
            yield cluster
        finally:
            cluster.stop("immediate")
    finally:
        shutil.rmtree(folder)


def _children_of(pid: int) -> list[int]:
    children = Path(f"/proc/{pid}/task/{pid}/children")
    if not children.exists():
        pytest.skip("this system does not tell the children of a process")
    return [int(child) for child in children.read_text().split()]


def _programs() -> Path:
    """The folder of the newest installed server's programs."""
    found = [path.parent for path in Path("/usr/lib/postgresql").glob("*/bin/initdb")]
    if not found and (on_path := shutil.which("initdb")):
        found = [Path(on_path).parent]
    if not found:
        missing("the programs of a PostgreSQL server are not installed")
    if os.geteuid() == 0 and not _may_become_other():
        missing(f"there is no account {_ACCOUNT}, and the server refuses to run as root")
    return max(found, key=lambda path: [int(part) for part in path.parts if part.isdigit()])


def _may_become_other() -> bool:
    accounts = {entry.pw_name for entry in pwd.getpwall()}
    return _ACCOUNT in accounts and shutil.which("runuser") is not None


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port: int = taken.getsockname()[1]
        return port
