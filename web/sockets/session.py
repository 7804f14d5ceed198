"""A socket: the protocol's state machine between an ASGI connection and the operations."""

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any

import structlog

from chat.application import Application
from chat.error_codes import ErrorCode
from chat.errors import ParleyError, UnauthenticatedError
from chat.origin import current
from chat.records import Viewer
from chat.token_watch import Watch
from resolvers.at_once import Deliver
from resolvers.context import OperationContext
from web.asgi import Receive, Send
from web.counts import OpenCounts
from web.identity import payload_secret, request_id
from web.limits import EdgeLimits
from web.operations import FaultyDocumentError, Operation, Operations, Refusal
from web.socket_connections import SendAtOnce
from web.sockets.closing import CloseCode
from web.sockets.protocol import Action, Admit, Close, Reject, SendText, SocketProtocol, Start, Stop
from web.spans import message_span

_log = structlog.get_logger()

SUBPROTOCOL = "graphql-transport-ws"


@dataclass(frozen=True, slots=True)
class _Guest:
    """Who was let in, by which secret, and how long that is good."""

    secret: str | None
    viewer: Viewer
    watch: Watch


class SocketSession:
    """Serves one accepted socket until it is closed, by whichever side."""

    __slots__ = (
        "_application",
        "_counts",
        "_guest",
        "_limits",
        "_operations",
        "_path",
        "_protocol",
        "_receive",
        "_running",
        "_send",
        "_send_at_once",
        "_tasks",
        "_waiting_for_init",
    )

    def __init__(
        self,
        *,
        application: Application,
        operations: Operations,
        counts: OpenCounts,
        limits: EdgeLimits,
        path: str,
        receive: Receive,
        send: Send,
        send_at_once: SendAtOnce | None = None,
    ) -> None:
        """`path` is where the socket was opened.

        `receive` and `send` are those of ASGI, after the socket was accepted. `send_at_once` sends
        texts past `send`, where the server can do that.
        """
        self._application = application
        self._operations = operations
        self._counts = counts
        self._limits = limits
        self._path = path
        self._receive = receive
        self._send = send
        self._send_at_once = send_at_once
        self._protocol = SocketProtocol(most_operations=limits.operations_per_socket)
        self._guest: _Guest | None = None
        self._running: dict[str, asyncio.Task[None]] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._waiting_for_init: asyncio.TimerHandle | None = None

    async def serve(self) -> None:
        """Read messages until the socket is closed; then nothing of it goes on."""
        loop = asyncio.get_running_loop()
        self._waiting_for_init = loop.call_later(
            self._limits.init_seconds, lambda: self._soon(self._protocol.init_timed_out)
        )
        try:
            while await self._read():
                pass
        finally:
            self._stop_waiting_for_init()
            await self._end_tasks()
            self._leave()

    def _stop_waiting_for_init(self) -> None:
        if self._waiting_for_init is not None:
            self._waiting_for_init.cancel()
            self._waiting_for_init = None

    async def _read(self) -> bool:
        """Do what the next message asks for, if there is one; nothing is kept of it."""
        message = await self._receive()
        if message["type"] == "websocket.disconnect":
            return False
        text = message.get("text")
        protocol = self._protocol
        await self._do(protocol.received_bytes() if text is None else protocol.received(text))
        return True

    async def _do(self, actions: Sequence[Action]) -> None:
        for action in actions:
            match action:
                case SendText(text):
                    await self._say({"type": "websocket.send", "text": text})
                case Close(code, reason):
                    await self._close(code, reason)
                case Admit(payload):
                    self._stop_waiting_for_init()
                    self._task(self._admit(payload))
                case Start(id_):
                    self._running[id_] = self._task(self._run(action))
                case Reject(id_):
                    await self._refuse(id_, _too_many_operations())
                case Stop(id_):
                    if task := self._running.pop(id_, None):
                        task.cancel()

    async def _admit(self, payload: object) -> None:
        """Let the socket in by the token in its connection_init."""
        secret = payload_secret(payload)
        protocol = self._protocol
        try:
            viewer = await self._application.accounts.authenticate(secret)
            self._counts.add(viewer.user.id)
        except UnauthenticatedError:
            await self._do(protocol.close(CloseCode.FORBIDDEN, "Forbidden"))
        except ParleyError as error:
            await self._do(protocol.close(CloseCode.TRY_AGAIN_LATER, str(error)))
        else:
            watch = self._application.token_watch.watch(viewer, self._token_ended)
            self._guest = _Guest(secret, viewer, watch)
            await self._do(protocol.admitted())

    def _leave(self) -> None:
        if self._guest is not None:
            self._counts.remove(self._guest.viewer.user.id)
            self._application.token_watch.unwatch(self._guest.watch)

    def _token_ended(self) -> None:
        self._soon(lambda: self._protocol.close(CloseCode.UNAUTHORIZED, "The token has ended"))

    async def _run(self, start: Start) -> None:
        """Run an operation: a request of its own, with its own id and span."""
        tracing = self._application.tracing
        with message_span(tracing, path=self._path, request_id=request_id(None)) as span:
            try:
                id_, operation = start.id, await self._prepared(start)
                del start  # It holds the whole text, and a subscription may go on for days.
                if operation is not None:
                    await self._tell(id_, operation)
            except Exception as error:  # noqa: BLE001  a fault of ours, told under the request's id
                span.failed(ErrorCode.INTERNAL.value)
                self._fail(error)

    async def _prepared(self, start: Start) -> Operation | None:
        """The operation, unless it is refused.

        The token is looked at again: it may have been revoked just now.
        """
        guest = self._admitted
        try:
            viewer = await self._application.accounts.authenticate(guest.secret)
        except UnauthenticatedError:
            self._token_ended()
            return None
        except ParleyError as error:
            await self._refuse(start.id, error)
            return None
        same = guest.viewer if guest.viewer == viewer else viewer
        context = self._context(same, deliver=self._deliver(start.id))
        try:
            return await self._operations.prepare(start.parameters, context)
        except (ParleyError, FaultyDocumentError) as error:
            await self._refuse(start.id, error, context)
            return None

    async def _tell(self, id_: str, operation: Operation) -> None:
        """Give the results."""
        async with aclosing(self._operations.results(operation)) as results:
            async for result in results:
                await self._do(self._protocol.result(id_, result))
                if result.refused:
                    return  # Told as its end: the client may use the id again from now on.
        await self._do(self._protocol.finished(id_))

    async def _refuse(
        self, id_: str, error: Refusal, context: OperationContext | None = None
    ) -> None:
        refused = self._operations.refused(error, context or self._context(self._admitted.viewer))
        await self._do(self._protocol.result(id_, refused))

    @property
    def _admitted(self) -> "_Guest":
        if self._guest is None:
            msg = "nobody was let in"
            raise RuntimeError(msg)
        return self._guest

    def _deliver(self, id_: str) -> Deliver | None:
        """What sends results of an operation at once. Those of one that is over go nowhere."""
        send, protocol = self._send_at_once, self._protocol
        if send is None:
            return None
        return lambda results: send(protocol.next_texts(id_, results))

    def _context(self, viewer: Viewer, *, deliver: Deliver | None = None) -> OperationContext:
        return OperationContext(
            self._application,
            viewer=viewer,
            request_id=current().request_id or request_id(None),
            wait_seconds=self._limits.wait_seconds,
            transport="socket",
            deliver=deliver,
        )

    async def _close(self, code: CloseCode, reason: str) -> None:
        """Close; a client that reads nothing is cut off by its connection meanwhile."""
        for task in self._running.values():
            task.cancel()
        await self._say({"type": "websocket.close", "code": int(code), "reason": reason})

    async def _say(self, message: dict[str, Any]) -> None:
        """Send, unless the client has gone; that is noticed where messages are read."""
        try:
            await self._send(message)
        except OSError:
            return

    def _soon(self, what: Callable[[], list[Action]]) -> None:
        """Tell the state machine of something from outside a task, and do what it says."""

        async def do() -> None:
            await self._do(what())

        self._task(do())

    def _task(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._over)
        return task

    def _over(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        for id_ in [id_ for id_, one in self._running.items() if one is task]:
            del self._running[id_]
        if not task.cancelled() and (error := task.exception()) is not None:
            self._fail(error)

    def _fail(self, error: BaseException) -> None:
        _log.error("a socket failed", exc_info=error)
        self._soon(lambda: self._protocol.close(CloseCode.INTERNAL_ERROR, "Internal error"))

    async def _end_tasks(self) -> None:
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def _too_many_operations() -> ParleyError:
    return ParleyError(
        "This socket runs as many operations as it may.", code=ErrorCode.RATE_LIMITED
    )
