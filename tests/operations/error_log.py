"""What Parley and the libraries under it log as an error while a test runs."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager

import structlog
from structlog.typing import EventDict

from web.logs import no_fault_of_clients

_BAD = {"error", "critical", "exception"}


class ErrorLog(logging.Handler):
    """Entries of the standard log, and of structlog's."""

    def __init__(self, entries: list[EventDict]) -> None:
        """`entries` is where structlog's arrive."""
        super().__init__(logging.ERROR)
        self.addFilter(no_fault_of_clients)
        self._entries = entries
        self._records: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        """Keep an entry of the standard log."""
        self._records.append(f"{record.name}: {record.getMessage()} {record.exc_info}")

    def taken(self) -> list[str]:
        """The errors since the last time."""
        found = self._records + [str(one) for one in self._entries if one["log_level"] in _BAD]
        self._records.clear()
        self._entries.clear()
        return found


@contextmanager
def error_log() -> Iterator[ErrorLog]:
    """Listen to both logs."""
    with structlog.testing.capture_logs() as entries:
        log = ErrorLog(entries)
        root = logging.getLogger()
        root.addHandler(log)
        try:
            yield log
        finally:
            root.removeHandler(log)
