"""nginx with the configuration of docs/operations/nginx.conf, as a process of the tests' own."""

import asyncio
import json
import os
import pwd
import re
import shutil
import signal
import socket
from asyncio.subprocess import PIPE
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.faults.process import Log

ROOT = Path(__file__).parents[2]
SNIPPET = (ROOT / "docs" / "operations" / "nginx.conf").read_text(encoding="utf-8")
# What Debian's /etc/nginx/nginx.conf holds around the snippet, in a folder of the test's.
_AROUND = """
{user}
daemon off;
pid nginx.pid;
error_log stderr notice;
worker_processes 1;
events {{ }}
http {{
    default_type application/octet-stream;
    client_body_temp_path body;
    proxy_temp_path proxy;
    fastcgi_temp_path fastcgi;
    uwsgi_temp_path uwsgi;
    scgi_temp_path scgi;
    include parley.conf;
}}
"""


class Nginx:
    """One that runs; `url` leads to it."""

    def __init__(self, folder: Path, port: int, log: Log) -> None:
        """Use `nginx`."""
        self.url = f"http://127.0.0.1:{port}"
        self._folder = folder
        self._log = log

    async def requests(self, count: int) -> list[dict[str, Any]]:
        """Its access log, when so many requests have ended."""
        mark = '"request_id":'
        await self._log.until_more(mark, times=max(0, count - self._log.text.count(mark)))
        return [json.loads(line) for line in self._log.text.splitlines() if mark in line]

    def files_of_bodies(self) -> list[Path]:
        """What it wrote of requests and answers to files."""
        return [one for name in ("body", "proxy") for one in (self._folder / name).rglob("*")]

    def complaints(self) -> list[str]:
        """What its log says of faults that are its own, or Parley's; those of clients are not."""
        return re.findall(
            r"^.*\[(?:crit|alert|emerg)\].*$|^.*\[error\].*upstream.*$",
            self._log.text,
            re.MULTILINE,
        )


@asynccontextmanager
async def nginx(folder: Path, ports: Sequence[int]) -> AsyncIterator[Nginx]:
    """Run before the Parleys on these ports until the block ends."""
    program = shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin")
    if program is None:
        pytest.skip("nginx is not installed")
    port = free_port()
    _configure(folder, port, ports)
    command = [program, "-p", str(folder), "-c", "nginx.conf", "-e", "stderr"]
    checked = await asyncio.create_subprocess_exec(*command, "-t", stderr=PIPE)
    _, output = await asyncio.wait_for(checked.communicate(), 30)
    assert checked.returncode == 0, output.decode()
    assert b"[warn]" not in output, output.decode()
    process = await asyncio.create_subprocess_exec(*command, stderr=PIPE)
    assert process.stderr is not None
    log = Log()
    reading = asyncio.create_task(log.read(process.stderr))
    try:
        await log.until_more("start worker process ", times=1)  # it listens by then
        yield Nginx(folder, port, log)
    finally:
        process.send_signal(signal.SIGTERM)
        await asyncio.wait_for(asyncio.gather(process.wait(), reading), 30)
    assert process.returncode == 0, log.text


def _configure(folder: Path, port: int, ports: Sequence[int]) -> None:
    """Write the snippet with the test's addresses in place of its own, and what it stands in."""
    servers = iter(ports)
    text, count = re.subn(
        r"server parley(?:-2)?:8000", lambda _: f"server 127.0.0.1:{next(servers)}", SNIPPET
    )
    assert count == len(ports)
    text = text.replace("listen 80;", f"listen 127.0.0.1:{port};")
    text = text.replace("/var/log/nginx/access.log", "/dev/stderr")
    (folder / "parley.conf").write_text(text, encoding="utf-8")
    # Its workers must reach the folder; who is not root cannot choose who they are.
    user = f"user {pwd.getpwuid(0).pw_name};" if os.geteuid() == 0 else ""
    (folder / "nginx.conf").write_text(_AROUND.format(user=user), encoding="utf-8")


def free_port() -> int:
    """A port where nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port: int = taken.getsockname()[1]
        return port
