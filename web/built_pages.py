"""Pages as the set-up built them: files in a folder, read when they are asked for.

Nothing here knows what a page does, or where it is served.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

# What is no such name is not looked for, so no name leads out of the folder.
_FILE_NAME = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9._-]*")

# The types that machines are configured with differ, and browsers run no script of a wrong type.
_MEDIA_TYPES: Mapping[str, str] = MappingProxyType(
    {
        ".css": "text/css; charset=utf-8",
        ".js": "text/javascript; charset=utf-8",
        ".json": "application/json",
        ".png": "image/png",
        ".svg": "image/svg+xml",
        ".ttf": "font/ttf",
        ".wasm": "application/wasm",
        ".woff": "font/woff",
        ".woff2": "font/woff2",
    }
)


@dataclass(frozen=True, slots=True)
class Asset:
    """A file that a page loads. Its name holds a hash of its content."""

    path: Path

    @property
    def media_type(self) -> str:
        """What it is, for browsers that do not guess."""
        return _MEDIA_TYPES.get(self.path.suffix, "application/octet-stream")

    @property
    def tag(self) -> str:
        """The ETag: the name, which no other content has."""
        return f'"{self.path.name}"'


@dataclass(frozen=True, slots=True)
class BuiltPage:
    """`index.html` in a folder, and beside it `assets/`."""

    folder: Path

    def html(self) -> str | None:
        """The page itself; None when it has not been built."""
        try:
            return (self.folder / "index.html").read_text(encoding="utf-8")
        except FileNotFoundError:
            return None

    def asset(self, name: str) -> Asset | None:
        """The asset of this name; None when there is none."""
        if not _FILE_NAME.fullmatch(name):
            return None
        path = self.folder / "assets" / name
        return Asset(path) if path.is_file() else None
