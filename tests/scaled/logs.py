"""What Parleys in processes of their own wrote to their logs."""

import json
from pathlib import Path
from typing import Any

_BAD = frozenset({"error", "critical"})


class FileLog:
    """The log of one process, as JSON in a file; read from where the last reading ended."""

    def __init__(self, path: Path) -> None:
        """`path` need not exist yet."""
        self.path = path
        self._read_to = 0

    def text(self) -> str:
        """All of it."""
        return self.path.read_text(encoding="utf-8") if self.path.exists() else ""

    def errors(self) -> list[str]:
        """The new lines that tell of a fault, tracebacks that went past the log among them."""
        new = self.text()[self._read_to :]
        self._read_to += len(new)
        return [line for line in new.splitlines() if is_error(line)]


def is_error(line: str) -> bool:
    """Whether a line of a log tells the operator of a fault, or of a crash."""
    entry = _entry(line)
    return entry is None or str(entry.get("level", "")).lower() in _BAD


def is_crash(line: str) -> bool:
    """Whether it shows an exception; what is not in the log's format does."""
    entry = _entry(line)
    return entry is None or (is_error(line) and "exception" in entry)


def _entry(line: str) -> dict[str, Any] | None:
    try:
        entry: Any = json.loads(line)
    except ValueError:
        return None
    return entry if isinstance(entry, dict) else None
