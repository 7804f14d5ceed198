"""How single settings are read and checked, as plain functions on their values."""

import json
import re
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from limits import RateLimitItem, parse_many
from pydantic import AliasChoices

# Scheme, host in lower case and perhaps a port, which is left out where it is the usual one.
_ORIGIN = re.compile(r"https?://(?:[a-z0-9_-]+(?:\.[a-z0-9_-]+)*|\[[0-9a-f:]+\])(?::[0-9]{1,5})?")
_USUAL_PORT = re.compile(r"http://.*:80|https://.*:443")


# What the extra otel brings.
_OPENTELEMETRY = ("opentelemetry.sdk.trace", "opentelemetry.exporter.otlp.proto.http")


def has_opentelemetry() -> bool:
    """Whether the packages of the extra otel are there."""
    try:
        return all(find_spec(name) is not None for name in _OPENTELEMETRY)
    except ImportError:
        return False


def read_rates(value: str) -> tuple[RateLimitItem, ...]:
    """The limits in the notation of the settings. Raises ValueError with what is wrong."""
    if value.strip().lower() == "off":
        return ()
    try:
        limits = tuple(parse_many(value))
    except ValueError:
        limits = ()
    if not limits or any(one.amount < 1 for one in limits):
        msg = "must be like 60/minute or 5/second;1000/day, or off"
        raise ValueError(msg)
    return limits


def is_web_address(value: str) -> bool:
    """Whether this is an address that starts with http:// or https://."""
    try:
        parts = urlsplit(value)
        return parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False


def passwords(address: str) -> list[str]:
    """The password in a URL, as it is written there and as it is meant."""
    try:
        password = urlsplit(address).password or ""
    except ValueError:
        return []
    return [password, unquote(password)]


def is_origin(value: str) -> bool:
    """Whether browsers send this as an Origin."""
    return bool(_ORIGIN.fullmatch(value)) and not _USUAL_PORT.fullmatch(value)


def read_presets(path: Path) -> dict[str, str]:
    """A JSON object that maps keys to prompts. Raises ValueError with what is wrong with it."""
    try:
        found: Any = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        msg = f"cannot be read as JSON: {path}"
        raise ValueError(msg) from error
    if not isinstance(found, dict) or not all(
        isinstance(prompt, str) and prompt.strip() for prompt in found.values()
    ):
        msg = f"must hold an object that maps keys to prompts: {path}"
        raise ValueError(msg)
    return found


def shown(default: object) -> str:
    """A default as one would write it into a file."""
    if isinstance(default, bool):
        return str(default).lower()
    return "" if default in (None, ()) else str(default)


def unprefixed(name: str) -> AliasChoices:
    """A variable without the prefix, since other programs know it by that name too."""
    return AliasChoices(name, name.lower())


def is_redis_address(value: str) -> bool:
    """Whether redis-py can connect to this: redis://, rediss:// with TLS, unix:// a socket."""
    try:
        parts = urlsplit(value)
        _ = parts.port
    except ValueError:
        return False
    if parts.scheme == "unix":
        return bool(parts.path)
    return parts.scheme in {"redis", "rediss"} and bool(parts.hostname)
