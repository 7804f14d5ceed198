"""What Parley and the libraries under it log as an error while a test runs, wherever it runs."""

import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import structlog
from structlog.typing import EventDict

from tests.scaled.logs import FileLog
from tests.served import Served
from web.logs import no_fault_of_clients

_BAD = {"error", "critical", "exception"}


class ErrorLog(logging.Handler):
    """Entries of the standard log, of structlog's, and of the logs of other processes."""

    def __init__(self, entries: list[EventDict], logs: Sequence[FileLog]) -> None:
        """`entries` is where structlog's arrive."""
        super().__init__(logging.ERROR)
        self.addFilter(no_fault_of_clients)
        self._entries = entries
        self._logs = logs
        self._records: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        """Keep an entry of the standard log."""
        self._records.append(f"{record.name}: {record.getMessage()} {record.exc_info}")

    def taken(self) -> list[str]:
        """The errors since the last time."""
        found = self._records + [str(one) for one in self._entries if one["log_level"] in _BAD]
        found += [line for log in self._logs for line in log.errors()]
        self._records.clear()
        self._entries.clear()
        return found


@contextmanager
def error_log(parley: Served) -> Iterator[ErrorLog]:
    """Listen to all that serves."""
    with structlog.testing.capture_logs() as entries:
        log = ErrorLog(entries, parley.logs)
        root = logging.getLogger()
        root.addHandler(log)
        try:
            yield log
        finally:
            root.removeHandler(log)
