"""How entries of our own get from who writes them to the log.

Structlog's own loggers copy an entry three times on this way, which takes longer than rendering it.
"""

from typing import Any

import structlog


class EntryLogger(structlog.BoundLoggerBase):
    """A logger of structlog's for entries of level INFO and above."""

    def debug(self, event: str, **fields: Any) -> None:
        """Do nothing."""

    def info(self, event: str, **fields: Any) -> None:
        """Tell what is as it should be."""
        self._tell("info", event, fields)

    def warning(self, event: str, **fields: Any) -> None:
        """Tell what an operator may have to look at."""
        self._tell("warning", event, fields)

    def error(self, event: str, **fields: Any) -> None:
        """Tell what went wrong."""
        self._tell("error", event, fields)

    def exception(self, event: str, **fields: Any) -> None:
        """Tell what went wrong, with the exception that is being handled."""
        self._tell("exception", event, {"exc_info": True} | fields)

    def _tell(self, method: str, event: str, fields: dict[str, Any]) -> None:
        """Process an entry and write it. `fields` are nobody else's."""
        entry: Any = {**self._context, **fields} if self._context else fields
        entry["event"] = event
        try:
            for process in self._processors:
                entry = process(self._logger, method, entry)
        except structlog.DropEvent:
            return
        self._logger.msg(entry)
