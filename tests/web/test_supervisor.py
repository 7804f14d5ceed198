"""The parent of workers, with workers of a few lines that do as they are told."""

import asyncio
import os
import signal
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import pytest

from web.server import bind
from web.supervisor import NoWorkerError, Supervisor
from web.worker_place import pause_seconds
from web.worker_process import WorkerProcess

# A worker whose behaviour is that of the last word in a file when it starts.
SCRIPT = """
import pathlib, socket, sys
parent = socket.socket(fileno=int(sys.argv[3]))
match pathlib.Path(sys.argv[1]).read_text():
    case "die":
        sys.exit(3)
    case "be silent":
        parent.recv(1)
    case "stay":
        parent.send(b"r")
        while (order := parent.recv(1)) not in (b"", b"\\x0f"):
            pass
    case _:
        parent.send(b"r")
        parent.recv(1)
"""


class Parent:
    """A supervisor in this very process, and what it has told."""

    def __init__(self, behaviour: Path, workers: int, start_seconds: float) -> None:
        self._behaviour = behaviour
        self.listening = bind("127.0.0.1", 0)
        self.ready = asyncio.Event()
        self.started: list[WorkerProcess] = []
        self.ended: list[int] = []
        self.changed = asyncio.Condition()
        self._telling: set[asyncio.Task[None]] = set()
        self.supervisor = Supervisor(
            listening=self.listening,
            workers=workers,
            start=self._start,
            on_ready=self.ready.set,
            on_ended=self._end,
            start_seconds=start_seconds,
        )

    def let_workers(self, behaviour: str) -> None:
        """What those do that are started from now on."""
        self._behaviour.write_text(behaviour, encoding="utf-8")

    async def until_started(self, times: int) -> None:
        async with asyncio.timeout(20), self.changed:
            await self.changed.wait_for(lambda: len(self.started) >= times)

    async def until_ended(self, *workers: WorkerProcess) -> None:
        async with asyncio.timeout(20), self.changed:
            await self.changed.wait_for(lambda: {one.pid for one in workers} <= set(self.ended))

    def _start(self, listening: socket.socket) -> WorkerProcess:
        command = (sys.executable, "-S", "-c", SCRIPT, str(self._behaviour))
        worker = WorkerProcess(command, listening, environment=os.environ)
        self.started.append(worker)
        self._tell()
        return worker

    def _end(self, pid: int) -> None:
        self.ended.append(pid)
        self._tell()

    def _tell(self) -> None:
        async def tell() -> None:
            async with self.changed:
                self.changed.notify_all()

        task = asyncio.create_task(tell())
        self._telling.add(task)
        task.add_done_callback(self._telling.discard)


@asynccontextmanager
async def parent(
    folder: Path, behaviour: str, *, workers: int = 2, start_seconds: float = 20
) -> AsyncIterator[tuple[Parent, asyncio.Task[None]]]:
    """A parent and its work; at the end it is told to stop."""
    made = Parent(folder / "behaviour", workers, start_seconds)
    made.let_workers(behaviour)
    work = asyncio.create_task(made.supervisor.run())
    try:
        yield made, work
    finally:
        if not work.done():
            os.kill(os.getpid(), signal.SIGTERM)
        with suppress(NoWorkerError):
            await asyncio.wait_for(work, 20)
        assert set(made.ended) == {worker.pid for worker in made.started}


async def test_it_is_ready_once_and_ends_well_when_all_workers_have(tmp_path: Path) -> None:
    async with parent(tmp_path, "serve") as (made, work):
        await asyncio.wait_for(made.ready.wait(), 20)
        os.kill(os.getpid(), signal.SIGINT)
        await asyncio.wait_for(work, 20)
        assert [worker.exit_code for worker in made.started] == [0, 0]
        assert made.listening.fileno() == -1


async def test_it_gives_up_when_no_worker_starts_at_all(tmp_path: Path) -> None:
    async with parent(tmp_path, "die") as (made, work):
        with pytest.raises(NoWorkerError):
            await asyncio.wait_for(work, 20)
        assert [worker.exit_code for worker in made.started] == [3, 3]
        assert not made.ready.is_set()


async def test_a_worker_that_does_not_become_ready_is_killed(tmp_path: Path) -> None:
    async with parent(tmp_path, "be silent", start_seconds=0.3) as (made, work):
        with pytest.raises(NoWorkerError):
            await asyncio.wait_for(work, 20)
        assert [worker.exit_code for worker in made.started] == [-signal.SIGKILL] * 2


async def test_a_worker_that_dies_is_replaced_as_soon_as_one_starts_again(tmp_path: Path) -> None:
    async with parent(tmp_path, "serve") as (made, _):
        await asyncio.wait_for(made.ready.wait(), 20)
        made.let_workers("die")
        made.started[0].kill()
        await made.until_started(3)
        await made.until_ended(made.started[2])
        made.let_workers("serve")
        await made.until_started(4)
        assert await asyncio.wait_for(asyncio.shield(made.started[3].ready), 20)


async def test_sighup_replaces_one_worker_after_another(tmp_path: Path) -> None:
    async with parent(tmp_path, "serve", workers=3) as (made, _):
        await asyncio.wait_for(made.ready.wait(), 20)
        old = list(made.started)
        os.kill(os.getpid(), signal.SIGHUP)
        await made.until_ended(*old)
        assert len(made.started) == 6
        assert made.ended == [worker.pid for worker in old]


async def test_the_next_worker_is_replaced_only_when_the_one_before_is_gone(tmp_path: Path) -> None:
    async with parent(tmp_path, "stay") as (made, _):
        await asyncio.wait_for(made.ready.wait(), 20)
        os.kill(os.getpid(), signal.SIGHUP)
        await made.until_started(3)
        assert await asyncio.wait_for(asyncio.shield(made.started[2].ready), 20)
        assert not made.ended
        # The old one stays, and the end of all does not wait for its replacement.
    assert len(made.started) == 3


async def test_old_workers_stay_when_the_new_one_does_not_start(tmp_path: Path) -> None:
    async with parent(tmp_path, "serve") as (made, _):
        await asyncio.wait_for(made.ready.wait(), 20)
        old = list(made.started)
        made.let_workers("die")
        os.kill(os.getpid(), signal.SIGHUP)
        await made.until_started(3)
        await made.until_ended(made.started[2])
        made.let_workers("serve")
        os.kill(os.getpid(), signal.SIGHUP)
        await made.until_ended(*old)
        assert made.ended == [made.started[2].pid, *(worker.pid for worker in old)]


@pytest.mark.parametrize(
    ("deaths", "seconds"), [(1, 0), (2, 1), (3, 2), (4, 4), (7, 30), (5000, 30)]
)
def test_who_dies_again_and_again_waits_longer_and_longer(deaths: int, seconds: float) -> None:
    assert pause_seconds(deaths) == seconds
