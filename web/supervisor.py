"""The parent of several workers that serve on one socket. It serves nothing itself.

SIGTERM and SIGINT end them all, SIGHUP replaces them one after another. A worker that dies is
replaced. No connection is refused meanwhile: the socket stays open, and what nobody has accepted
yet waits in it.
"""

import asyncio
import signal
import socket
from collections.abc import Callable
from functools import partial

import structlog

from web.worker_place import WorkerPlace
from web.worker_process import WorkerProcess

_START_SECONDS = 60.0
_log = structlog.get_logger()


class NoWorkerError(Exception):
    """Not one worker became ready."""


class Supervisor:
    """`run` it once."""

    def __init__(
        self,
        *,
        listening: socket.socket,
        workers: int,
        start: Callable[[socket.socket], WorkerProcess],
        on_ready: Callable[[], None],
        on_ended: Callable[[int], None],
        start_seconds: float = _START_SECONDS,
    ) -> None:
        """`on_ready` is called once, when all listen, `on_ended` with the pid of each that ended.

        A worker that is not ready after `start_seconds` is killed.
        """
        self._listening = listening
        self._start = start
        self._on_ready = on_ready
        self._on_ended = on_ended
        self._start_seconds = start_seconds
        self._places = [WorkerPlace(self._bring_up) for _ in range(workers)]
        self._workers: set[WorkerProcess] = set()
        self._asked_to_replace = asyncio.Event()
        self._stopping = False

    async def run(self) -> None:
        """Until a signal, and then until the last worker has ended. Raises NoWorkerError."""
        loop = asyncio.get_running_loop()
        work = asyncio.ensure_future(self._work())
        for sig in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(sig, self._stop, sig, work)
        loop.add_signal_handler(signal.SIGHUP, self._asked_to_replace.set)
        await asyncio.wait({work})
        if not self._stopping:
            self._stop(signal.SIGTERM, work)
        while self._workers:
            await asyncio.wait({worker.ended for worker in self._workers})
        if not work.cancelled():
            work.result()

    def _stop(self, sig: int, work: asyncio.Future[None]) -> None:
        """Pass it on, each time. Nobody will listen but those who do now."""
        self._stopping = True
        work.cancel()
        self._listening.close()
        for worker in self._workers:
            worker.tell(sig)
        _log.info("the workers are told to stop", signal=signal.Signals(sig).name)

    async def _work(self) -> None:
        first = await asyncio.gather(*(self._bring_up() for _ in self._places))
        if not any(first):
            raise NoWorkerError
        async with asyncio.TaskGroup() as tasks:
            for place, worker in zip(self._places, first, strict=True):
                tasks.create_task(place.keep(worker))
            for place in self._places:
                await place.taken.wait()
            self._on_ready()
            tasks.create_task(self._replace_when_asked())

    async def _bring_up(self) -> WorkerProcess | None:
        """A new worker that is ready; None when it has ended or was too slow, or at the end."""
        if self._stopping:  # the cancellation is on its way, and nothing listens any more
            return None
        try:
            worker = self._start(self._listening)
        except OSError as error:
            _log.error("a worker could not be started", error=error.strerror)
            return None
        self._workers.add(worker)
        worker.ended.add_done_callback(partial(self._forget, worker))
        try:
            async with asyncio.timeout(self._start_seconds):
                ready = await asyncio.shield(worker.ready)
        except TimeoutError:
            worker.kill()
            ready = False
        if not ready:
            await asyncio.wait({worker.ended})
            _log.error("a worker did not start", pid=worker.pid, exit_code=worker.exit_code)
        return worker if ready else None

    def _forget(self, worker: WorkerProcess, ended: asyncio.Task[None]) -> None:
        del ended
        self._workers.discard(worker)
        self._on_ended(worker.pid)

    async def _replace_when_asked(self) -> None:
        while True:
            await self._asked_to_replace.wait()
            self._asked_to_replace.clear()
            _log.info("the workers are replaced, one after another")
            for place in self._places:
                if not await place.replace():
                    _log.error("no worker is replaced any more, since the new one did not start")
                    break
            else:
                _log.info("all workers are replaced")
