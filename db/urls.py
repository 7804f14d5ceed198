"""DATABASE_URL as Tortoise's connection settings.

`sqlite://file.sqlite3` is a path relative to the working directory, `sqlite:///var/lib/file` an
absolute one; `postgres://user:password@host:port/database` (or `postgresql://`) is PostgreSQL.

Options after a `?`, for PostgreSQL: `sslmode` as everywhere; `host`, the folder of a socket;
`statement_cache_size`, 0 for poolers that give each transaction another session; `session_limits`,
`off` for those that refuse settings at the start of a session.
"""

import math
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal
from urllib.parse import parse_qsl, unquote, urlsplit

from db.postgres_options import PostgresOptions
from db.postgres_times import ISO_TIMES
from db.sql import Dialect

# What a commit waits for; FULL also outlives a power cut (SQLite, "PRAGMA synchronous").
Synchronous = Literal["NORMAL", "FULL"]

_SQLITE = "sqlite://"
_BUSY_TIMEOUT_MILLISECONDS = 5000
# How much longer we wait for the server's word that a statement took too long.
_ANSWER_SECONDS = 1.0


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
        _postgres_credentials(url, PostgresOptions())
    return url


def connections_config(
    url: str,
    *,
    migrating: bool = False,
    sqlite_synchronous: Synchronous = "NORMAL",
    postgres: PostgresOptions | None = None,
) -> tuple[Dialect, dict[str, Any]]:
    """The dialect and Tortoise's `connections`: "default", and "reader" for SQLite.

    A migrating SQLite connection has foreign keys off: altering a table there rebuilds it, and
    dropping the old one would cascade. A migrating PostgreSQL connection has no limits of time.
    """
    path = sqlite_path(url)
    if path is None:
        credentials = _postgres_credentials(url, postgres or PostgresOptions(), migrating=migrating)
        connection = {"engine": "db.postgres_engine", "credentials": credentials}
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


def _postgres_credentials(
    url: str, postgres: PostgresOptions, *, migrating: bool = False
) -> dict[str, Any]:
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
    seconds = postgres.statement_seconds
    return {
        "host": parts.hostname or options.get("host", "127.0.0.1"),
        "port": port,
        "user": unquote(parts.username or "postgres"),
        "password": unquote(parts.password) if parts.password else None,
        "database": unquote(parts.path.strip("/")),
        "minsize": postgres.min_connections,
        "maxsize": postgres.max_connections,
        "acquire_seconds": postgres.acquire_seconds,
        "timeout": postgres.connect_seconds,
        "command_timeout": None if migrating else seconds + _ANSWER_SECONDS,
        **_of_session(options, postgres, migrating=migrating),
    }


def _of_session(
    options: Mapping[str, str], postgres: PostgresOptions, *, migrating: bool
) -> dict[str, Any]:
    """What the options of the URL decide: TLS, prepared statements, settings of the session."""
    found: dict[str, Any] = {}
    if "sslmode" in options:
        found["ssl"] = options["sslmode"]
    if "statement_cache_size" in options:
        if not re.fullmatch("[0-9]{1,5}", options["statement_cache_size"]):
            msg = "must have a number as its statement_cache_size"
            raise DatabaseUrlError(msg)
        found["statement_cache_size"] = int(options["statement_cache_size"])
    if options.get("session_limits", "on") not in {"on", "off"}:
        msg = "must have on or off as its session_limits"
        raise DatabaseUrlError(msg)
    if options.get("session_limits") != "off":
        statement, idle = postgres.statement_seconds, postgres.idle_transaction_seconds
        # Zero is no limit, and goes before one of the role: a migration may take its time.
        found["server_settings"] = {
            **ISO_TIMES,
            "statement_timeout": _milliseconds(0 if migrating else statement),
            "idle_in_transaction_session_timeout": _milliseconds(0 if migrating else idle),
        }
    return found


def _milliseconds(seconds: float) -> str:
    return str(math.ceil(seconds * 1000))
