"""What the stand-in model says: its reading of a request and the JSON of its answer.

Pure: no sockets, no process, and no AI. It takes nothing from the model client, so that the two
check one another's reading of the wire format.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal, cast

_ROLES = frozenset({"system", "developer", "user", "assistant"})
_LONGEST_QUOTE = 300
_HIGHEST_TEMPERATURE = 2
_WORD = re.compile(r"\s*\S+")

Object = Mapping[str, object]


class InvalidBodyError(Exception):
    """The body is not a request. `param` names the field, in OpenAI's way."""

    def __init__(self, problem: str, param: str | None = None) -> None:
        """`problem` is a sentence for whoever wrote the request."""
        super().__init__(problem)
        self.param = param


@dataclass(frozen=True, slots=True)
class Question:
    """A request that can be answered; every message is a (role, text)."""

    model: str
    messages: tuple[tuple[str, str], ...]
    stream: bool
    include_usage: bool
    most_tokens: int | None


@dataclass(frozen=True, slots=True)
class Reply:
    """A whole reply, one piece for each word, and what it cost. A word is a token here."""

    pieces: tuple[str, ...]
    finish_reason: Literal["stop", "length"]
    prompt_tokens: int

    @property
    def usage(self) -> dict[str, int]:
        """In the shape of the wire."""
        return {
            "prompt_tokens": self.prompt_tokens,
            "completion_tokens": len(self.pieces),
            "total_tokens": self.prompt_tokens + len(self.pieces),
        }


def read_question(body: object) -> Question:
    """Check a request as OpenAI would, as far as a stand-in needs it. Raises `InvalidBodyError`."""
    if not isinstance(body, dict):
        problem = "The body must be a JSON object."
        raise InvalidBodyError(problem)
    fields = cast("Object", body)
    model = fields.get("model")
    if not isinstance(model, str) or not model:
        problem = "You must provide a model."
        raise InvalidBodyError(problem, "model")
    _check_temperature(fields.get("temperature"))
    stream = fields.get("stream") or False
    if not isinstance(stream, bool):
        problem = "stream must be true or false."
        raise InvalidBodyError(problem, "stream")
    return Question(
        model=model,
        messages=_messages(fields.get("messages")),
        stream=stream,
        include_usage=_include_usage(fields.get("stream_options"), stream=stream),
        most_tokens=_most_tokens(fields),
    )


def reply_to(question: Question) -> Reply:
    """The same question always gets the same reply."""
    said = [text for role, text in question.messages if role == "user"]
    prompts = [text for role, text in question.messages if role in {"system", "developer"}]
    count = len(question.messages)
    text = (
        "This is **Parley's stand-in model**: no AI is behind it.\n\n"
        f"You said:\n\n{_quote(said[-1]) if said else '*nothing*'}\n\n"
        f"I was sent {count} message{'' if count == 1 else 's'}; "
        + (f"the prompt in force is:\n\n{_quote(prompts[0])}" if prompts else "no prompt.")
    )
    words = _WORD.findall(text)
    kept = words[: question.most_tokens]
    return Reply(
        pieces=tuple(kept),
        finish_reason="length" if len(kept) < len(words) else "stop",
        prompt_tokens=sum(len(_WORD.findall(text)) + 1 for _, text in question.messages),
    )


def chunks(
    question: Question, reply: Reply, *, id_: str, created: int
) -> Iterator[dict[str, object]]:
    """The events of a stream: the role, one event for each word, the end, and the usage."""
    head: dict[str, object] = {"id": id_, "object": "chat.completion.chunk", "created": created}
    head["model"] = question.model
    yield head | {"choices": _choices({"role": "assistant", "content": ""})}
    for piece in reply.pieces:
        yield head | {"choices": _choices({"content": piece})}
    yield head | {"choices": _choices({}, reply.finish_reason)}
    if question.include_usage:
        yield head | {"choices": [], "usage": reply.usage}


def completion(question: Question, reply: Reply, *, id_: str, created: int) -> dict[str, object]:
    """The answer to a request that did not ask for a stream."""
    message = {"role": "assistant", "content": "".join(reply.pieces)}
    return {
        "id": id_,
        "object": "chat.completion",
        "created": created,
        "model": question.model,
        "choices": [{"index": 0, "message": message, "finish_reason": reply.finish_reason}],
        "usage": reply.usage,
    }


def error_body(
    message: str, *, kind: str, code: str | None = None, param: str | None = None
) -> dict[str, object]:
    """An error in OpenAI's shape."""
    return {"error": {"message": message, "type": kind, "param": param, "code": code}}


def _choices(delta: Object, finish_reason: str | None = None) -> list[dict[str, object]]:
    return [{"index": 0, "delta": delta, "finish_reason": finish_reason}]


def _messages(value: object) -> tuple[tuple[str, str], ...]:
    if not isinstance(value, list) or not value:
        problem = "messages must be a list that is not empty."
        raise InvalidBodyError(problem, "messages")
    return tuple(
        _message(item, f"messages[{index}]")
        for index, item in enumerate(cast("list[object]", value))
    )


def _message(value: object, where: str) -> tuple[str, str]:
    fields: Object = cast("Object", value) if isinstance(value, dict) else {}
    role, content = fields.get("role"), fields.get("content")
    if not isinstance(role, str) or role not in _ROLES:
        problem = f"{where} must have a role out of {', '.join(sorted(_ROLES))}."
        raise InvalidBodyError(problem, f"{where}.role")
    if not isinstance(content, str):
        problem = f"{where} must have a content that is a string."
        raise InvalidBodyError(problem, f"{where}.content")
    return role, content


def _check_temperature(value: object) -> None:
    if value is None:
        return
    if isinstance(value, int | float) and 0 <= value <= _HIGHEST_TEMPERATURE:
        return
    problem = "temperature must be a number from 0 to 2."
    raise InvalidBodyError(problem, "temperature")


def _include_usage(value: object, *, stream: bool) -> bool:
    if value is None:
        return False
    if not stream or not isinstance(value, dict):
        problem = "stream_options must be an object, and goes with stream only."
        raise InvalidBodyError(problem, "stream_options")
    return cast("Object", value).get("include_usage") is True


def _most_tokens(fields: Object) -> int | None:
    for name in ("max_completion_tokens", "max_tokens"):
        value = fields.get(name)
        if value is None:
            continue
        if not isinstance(value, int) or isinstance(value, bool) or value < 1:
            problem = f"{name} must be a whole number above 0."
            raise InvalidBodyError(problem, name)
        return value
    return None


def _quote(text: str) -> str:
    """A Markdown quotation; a long text is cut."""
    short = text if len(text) <= _LONGEST_QUOTE else f"{text[:_LONGEST_QUOTE]}…"
    return "\n".join(f"> {line}" for line in short.splitlines())
