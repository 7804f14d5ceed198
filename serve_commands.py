"""The commands that serve: `serve`, in one process or several, and `demo`."""

import asyncio
import gc
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import Annotated

import typer

from adapters.metrics_folder import metrics_folder
from command_start import bring_up_to_date, fail, read_settings
from main import create_app, sign_in_local_admin
from settings import Settings
from web.logs import configure_logging
from web.server import Server, bind
from web.supervisor import NoWorkerError, Supervisor
from web.worker import Worker
from web.worker_process import WorkerProcess

STAND_IN_MODELS = (
    "stand-in",
    "stand-in-400",
    "stand-in-401",
    "stand-in-429",
    "stand-in-500",
    "stand-in-slow",
    "stand-in-cut",
)
# After so many new objects, garbage is looked for among them. Python's 700 are a request's or two.
_NEW_OBJECTS = 5_000
# `-P`: what lies in the current folder is no module of ours.
_WORKER = (sys.executable, "-P", "-m", "command_line", "worker")


def serve(
    sign_in_link: Annotated[
        bool,
        typer.Option(
            "--sign-in-link", help="Print a link that signs in as the local admin for 12 hours."
        ),
    ] = False,
    workers: Annotated[
        int | None,
        typer.Option(
            min=1, max=1024, help="Serve in so many processes; PARLEY_WORKERS when left out."
        ),
    ] = None,
) -> None:
    """Bring the database up to date and serve until Ctrl-C or SIGTERM.

    With several processes, SIGHUP replaces them one after another, so that no request fails.
    """
    settings = read_settings()
    count = workers or settings.workers
    if count > 1 and settings.redis_url is None:
        fail(
            f"{count} workers need REDIS_URL: without it, streams, stops and rate limits of one "
            "process do not reach the others"
        )
    configure_logging(settings.log_format, secrets=settings.secrets)
    listening = _listen(settings)
    if count == 1:
        asyncio.run(_serve(settings, listening, sign_in_link=sign_in_link))
    else:
        _serve_by_workers(settings, listening, workers=count, sign_in_link=sign_in_link)


def demo() -> None:
    """Serve with the stand-in model server, and print a sign-in link.

    The stand-in starts and stops with Parley. With OPENAI_BASE_URL set, that server is used.
    """
    settings = read_settings()
    configure_logging(settings.log_format, secrets=settings.secrets)
    listening = _listen(settings)
    if settings.openai_base_url:
        asyncio.run(_serve(settings, listening, sign_in_link=True))
        return
    with _stand_in() as base_url:
        models = (*settings.allowed_models, *STAND_IN_MODELS)
        changed = {"openai_base_url": base_url, "allowed_models": models}
        asyncio.run(_serve(settings.model_copy(update=changed), listening, sign_in_link=True))


def worker(listening_fd: int, parent_fd: int) -> None:
    """One of the processes of `serve`, which starts them; not to be called by people."""
    for fd in (listening_fd, parent_fd):
        os.set_inheritable(fd, False)
    settings = read_settings()
    configure_logging(settings.log_format, secrets=settings.secrets, pid=os.getpid())
    server = Worker(
        create_app(settings),
        parent=socket.socket(fileno=parent_fd),
        grace_seconds=settings.grace_seconds,
        unready_seconds=settings.unready_seconds,
    )
    _look_less_for_garbage()
    asyncio.run(server.serve(sockets=[socket.socket(fileno=listening_fd)]))


def _listen(settings: Settings) -> socket.socket:
    """Take the port, before anything else is started."""
    try:
        return bind(settings.host, settings.port)
    except OSError as error:
        fail(f"cannot listen on {settings.host}:{settings.port}: {error.strerror}")


async def _serve(settings: Settings, listening: socket.socket, *, sign_in_link: bool) -> None:
    """Serve in this process until a signal comes."""
    await bring_up_to_date(settings)
    secret = await sign_in_local_admin(settings) if sign_in_link else None
    address = _address(listening)

    async def started() -> None:
        _tell_ready(settings, address, secret)
        _look_less_for_garbage()

    server = Server(
        create_app(settings),
        grace_seconds=settings.grace_seconds,
        unready_seconds=settings.unready_seconds,
        on_started=started,
    )
    await server.serve(sockets=[listening])


def _serve_by_workers(
    settings: Settings, listening: socket.socket, *, workers: int, sign_in_link: bool
) -> None:
    """Serve in processes of their own until a signal comes. They read the settings themselves."""

    async def supervise() -> None:
        await bring_up_to_date(settings)
        secret = await sign_in_local_admin(settings) if sign_in_link else None
        with metrics_folder() as metrics:
            supervisor = Supervisor(
                listening=listening,
                workers=workers,
                start=partial(WorkerProcess, _WORKER, environment=metrics.environment),
                on_ready=partial(_tell_ready, settings, _address(listening), secret),
                on_ended=metrics.forget,
            )
            await supervisor.run()

    try:
        asyncio.run(supervise())
    except NoWorkerError:
        fail("no worker has started; what they wrote before says why")


def _look_less_for_garbage() -> None:
    """Never in the program: what was imported stays, but for what imports left behind.

    Looking through all of it holds everything up for 0.1 s, again and again where sockets come and
    go; what imports leave behind is 15 MB. What a request makes is gone when it is answered,
    without being looked for, so that can be done seldom.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(_NEW_OBJECTS)


def _address(listening: socket.socket) -> str:
    host, port = listening.getsockname()[:2]
    return f"http://{f'[{host}]' if ':' in host else host}:{port}"


def _tell_ready(settings: Settings, address: str, secret: str | None) -> None:
    if not settings.openai_api_key and not settings.openai_base_url:
        typer.echo(
            "No model is set up: set OPENAI_API_KEY, or OPENAI_BASE_URL for a compatible "
            "server. `make demo` tries Parley with a stand-in model server."
        )
    link = address if secret is None else f"{address}/?token={secret}"
    typer.echo(f"Parley is ready: {link}")
    sys.stdout.flush()


@contextmanager
def _stand_in() -> Iterator[str]:
    """The stand-in model server as a process of its own; its base URL."""
    command = [sys.executable, "-m", "adapters.stand_in", "--port", "0"]
    with subprocess.Popen(  # noqa: S603  our own module
        [*command, "--parent-pid", str(os.getpid())], stdout=subprocess.PIPE, text=True
    ) as process:
        try:
            line = process.stdout.readline() if process.stdout else ""
            if not line:
                fail("the stand-in model server did not start")
            typer.echo(f"No AI here: {line.strip()}")
            yield line.split()[-1]
        finally:
            process.terminate()
