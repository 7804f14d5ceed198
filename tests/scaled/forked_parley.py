"""What a process does that `fork_server` forked: serve one Parley until nobody wants it any more.

It holds one end of a connection on which its order came. It tells there when it listens; when the
other end is closed, or with SIGTERM, it ends as an operator's does.
"""

import asyncio
import ctypes
import faulthandler
import json
import os
import signal
import socket
import sys
import traceback
from typing import Any

from main import create_app
from settings import Settings
from web.limits import EdgeLimits
from web.logs import configure_logging
from web.server import Server, bind

_PR_SET_PDEATHSIG = 1


def end_with_parent() -> None:
    """Have the kernel kill this process when the one that forked it is gone (Linux)."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


def serve_order(connection: socket.socket) -> int:
    """Do what the order says; the exit code."""
    try:
        order = json.loads(connection.makefile("rb").readline())
        _write_to(order["log"])
        settings = Settings.model_validate(order["settings"])
        limits = EdgeLimits(**order["limits"]) if order["limits"] else None
        configure_logging("json", secrets=settings.secrets)
        asyncio.run(_serve(connection, settings, limits))
    except BaseException:  # noqa: BLE001  the last place where it can be told
        traceback.print_exc()
        return 1
    return 0


def _write_to(path: str) -> None:
    """Send whatever is written to standard output and standard error to a file."""
    file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    os.dup2(file, 1)
    os.dup2(file, 2)
    os.close(file)
    faulthandler.enable()


async def _serve(connection: socket.socket, settings: Settings, limits: EdgeLimits | None) -> None:
    reader, writer = await asyncio.open_unix_connection(sock=connection)
    listening = bind("127.0.0.1", 0)

    async def tell() -> None:
        told: dict[str, Any] = {"pid": os.getpid(), "port": listening.getsockname()[1]}
        writer.write(f"{json.dumps(told)}\n".encode())

    app = create_app(settings, limits=limits)
    server = Server(app, grace_seconds=settings.grace_seconds, on_started=tell)

    async def end_with_connection() -> None:
        await reader.read()
        server.should_exit = True

    ending = asyncio.create_task(end_with_connection())
    await server.serve(sockets=[listening])
    ending.cancel()
