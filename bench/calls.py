"""Calls by HTTP/1.1, one after the other on a connection that is kept, cheap for who calls."""

import time
from asyncio import StreamReader, StreamWriter, open_connection
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self
from urllib.parse import urlsplit

import orjson

END_OF_HEAD = b"\r\n\r\n"
_LENGTH = b"\r\ncontent-length: "
_LAST_CHUNK = b"0\r\n\r\n"
_READ_BYTES = 64 * 1024
# How the stand-in model writes a piece of its reply.
_TEXT = b'"delta":{"content":'


def post(path: str, body: object, *, token: str = "") -> bytes:
    """The bytes of a request."""
    content = orjson.dumps(body)
    lines = [
        f"POST {path} HTTP/1.1",
        "Host: 127.0.0.1",
        "Content-Type: application/json",
        f"Content-Length: {len(content)}",
    ]
    if token:
        lines.append(f"Authorization: Bearer {token}")
    return "\r\n".join([*lines, "", ""]).encode() + content


def place_of(address: str) -> tuple[str, int]:
    """The host and the port."""
    parts = urlsplit(address)
    if parts.hostname is None or parts.port is None:
        raise AssertionError
    return parts.hostname, parts.port


def length_of(head: bytes) -> int:
    """The Content-Length in the head of an answer, which must have one."""
    _, found, rest = head.lower().partition(_LENGTH)
    if not found:
        msg = f"An answer without a length: {head!r}"
        raise RuntimeError(msg)
    return int(rest[: rest.index(b"\r\n")])


@dataclass(frozen=True, slots=True)
class Streamed:
    """Seconds until the first piece of text had come, and until the end."""

    first: float
    whole: float


class Connection:
    """A connection, which is opened again when the server has closed it."""

    def __init__(self, address: str) -> None:
        """Use it in `async with`."""
        self._place = place_of(address)
        self._streams: tuple[StreamReader, StreamWriter] | None = None

    async def __aenter__(self) -> Self:
        """Nothing is opened before the first call."""
        return self

    async def __aexit__(self, *_: object) -> None:
        """Hang up."""
        if self._streams is not None:
            self._streams[1].close()

    async def ask(self, request: bytes) -> bytes:
        """The body of the answer."""
        reader = await self._write(request)
        head = await reader.readuntil(END_OF_HEAD)
        return await reader.readexactly(length_of(head))

    async def stream(self, request: bytes) -> Streamed:
        """How a reply of the model comes."""
        begun = time.perf_counter()
        reader = await self._write(request)
        first: float | None = None
        heard = b""
        while not heard.endswith(_LAST_CHUNK):
            heard += await reader.read(_READ_BYTES)
            if first is None and _TEXT in heard:
                first = time.perf_counter() - begun
        if first is None:
            msg = f"No text came: {heard!r}"
            raise RuntimeError(msg)
        return Streamed(first, time.perf_counter() - begun)

    async def _write(self, request: bytes) -> StreamReader:
        if self._streams is None or self._streams[0].at_eof():
            self._streams = await open_connection(*self._place)
        reader, writer = self._streams
        writer.write(request)
        return reader


class Caller(Connection):
    """A user of Parley."""

    def __init__(self, address: str, token: str) -> None:
        """Use it in `async with`."""
        super().__init__(address)
        self._token = token

    def request(self, query: str, **variables: object) -> bytes:
        """The bytes of an operation."""
        return post("/graphql", {"query": query, "variables": variables}, token=self._token)

    async def data(self, query: str, **variables: object) -> Mapping[str, Any]:
        """What an operation gives. Raises RuntimeError when it has errors."""
        return data_of(await self.ask(self.request(query, **variables)))


def data_of(body: bytes) -> Mapping[str, Any]:
    """What is in an answer. Raises RuntimeError when it has errors."""
    answer: Mapping[str, Any] = orjson.loads(body)
    if "errors" in answer:
        raise RuntimeError(answer["errors"])
    found: Mapping[str, Any] = answer["data"]
    return found
