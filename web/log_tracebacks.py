"""Exceptions as the log shows them: their types and where they happened, not what they say.

The text of an exception may quote what people wrote: a driver puts the parameters of a statement
into it, `int` the text that is no number. So it is left out, but for errors of Parley's own, whose
texts are fit for anyone, and the fixed codes by which systems and databases name what went wrong.
Neither local variables nor notes are shown.
"""

import os
import re
import traceback
from collections.abc import Iterator
from types import TracebackType

from structlog.typing import ExcInfo

from chat.errors import ParleyError

_MOST_EXCEPTIONS = 20
_MOST_FRAMES = 50
# Attributes with a name out of a fixed set: PostgreSQL's, SQLite's, OpenSSL's.
_CODES = ("sqlstate", "sqlite_errorname", "reason")
_CODE = re.compile(r"[A-Z0-9_]{2,50}", re.ASCII)


def shown_exception(error: BaseException) -> list[dict[str, object]]:
    """An exception and those that led to it, the last one first, each with its frames."""
    return [_shown(one) for one in _chain(error)]


def json_exception(exc_info: ExcInfo) -> list[dict[str, object]]:
    """The same, as structlog's ExceptionRenderer asks for it."""
    return shown_exception(exc_info[1])


def console_exception(exc_info: ExcInfo) -> str:
    """The same as lines for people."""
    lines: list[str] = []
    for one in _chain(exc_info[1]):
        lines += [": ".join(filter(None, (_name(one), _said(one))))]
        lines += [f"  {frame}" for frame in _frames(one.__traceback__)]
    return "\n".join(lines)


def _chain(error: BaseException) -> Iterator[BaseException]:
    """The exception, its causes, and those of a group, each once."""
    waiting, seen = [error], set[int]()
    while waiting and len(seen) < _MOST_EXCEPTIONS:
        one = waiting.pop(0)
        if id(one) in seen:
            continue
        seen.add(id(one))
        yield one
        if isinstance(one, BaseExceptionGroup):
            waiting += one.exceptions
        before = one.__cause__ or (None if one.__suppress_context__ else one.__context__)
        waiting += [before] if before else []


def _shown(error: BaseException) -> dict[str, object]:
    said = _said(error)
    told: dict[str, object] = {"exc_value": said} if said else {}
    return {"exc_type": _name(error), **told, "frames": _frames(error.__traceback__)}


def _name(error: BaseException) -> str:
    module, name = type(error).__module__, type(error).__qualname__
    return name if module == "builtins" else f"{module}.{name}"


def _said(error: BaseException) -> str:
    """What may be told of an exception in words; empty when nothing may."""
    if isinstance(error, ParleyError):
        return str(error)
    found = [getattr(error, name, None) for name in _CODES]
    codes = [one for one in found if isinstance(one, str) and _CODE.fullmatch(one)]
    if isinstance(error, OSError) and isinstance(error.errno, int) and error.errno > 0:
        codes.append(os.strerror(error.errno))
    return ", ".join(codes)


def _frames(trace: TracebackType | None) -> list[str]:
    """Where it happened, the place of the error last; of a deep recursion only the last places."""
    frames = [
        f"{frame.f_code.co_filename}:{line} in {frame.f_code.co_qualname}"
        for frame, line in traceback.walk_tb(trace)
    ]
    return frames[-_MOST_FRAMES:]
