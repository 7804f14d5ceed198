"""Writes the results of an operation into the answer of a request, as they come."""

import asyncio
from contextlib import aclosing, suppress
from dataclasses import dataclass
from http import HTTPStatus

from chat.application import Application
from chat.errors import UnauthenticatedError
from resolvers.results import Result, of_error
from web.asgi import Receive, Send, send_body, start_answer
from web.headers import SECURITY_HEADERS
from web.http.streams import StreamFormat
from web.operations import Operation, Operations

# Well below the minute after which common proxies take a silent answer for dead.
_HEARTBEAT_SECONDS = 12.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Streaming:
    """One stream; it ends with its operation, its client or its token."""

    application: Application
    operations: Operations
    format_: StreamFormat
    request_id: str
    receive: Receive
    send: Send
    heartbeat_seconds: float = _HEARTBEAT_SECONDS

    async def serve(self, operation: Operation) -> None:
        """Send each result when it comes, and now and then a sign of life."""
        await self._begin()
        ended = asyncio.Event()
        viewer = operation.context.viewer
        with self.application.token_watch.watching(viewer, ended.set):
            pumping = asyncio.create_task(self._pump(operation))
            heart = asyncio.create_task(self._beat())
            gone = asyncio.create_task(self._client_gone())
            over = asyncio.create_task(ended.wait())
            try:
                await asyncio.wait({pumping, gone, over}, return_when=asyncio.FIRST_COMPLETED)
            finally:
                for task in (pumping, heart, gone, over):
                    task.cancel()
                await asyncio.wait({pumping, heart, gone, over})
        if gone.done() and not gone.cancelled():
            return
        if pumping.cancelled():
            await self._result(of_error(UnauthenticatedError(), self.request_id))
        elif error := pumping.exception():
            raise error
        await self._end()

    async def tell(self, result: Result) -> None:
        """A stream of one result."""
        await self._begin()
        await self._result(result)
        await self._end()

    async def _pump(self, operation: Operation) -> None:
        async with aclosing(self.operations.results(operation)) as results:
            async for result in results:
                await self._result(result)

    async def _beat(self) -> None:
        with suppress(OSError):
            while True:
                await asyncio.sleep(self.heartbeat_seconds)
                await self._write(self.format_.heartbeat())

    async def _client_gone(self) -> None:
        while (await self.receive())["type"] != "http.disconnect":
            pass

    async def _begin(self) -> None:
        headers = (
            (b"x-request-id", self.request_id.encode()),
            (b"content-type", self.format_.content_type.encode()),
            # nginx would hold the events back.
            (b"x-accel-buffering", b"no"),
            *SECURITY_HEADERS,
        )
        await start_answer(self.send, HTTPStatus.OK, headers)
        await self._write(self.format_.begin())

    async def _result(self, result: Result) -> None:
        await self._write(self.format_.result(result.body))

    async def _write(self, body: bytes) -> None:
        await send_body(self.send, body, more=True)

    async def _end(self) -> None:
        await send_body(self.send, self.format_.end())
