"""Posts a request to the model server: attempt after attempt, until there is an answer to read.

Decides what a fault on the way to an answer's head means; `retries` decides how long to wait, and
`breaker` whether to ask at all. Once the head of a reply is there, nothing is repeated.
"""

import ssl
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from http import HTTPStatus
from io import BytesIO
from types import SimpleNamespace

import aiohttp
import orjson
from yarl import URL

from adapters import model_errors
from adapters.answer import BROKEN, read_server_error
from adapters.breaker import Attempt, CircuitBreaker, CircuitOpenError
from adapters.patience import Patience
from adapters.retries import Retries, worth_a_retry
from adapters.wire import ServerError
from chat.error_codes import ErrorCode
from chat.errors import ModelError


class AttemptFailedError(Exception):
    """There is no reply to read; `error` is what the sender is told.

    `said` is what the server wrote into an answer with `status`, which is 0 without an answer.
    `transient` tells whether another attempt may help.
    """

    def __init__(
        self,
        error: ModelError,
        *,
        transient: bool = False,
        status: int = 0,
        said: ServerError | None = None,
    ) -> None:
        """The cause, if any, is chained to this error."""
        super().__init__(str(error))
        self.error = error
        self.transient = transient
        self.status = status
        self.said = said or ServerError()


class Endpoint:
    """The address that requests are posted to."""

    def __init__(
        self,
        *,
        session: aiohttp.ClientSession,
        url: URL,
        headers: Mapping[str, str],
        connect_timeout_seconds: float,
        breaker: CircuitBreaker,
        sleep: Callable[[float], Awaitable[None]],
        retried: Callable[[ModelError, float], None],
    ) -> None:
        """`sleep` waits for so many seconds; `retried` is told before it of each further try."""
        self._session = session
        self._url = url
        self._headers = headers
        self._connect_timeout_seconds = connect_timeout_seconds
        self._timeout = aiohttp.ClientTimeout(total=None, sock_connect=connect_timeout_seconds)
        self._breaker = breaker
        self._sleep = sleep
        self._retried = retried

    async def post(
        self, body: dict[str, object], patience: Patience, retries: Retries
    ) -> aiohttp.ClientResponse:
        """An answer with status 200, whose body is still to be read and which is to be closed.

        Each attempt has the whole patience with silence; the time in all goes on running.
        Raises `AttemptFailedError` when no attempt is left, or none would help.
        """
        while True:
            try:
                return await self._attempt(body, patience)
            except AttemptFailedError as failed:
                wait = self._wait_after(failed, patience, retries)
                self._retried(failed.error, wait)
                await self._sleep(wait)
            patience.renew()

    def _wait_after(
        self, failed: AttemptFailedError, patience: Patience, retries: Retries
    ) -> float:
        """How long to wait before the next attempt. Raises `failed` when there is none."""
        if not failed.transient:
            raise failed
        asked = failed.error.retry_after_seconds
        blocked = self._breaker.blocked_seconds
        if blocked is not None:
            raise _held_back(max(blocked, asked or 0)) from failed
        wait = retries.next_wait(asked, at_most_seconds=patience.seconds_left)
        if wait is None:
            raise failed
        return wait

    async def _attempt(self, body: dict[str, object], patience: Patience) -> aiohttp.ClientResponse:
        try:
            with self._breaker.attempt() as attempt:
                response = await self._head(body, patience, attempt)
        except CircuitOpenError as error:
            raise _held_back(error.retry_after_seconds) from error
        if response.status == HTTPStatus.OK:
            return response
        raise await _refused(response)

    async def _head(
        self, body: dict[str, object], patience: Patience, attempt: Attempt
    ) -> aiohttp.ClientResponse:
        """The answer as soon as its head is there; tells the breaker what became of it."""
        queue = _Queue()
        try:
            async with patience.waiting(extra_seconds=self._connect_timeout_seconds):
                response = await self._request(body, queue)
        except BROKEN as error:
            if not queue.waiting:  # otherwise the server was never asked
                attempt.failed()
            raise _failed(error) from error
        patience.renew()
        if response.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            attempt.failed()
        else:
            attempt.answered()
        return response

    async def _request(self, body: dict[str, object], queue: "_Queue") -> aiohttp.ClientResponse:
        return await self._session.post(
            self._url,
            # As a file: a long conversation in plain bytes would be sent in one go.
            data=BytesIO(orjson.dumps(body)),
            headers=self._headers,
            allow_redirects=False,
            timeout=self._timeout,
            trace_request_ctx=queue,
        )


@dataclass(slots=True)
class _Queue:
    """Whether a request stands in the queue for one of our own connections."""

    waiting: bool = False


def queue_tracing() -> aiohttp.TraceConfig:
    """What tells a session's requests whether they stand in its queue for a connection.

    The queue is ours: who waits in it too long must not be taken for a sign of a sick server.
    """

    async def begin(_: aiohttp.ClientSession, trace: SimpleNamespace, __: object) -> None:
        if isinstance(queue := trace.trace_request_ctx, _Queue):
            queue.waiting = True

    async def end(_: aiohttp.ClientSession, trace: SimpleNamespace, __: object) -> None:
        if isinstance(queue := trace.trace_request_ctx, _Queue):
            queue.waiting = False

    tracing = aiohttp.TraceConfig()
    tracing.on_connection_queued_start.append(begin)
    tracing.on_connection_queued_end.append(end)
    return tracing


async def _refused(response: aiohttp.ClientResponse) -> AttemptFailedError:
    """What an answer with another status than 200 means; reads it to its end."""
    said = await read_server_error(response)
    error = model_errors.from_status(
        response.status, said, headers=response.headers, now=datetime.now(UTC)
    )
    transient = worth_a_retry(response.status, error)
    return AttemptFailedError(error, transient=transient, status=response.status, said=said)


def _failed(error: Exception) -> AttemptFailedError:
    """What it means that no head of an answer came."""
    match error:
        case aiohttp.ConnectionTimeoutError():
            return AttemptFailedError(ModelError(ErrorCode.MODEL_UNAVAILABLE), transient=True)
        case TimeoutError():
            return AttemptFailedError(ModelError(ErrorCode.MODEL_TIMEOUT))
        case _ if _is_tls_failure(error):
            return AttemptFailedError(ModelError(ErrorCode.MODEL_UNAVAILABLE, retryable=False))
        case _:
            # Other errors mean that something came, and that it was no HTTP.
            transient = isinstance(error, aiohttp.ClientConnectionError)
            return AttemptFailedError(ModelError(ErrorCode.MODEL_UNAVAILABLE), transient=transient)


def _is_tls_failure(error: Exception) -> bool:
    """Whether there is no secure connection; a server may also refuse one after the handshake."""
    return isinstance(error, aiohttp.ClientSSLError) or isinstance(error.__cause__, ssl.SSLError)


def _held_back(retry_after_seconds: float) -> AttemptFailedError:
    error = ModelError(ErrorCode.MODEL_UNAVAILABLE, retry_after_seconds=retry_after_seconds)
    return AttemptFailedError(error)
