"""The body of a Chat Completions request, and what to change when a server refuses a parameter.

Pure: no sockets. Reasoning models refuse parameters that others take, and compatible servers
differ in what they know; which model is of which kind is learnt from their refusals, not from
lists of names.
"""

import re
from collections import OrderedDict
from dataclasses import dataclass, replace
from typing import Literal, cast

from adapters.wire import ServerError
from chat.error_codes import ErrorCode
from chat.errors import ModelError
from chat.model import ModelRequest, Parameter

TokensSpelling = Literal["max_tokens", "max_completion_tokens"]
OptionalParameter = Literal["temperature", "max_tokens", "stream_options"]
WireName = Literal["temperature", "max_tokens", "max_completion_tokens", "stream_options"]

_MOST_MODELS_REMEMBERED = 1000
_NAMED = re.compile(r"\b(temperature|max_tokens|max_completion_tokens|stream_options)\b")
_UNSUPPORTED_CODES = frozenset({"unsupported_parameter", "unsupported_value"})


@dataclass(frozen=True, slots=True)
class Shape:
    """What a model wants of a request: how the token limit is spelt, what is left out."""

    tokens_spelling: TokensSpelling
    left_out: frozenset[OptionalParameter] = frozenset()


@dataclass(frozen=True, slots=True)
class Refusal:
    """A server's refusal of `name`; `message` is the server's, for decisions only."""

    name: WireName
    message: str

    @property
    def parameter(self) -> OptionalParameter:
        """The parameter, however it is spelt."""
        return "max_tokens" if self.name == "max_completion_tokens" else self.name

    @property
    def other_spelling(self) -> TokensSpelling | None:
        """The other spelling of the token limit, where this one was refused in favour of it."""
        if self.parameter != "max_tokens":
            return None
        other: TokensSpelling = (
            "max_completion_tokens" if self.name == "max_tokens" else "max_tokens"
        )
        return other if other in _NAMED.findall(self.message) else None


class ModelShapes:
    """The shapes learnt so far, by model; the oldest are forgotten past a thousand."""

    def __init__(self, first: Shape) -> None:
        """`first` is the shape for a model that nothing is known of."""
        self._first = first
        self._learnt: OrderedDict[str, Shape] = OrderedDict()

    def of(self, model: str) -> Shape:
        """The shape that this model took last."""
        return self._learnt.get(model, self._first)

    def learn(self, model: str, shape: Shape) -> None:
        """Remember what this model took."""
        if shape == self.of(model):
            return
        self._learnt[model] = shape
        self._learnt.move_to_end(model)
        if len(self._learnt) > _MOST_MODELS_REMEMBERED:
            self._learnt.popitem(last=False)


def request_body(request: ModelRequest, shape: Shape) -> dict[str, object]:
    """The JSON body. What somebody asked for is in it, whatever the shape says."""
    left_out = shape.left_out - request.asked
    body: dict[str, object] = {
        "model": request.model,
        "messages": [{"role": one.role, "content": one.content} for one in request.messages],
        "stream": True,
    }
    if "stream_options" not in left_out:
        body["stream_options"] = {"include_usage": True}
    if "temperature" not in left_out:
        body["temperature"] = request.temperature
    if "max_tokens" not in left_out:
        body[shape.tokens_spelling] = request.max_tokens
    return body


def refusal(error: ServerError, body: dict[str, object]) -> Refusal | None:
    """Which parameter of `body` the error of a 400 refuses, if any."""
    if error.code in _UNSUPPORTED_CODES:
        named = _NAMED.findall(f"{error.param} {error.message}")
    else:
        named = _NAMED.findall(error.param)
    # Anything that was not sent is the server's advice, not its complaint.
    name = next((name for name in named if name in body), None)
    return None if name is None else Refusal(cast("WireName", name), error.message)


def without_refused(
    shape: Shape, refused: Refusal, *, asked: frozenset[Parameter], before: frozenset[WireName]
) -> Shape:
    """The shape to try next. Raises `ModelError` when nothing may be changed any more.

    `before` names what was refused earlier for this request: two spellings that are both refused
    must not take turns for ever.
    """
    other = refused.other_spelling
    if other is not None and other not in before:
        return replace(shape, tokens_spelling=other)
    if refused.parameter in asked:
        # The sender knows the token limit by its name in our API.
        name = "maxTokens" if refused.parameter == "max_tokens" else refused.parameter
        message = f"This model does not take {name}; leave it out."
        raise ModelError(ErrorCode.MODEL_REJECTED, message)
    return replace(shape, left_out=shape.left_out | {refused.parameter})
