"""The model client: streams replies from any server that speaks Chat Completions.

A thin shell around `chat_completions` (what the bytes mean), `request_body` (what is sent) and
`attempts` (how there comes to be an answer). It never follows a redirect, never relaxes the
verification of certificates, and never sends a request again once a reply to it has begun.
"""

import asyncio
import logging
import random
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import closing
from http import HTTPStatus
from typing import Literal

import aiohttp
from yarl import URL

from adapters import model_errors
from adapters.answer import let_end, receive, watched
from adapters.attempts import AttemptFailedError, Endpoint, queue_tracing
from adapters.breaker import CircuitBreaker
from adapters.chat_completions import ReplyParser
from adapters.patience import Patience
from adapters.request_body import (
    ModelShapes,
    Refusal,
    Shape,
    TokensSpelling,
    WireName,
    refusal,
    request_body,
    without_refused,
)
from adapters.retries import Retries, RetryPolicy
from chat.error_codes import ErrorCode
from chat.errors import ModelError
from chat.model import ModelEvent, ModelRequest, TextPiece

_log = logging.getLogger(__name__)

MaxTokensSetting = Literal["auto", "max_tokens", "max_completion_tokens"]

NOT_CONFIGURED = (
    "Authentication error. Please contact support. (No model is set up: the operator can set "
    "OPENAI_API_KEY, or OPENAI_BASE_URL for a compatible server, and start Parley again.)"
)
_OPENAI_HOST = "api.openai.com"
_MOST_CONNECTIONS = 1000
_RETRY_POLICY = RetryPolicy()
# A finished reply is not held back for long by a server that owes its usage and the end.
_AFTER_FINISH_SECONDS = 5.0
# No tokenizer in use has tokens of more bytes on average; what surrounds a plain answer is slack.
_BYTES_PER_TOKEN = 64
_SLACK_BYTES = 64 * 1024
_FOR_THE_OPERATOR = {
    ErrorCode.MODEL_AUTHENTICATION: "the model server refuses the key or what the key may do",
    ErrorCode.MODEL_RATE_LIMITED: "the quota at the model's provider is used up",
    ErrorCode.MODEL_UNAVAILABLE: "there is no secure connection to the model server",
}


def _tell_nobody(error: ModelError, wait_seconds: float) -> None:
    """Nobody wants to know of retries."""
    del error, wait_seconds


def open_session(*, most_connections: int = _MOST_CONNECTIONS) -> aiohttp.ClientSession:
    """The one session for all requests; call it in a running loop and close it at the end.

    It keeps no cookies, and takes neither proxies nor passwords from the environment. When all
    connections are taken, requests stand in a queue, which wears their patience out too.
    """
    return aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(limit=most_connections),
        trace_configs=[queue_tracing()],
        # The default ends every answer after five minutes; each request brings its own limits.
        timeout=aiohttp.ClientTimeout(total=None),
        cookie_jar=aiohttp.DummyCookieJar(),
        trust_env=False,
    )


class OpenAIClient:
    """The `ModelClient` port over HTTP."""

    def __init__(
        self,
        *,
        session: aiohttp.ClientSession,
        base_url: str,
        api_key: str | None,
        max_tokens_parameter: MaxTokensSetting = "auto",
        configured: bool = True,
        connect_timeout_seconds: float = 10,
        idle_timeout_seconds: float = 30,
        total_timeout_seconds: float = 300,
        max_reply_bytes: int = 4 * 1024 * 1024,
        max_line_bytes: int = 256 * 1024,
        retry_policy: RetryPolicy = _RETRY_POLICY,
        breaker: CircuitBreaker | None = None,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        retried: Callable[[ModelError, float], None] = _tell_nobody,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        """`configured` is False where neither a key nor an address was set: nothing is sent then.

        Idle time is silence within an answer, or before it; comments do not break the silence.
        `max_reply_bytes` bounds the text (or a plain JSON answer), `max_line_bytes` one event; a
        reply is also cut when it is far longer than the tokens that it was allowed.
        `breaker` is the one of this address, `sleep` waits between attempts, `retried` is told of
        each that is followed by another one, and when, and `jitter` gives random numbers from 0 to
        1.
        Raises ValueError for an address or a key that cannot be one.
        """
        headers = _headers(api_key)
        url = _completions_url(base_url, keep_user="Authorization" not in headers)
        self._endpoint = Endpoint(
            session=session,
            url=url,
            headers=headers,
            connect_timeout_seconds=connect_timeout_seconds,
            breaker=breaker or CircuitBreaker(),
            sleep=sleep,
            retried=retried,
        )
        self._configured = configured
        self._idle_timeout_seconds = idle_timeout_seconds
        self._total_timeout_seconds = total_timeout_seconds
        self._max_reply_bytes = max_reply_bytes
        self._max_line_bytes = max_line_bytes
        self._shapes = ModelShapes(Shape(_tokens_spelling(max_tokens_parameter, url)))
        self._retry_policy = retry_policy
        self._jitter = jitter

    async def stream(self, request: ModelRequest) -> AsyncGenerator[ModelEvent, None]:
        """Yield the reply as it comes; `ModelClient.stream` has the contract."""
        if not self._configured:
            raise ModelError(ErrorCode.MODEL_AUTHENTICATION, NOT_CONFIGURED)
        patience = Patience(
            idle_seconds=self._idle_timeout_seconds, total_seconds=self._total_timeout_seconds
        )
        reply = ReplyParser(
            max_reply_bytes=min(self._max_reply_bytes, _most_bytes(request.max_tokens)),
            max_line_bytes=self._max_line_bytes,
        )
        try:
            with (
                closing(await self._open(request, patience)) as response,
                watched(response, patience),
            ):
                # No async generator within this one: nobody would close it when this one is closed.
                while not reply.done and (
                    received := await receive(response, patience, finished=reply.finished)
                ):
                    heard_before = reply.heard
                    text, fault = reply.feed(received)
                    if text:
                        yield TextPiece(text)
                    if fault is not None:
                        raise fault
                    if reply.heard > heard_before:
                        patience.renew(_AFTER_FINISH_SECONDS if reply.finished else None)
                for event in reply.end():
                    yield event
                await let_end(response)
        except ModelError as error:
            _tell_operator(error)
            raise

    async def _open(self, request: ModelRequest, patience: Patience) -> aiohttp.ClientResponse:
        """Send the request, in another shape while the model asks for one; an answer with 200."""
        shape = self._shapes.of(request.model)
        retries = Retries(self._retry_policy, jitter=self._jitter)
        before: frozenset[WireName] = frozenset()
        while True:
            body = request_body(request, shape)
            try:
                response = await self._endpoint.post(body, patience, retries)
            except AttemptFailedError as failed:
                refused = _refused_parameter(failed, body)
                if refused is None:
                    raise failed.error from failed.__cause__
                shape = without_refused(shape, refused, asked=request.asked, before=before)
                before |= frozenset[WireName]((refused.name,))
            else:
                self._shapes.learn(request.model, shape)
                return response


def _refused_parameter(failed: AttemptFailedError, body: dict[str, object]) -> Refusal | None:
    """The parameter that a 400 is about, if it is about one."""
    if failed.status != HTTPStatus.BAD_REQUEST or model_errors.says_too_long(failed.said):
        return None
    return refusal(failed.said, body)


def _most_bytes(max_tokens: int) -> int:
    """The longest text that so many tokens may be; more comes from a server that ignores them."""
    return _SLACK_BYTES + max_tokens * _BYTES_PER_TOKEN


def _headers(api_key: str | None) -> dict[str, str]:
    """What every request carries; without a key no Authorization, as local servers like it."""
    headers = {
        "Accept": "text/event-stream",
        "Content-Type": "application/json",
        "User-Agent": "Parley",
    }
    key = (api_key or "").strip()
    if not key.isprintable():
        msg = "the key of the model server must be one line of printable characters"
        raise ValueError(msg)
    return {**headers, "Authorization": f"Bearer {key}"} if key else headers


def _completions_url(base_url: str, *, keep_user: bool) -> URL:
    """The address to post to; a query such as Azure's api-version stays.

    A user and password in the address would fight with the key over one header: the key wins.
    """
    base = URL(base_url)
    url = (base / "chat" / "completions").with_query(base.query)
    return url if keep_user else url.with_user(None)


def _tokens_spelling(setting: MaxTokensSetting, url: URL) -> TokensSpelling:
    if setting != "auto":
        return setting
    return "max_completion_tokens" if url.host == _OPENAI_HOST else "max_tokens"


def _tell_operator(error: ModelError) -> None:
    """Log what only the operator can mend, without key, address or body."""
    if not error.retryable and error.code in _FOR_THE_OPERATOR:
        _log.error(_FOR_THE_OPERATOR[error.code], exc_info=error.__cause__)
