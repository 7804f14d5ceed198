"""What a page of ours may load and do: its own scripts and styles, and nothing from elsewhere."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType

# `self` holds for websockets to the same host too.
_DIRECTIVES: Mapping[str, Sequence[str]] = MappingProxyType(
    {
        "default-src": ["'none'"],
        "base-uri": ["'none'"],
        "connect-src": ["'self'"],
        "font-src": ["'self'"],
        "form-action": ["'none'"],
        "frame-ancestors": ["'none'"],
        "img-src": ["'self'", "data:"],
        "script-src": ["'self'"],
        "style-src": ["'self'"],
    }
)

PAGE_HEADERS: Mapping[str, str] = MappingProxyType(
    {
        "Content-Security-Policy": "; ".join(
            " ".join([name, *sources]) for name, sources in _DIRECTIVES.items()
        ),
        "Cross-Origin-Opener-Policy": "same-origin",
    }
)
