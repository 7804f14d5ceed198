"""An HTTP answer of the model server, read within limits of time and size.

Turns what sockets raise into `ModelError`; what the bytes mean is none of its concern.
"""

import asyncio
from contextlib import AbstractContextManager, suppress

import aiohttp
from aiohttp.http_exceptions import HttpProcessingError

from adapters.patience import Patience
from adapters.wire import MalformedJsonError, ServerError, read_error, read_object
from chat.error_codes import ErrorCode
from chat.errors import ModelError

# Some faults of the body reach the reader as the parser's own errors, which are no ClientError.
BROKEN = (aiohttp.ClientError, HttpProcessingError, OSError)

_MOST_ERROR_BYTES = 64 * 1024
_ERROR_BODY_SECONDS = 5.0
_LAST_BYTES_SECONDS = 0.1


async def receive(response: aiohttp.ClientResponse, patience: Patience, *, finished: bool) -> bytes:
    """The next bytes of the body, none at its end.

    Once the reply is `finished`, a fault only means that the rest, its usage, does not come: it
    counts as the end. Otherwise raises `ModelError`. To be called while the answer is `watched`.
    """
    try:
        patience.begin()
        try:
            return await response.content.readany()
        finally:
            patience.end()
    except BROKEN as error:
        if finished:
            return b""
        # TimeoutError is an OSError, also where aiohttp raises it.
        timeout = isinstance(error, TimeoutError)
        code = ErrorCode.MODEL_TIMEOUT if timeout else ErrorCode.MODEL_UNAVAILABLE
        raise ModelError(code, answered=True) from error


def watched(response: aiohttp.ClientResponse, patience: Patience) -> AbstractContextManager[None]:
    """Have `receive` fail, inside, when the patience has run out."""
    return patience.watched(lambda: response.content.set_exception(TimeoutError()))


async def let_end(response: aiohttp.ClientResponse) -> None:
    """Read the empty rest after [DONE], so that the connection can carry another request.

    It mostly lies ready; a server that holds its answer open loses the connection.
    """
    if response.content.at_eof():
        return
    with suppress(*BROKEN):
        async with asyncio.timeout(_LAST_BYTES_SECONDS):
            await response.content.readany()


async def read_server_error(response: aiohttp.ClientResponse) -> ServerError:
    """The error in the body of an answer other than 200, and the end of that answer.

    A body that is too long, too slow, broken or no JSON object tells nothing.
    """
    body = b""
    with suppress(*BROKEN):
        try:
            async with asyncio.timeout(_ERROR_BODY_SECONDS):
                body = await _read_start(response.content)
        finally:
            response.close()
    try:
        return read_error(read_object(body.decode("utf-8", "replace")))
    except MalformedJsonError:
        return ServerError()


async def _read_start(content: aiohttp.StreamReader) -> bytes:
    start = bytearray()
    while len(start) < _MOST_ERROR_BYTES:
        received = await content.read(_MOST_ERROR_BYTES - len(start))
        if not received:
            break
        start += received
    return bytes(start)
