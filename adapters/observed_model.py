"""The calls of the model, measured and traced: a `ModelClient` around a `ModelClient`.

What is asked and answered stands in no span and no metric: only the model's name, the parameters,
how long it took, and the counts. Names are those of the GenAI semantic conventions; see
`genai_names`.
"""

import time
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from dataclasses import dataclass

from yarl import URL

from adapters import genai_names as names
from chat.error_codes import ErrorCode
from chat.errors import ModelError
from chat.metrics import Metrics, ModelCall
from chat.model import Finished, ModelClient, ModelEvent, ModelRequest, TextPiece
from chat.tracing import Attributes, Span, SpanKind, Tracing

_AZURE = (".openai.azure.com", ".services.ai.azure.com", ".cognitiveservices.azure.com")


@dataclass(frozen=True, slots=True)
class RetryWatch:
    """What is told of a try that failed and is followed by another one."""

    metrics: Metrics
    tracing: Tracing

    def retried(self, error: ModelError, wait_seconds: float) -> None:
        """Another try is made after so many seconds."""
        self.metrics.model_retried(error.code)
        noted: Attributes = {
            names.ERROR_TYPE: error.code.value,
            "parley.wait_seconds": wait_seconds,
        }
        self.tracing.event("retry", noted)


class ObservedModel:
    """The `ModelClient` port."""

    def __init__(
        self,
        model: ModelClient,
        *,
        base_url: str,
        metrics: Metrics,
        tracing: Tracing,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """`model` does the work, at `base_url`. `clock` counts seconds and never goes back."""
        self._model = model
        self._metrics = metrics
        self._tracing = tracing
        self._clock = clock
        self._server = _server(URL(base_url))

    async def stream(self, request: ModelRequest) -> AsyncGenerator[ModelEvent, None]:
        """Yield the reply as it comes; `ModelClient.stream` has the contract."""
        call = _Call(request.model, self._clock)
        attributes = {**self._server, **_asked(request)}
        name = f"{names.CHAT} {request.model}"
        with self._tracing.span(name, kind=SpanKind.CLIENT, attributes=attributes) as span:
            try:
                async with aclosing(self._model.stream(request)) as events:
                    async for event in events:
                        call.note(event, span)
                        yield event
            except ModelError as error:
                call.code = error.code
                raise
            except Exception:
                call.code = ErrorCode.INTERNAL
                raise
            finally:
                self._metrics.model_called(call.ended())


class _Call:
    """What is learnt of a call while it goes on."""

    def __init__(self, model: str, clock: Callable[[], float]) -> None:
        self._model = model
        self._clock = clock
        self._begun = clock()
        self._first_text_seconds: float | None = None
        self.code: ErrorCode | None = None

    def note(self, event: ModelEvent, span: Span) -> None:
        match event:
            case TextPiece():
                if self._first_text_seconds is None:
                    self._first_text_seconds = self._clock() - self._begun
                    span.note({names.TIME_TO_FIRST_CHUNK: self._first_text_seconds})
            case Finished(reason):
                # Another word would be text of the server's.
                known = reason if reason in names.KNOWN_REASONS else names.OTHER
                span.note({names.FINISH_REASONS: [known]})
            case _:
                span.note(
                    {
                        names.INPUT_TOKENS: event.prompt_tokens,
                        names.OUTPUT_TOKENS: event.completion_tokens,
                    }
                )

    def ended(self) -> ModelCall:
        return ModelCall(
            model=self._model,
            seconds=self._clock() - self._begun,
            first_text_seconds=self._first_text_seconds,
            code=self.code,
        )


def _server(url: URL) -> Attributes:
    host = url.host or ""
    provider = names.AZURE_OPENAI if host.endswith(_AZURE) else names.OPENAI
    attributes: dict[str, str | int] = {names.PROVIDER_NAME: provider, names.SERVER_ADDRESS: host}
    if url.port is not None:
        attributes[names.SERVER_PORT] = url.port
    return attributes


def _asked(request: ModelRequest) -> Attributes:
    return {
        names.OPERATION_NAME: names.CHAT,
        names.REQUEST_MODEL: request.model,
        names.REQUEST_MAX_TOKENS: request.max_tokens,
        names.REQUEST_TEMPERATURE: request.temperature,
        names.REQUEST_STREAM: True,
    }
