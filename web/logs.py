"""The log: one line for each entry, as JSON or for a console.

What people and models write, tokens and keys must never stand in it. Entries are written without
them; `log_tracebacks` keeps them out of exceptions, and `log_secrets` is the last guard.
"""

import json
import logging
import sys
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from functools import partial
from typing import Any, Literal, Protocol

import orjson
import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

from chat.origin import current
from web.log_entries import EntryLogger
from web.log_secrets import suspicion, without_secrets
from web.log_tracebacks import console_exception, json_exception

_LOST = '{{"event": "an entry could not be written", {what}, "level": "error"}}'
LogFormat = Literal["json", "console"]
_PLAIN = frozenset({str, int, float, bool, type(None)})


class Stream(Protocol):
    """What a log can be written to."""

    def write(self, text: str, /) -> object:
        """Take a text."""
        ...

    def flush(self) -> object:
        """Pass on what was taken."""
        ...


class _Handler(logging.StreamHandler):  # type: ignore[type-arg]  # not subscriptable at run time
    """Writes to standard error."""

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802  logging's name
        """Tell where an entry was lost; logging itself would print it, with all that it holds."""
        what = f'"line": {record.lineno}, "logger": "{record.name}"'
        self.stream.write(_LOST.format(what=what) + "\n")


class _Lines:
    """A logger of structlog's: takes entries that are lines already."""

    def __init__(self, stream: Stream, name: str) -> None:
        """`name` is the module whose entries they are."""
        self._stream = stream
        self.name = name

    def msg(self, line: str) -> None:
        """Write a line; one that cannot be written is lost, and nothing else with it."""
        try:  # `suppress` takes longer than the line.
            self._stream.write(f"{line}\n")
            self._stream.flush()
        except (OSError, ValueError):
            return

    debug = info = warning = error = critical = exception = msg


_names = structlog.stdlib.LoggerFactory(ignore_frame_names=[__name__])


def _named_lines(stream: Stream, *args: str) -> _Lines:
    """The logger of this name, or of the module that asks for one."""
    return _Lines(stream, _names(*args).name)


def no_fault_of_clients(record: logging.LogRecord) -> bool:
    """Whether an entry tells of more than text that is no UTF-8, which anyone may send.

    Uvicorn closes the socket with 1007, and logs it as an error of the server with a traceback.
    """
    client_sent_no_text = isinstance((record.exc_info or (None, None))[1], UnicodeDecodeError)
    return not (record.name == "uvicorn.error" and client_sent_no_text)


def configure_logging(
    log_format: LogFormat,
    *,
    secrets: Iterable[str] = (),
    pid: int | None = None,
    stream: Stream | None = None,
) -> None:
    """Send structlog's entries and those of libraries to `stream`, standard error, in one format.

    `secrets` are the deployment's own, and stand in no entry; `pid` stands in each, where several
    processes write one log. Uvicorn's access log stays off: its
    lines would hold the token of the sign-in link.
    """
    shared: list[Processor] = [
        _add_origin,
        *([] if pid is None else [_adding_pid(pid)]),
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
    ]
    stamp = structlog.processors.TimeStamper(fmt="iso", utc=True)
    rendering = _rendering(log_format, secrets)
    plain = _plain(log_format, secrets)
    to: Stream = stream or sys.stderr
    # Each operation has a line, so these entries do not go through logging, which takes several
    # times as long.
    structlog.configure(
        processors=[_own_entry(pid), _whatever_comes([stamp, *rendering], plain)],
        logger_factory=partial(_named_lines, to),
        wrapper_class=EntryLogger,
    )
    handler = _Handler(to)
    handler.addFilter(no_fault_of_clients)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[
                *shared,
                stamp,
                structlog.stdlib.ExtraAdder(),
                _first_line_of_asyncio,
            ],
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *rendering],
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(logging.INFO)
    logging.getLogger("uvicorn.access").disabled = True
    logging.getLogger("uvicorn.error").setLevel(logging.WARNING)


def _add_origin(logger: WrappedLogger, method: str, event: EventDict) -> EventDict:
    """Name the request on whose behalf the entry is written, and its trace, where there are any."""
    del logger, method
    origin = current()
    if origin.request_id is not None:
        event.setdefault("request_id", origin.request_id)
    if origin.traceparent is not None:
        event.setdefault("trace_id", origin.trace_id)
    return event


def _own_entry(pid: int | None) -> Processor:
    """Adds to an entry of our own, in one step, what the processors for all entries add."""

    def add(logger: WrappedLogger, method: str, event: EventDict) -> EventDict:
        _add_origin(logger, method, event)
        if pid is not None:
            event.setdefault("pid", pid)
        event["level"] = "error" if method == "exception" else method
        event["logger"] = logger.name
        return event

    return add


def _adding_pid(pid: int) -> Processor:
    def add(logger: WrappedLogger, method: str, event: EventDict) -> EventDict:
        del logger, method
        event.setdefault("pid", pid)
        return event

    return add


def _first_line_of_asyncio(logger: WrappedLogger, method: str, event: EventDict) -> EventDict:
    """Leave out what asyncio lists below its message: tasks, with their exceptions' texts."""
    del logger, method
    if event.get("logger") == "asyncio":
        event["event"] = str(event["event"]).partition("\n")[0]
    return event


def _rendering(log_format: LogFormat, secrets: Iterable[str]) -> list[Processor]:
    guard = without_secrets(secrets)
    if log_format == "json":
        tracebacks = structlog.processors.ExceptionRenderer(json_exception)
        return [tracebacks, guard, structlog.processors.JSONRenderer(_json)]
    tracebacks = structlog.processors.ExceptionRenderer(console_exception)
    return [tracebacks, guard, structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())]


def _plain(log_format: LogFormat, secrets: Iterable[str]) -> Callable[[EventDict], str | None]:
    """Renders what is nothing but texts, numbers and truths, and no secret; None for the rest.

    It comes out as from `_rendering`, in a fifth of the time.
    """
    suspicious = suspicion(secrets)

    def render(event: EventDict) -> str | None:
        if "exc_info" in event or not _PLAIN.issuperset(map(type, event.values())):
            return None
        try:
            event["timestamp"] = datetime.now(UTC)
            line = orjson.dumps(event, option=orjson.OPT_UTC_Z).decode()
        except TypeError:
            return None
        return None if suspicious(line) else line

    return render if log_format == "json" else lambda _: None


def _whatever_comes(
    rendering: list[Processor], plain: Callable[[EventDict], str | None]
) -> Processor:
    """Render an entry; one that cannot be rendered is lost, and its caller goes on."""

    def render(logger: WrappedLogger, method: str, event: EventDict) -> str:
        name = event.get("logger", "")
        rendered: Any = plain(event)
        if rendered is not None:
            return str(rendered)
        rendered = event
        try:
            for one in rendering:
                rendered = one(logger, method, rendered)
        except Exception:  # noqa: BLE001  what an entry holds may do anything when it is looked at
            return _LOST.format(what=f'"logger": "{name}"')
        return str(rendered)

    return render


def _json(entry: EventDict, default: Callable[[object], object]) -> str:
    """One line. What the quick encoder does not take is no reason to lose an entry."""
    try:
        return orjson.dumps(entry, default).decode()
    except TypeError:
        return json.dumps(entry, default=default)
