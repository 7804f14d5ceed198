"""DATABASE_URL as Tortoise's connection settings.

`sqlite://file.sqlite3` is a path relative to the working directory, `sqlite:///var/lib/file` an
absolute one; `postgres://user:password@host:port/database` (or `postgresql://`) is PostgreSQL.
"""

from pathlib import Path
from typing import Any, Literal
from urllib.parse import parse_qsl, unquote, urlsplit

from db.sql import Dialect

# What a commit waits for; FULL also outlives a power cut (SQLite, "PRAGMA synchronous").
Synchronous = Literal["NORMAL", "FULL"]

_SQLITE = "sqlite://"
_BUSY_TIMEOUT_MILLISECONDS = 5000
_CONNECT_TIMEOUT_SECONDS = 5
_STATEMENT_TIMEOUT_SECONDS = 30
POOL_CONNECTIONS = 10


class DatabaseUrlError(ValueError):
    """The URL names no database that Parley can use; the text holds no password."""


def sqlite_path(url: str) -> Path | None:
    """The file of a SQLite URL, None for another database."""
    if not url.startswith(_SQLITE):
        return None
    path = url.removeprefix(_SQLITE)
    if not path or path == ":memory:":
        msg = "must name a file, for example sqlite://parley.sqlite3"
        raise DatabaseUrlError(msg)
    return Path(path).absolute()


def check_url(url: str) -> str:
    """Return `url`; DatabaseUrlError when it is neither sqlite:// nor postgres://."""
    if sqlite_path(url) is None:
        _postgres_credentials(url)
    return url


def connections_config(
    url: str, *, migrating: bool = False, sqlite_synchronous: Synchronous = "NORMAL"
) -> tuple[Dialect, dict[str, Any]]:
    """The dialect and Tortoise's `connections`: "default", and "reader" for SQLite.

    A migrating SQLite connection has foreign keys off: altering a table there rebuilds it, and
    dropping the old one would cascade.
    """
    path = sqlite_path(url)
    if path is None:
        connection = {
            "engine": "db.postgres_engine",
            "credentials": _postgres_credentials(url)
            | ({"command_timeout": None} if migrating else {}),
        }
        return "postgres", {"default": connection}
    pragmas = {
        "file_path": str(path),
        "busy_timeout": _BUSY_TIMEOUT_MILLISECONDS,
        "synchronous": sqlite_synchronous,
        "foreign_keys": "OFF" if migrating else "ON",
    }
    engine = "db.sqlite_engine"
    reading = {**pragmas, "query_only": "ON"}
    return "sqlite", {
        "default": {"engine": engine, "credentials": pragmas},
        "reader": {"engine": engine, "credentials": reading},
    }


def _postgres_credentials(url: str) -> dict[str, Any]:
    try:
        parts = urlsplit(url)
        port = parts.port or 5432
    except ValueError as error:
        msg = "is not a URL"
        raise DatabaseUrlError(msg) from error
    if parts.scheme not in {"postgres", "postgresql"} or not parts.path.strip("/"):
        msg = "must look like sqlite://file.sqlite3 or postgres://user:password@host:5432/database"
        raise DatabaseUrlError(msg)
    options = dict(parse_qsl(parts.query))
    extra = {"ssl": options["sslmode"]} if "sslmode" in options else {}
    return {
        "host": parts.hostname or options.get("host", "127.0.0.1"),
        "port": port,
        "user": unquote(parts.username or "postgres"),
        "password": unquote(parts.password) if parts.password else None,
        "database": unquote(parts.path.strip("/")),
        "minsize": 1,
        "maxsize": POOL_CONNECTIONS,
        "timeout": _CONNECT_TIMEOUT_SECONDS,
        "command_timeout": _STATEMENT_TIMEOUT_SECONDS,
        **extra,
    }
