"""What a page of ours may load: its own scripts and styles, each marked with a nonce."""

import re
from collections.abc import Mapping, Sequence
from secrets import token_urlsafe

from starlette.responses import HTMLResponse

Directives = Mapping[str, Sequence[str]]

_MARKED = re.compile(r'<(?:script|style|link(?=[^>]*rel="stylesheet"))\b')
_OUTSIDE = re.compile(r'\b(?:src|href)="(https://[^/"]+)/')
# `self` holds for websockets to the same host too.
_DIRECTIVES: Directives = {
    "default-src": ["'none'"],
    "base-uri": ["'none'"],
    "connect-src": ["'self'"],
    "form-action": ["'none'"],
    "frame-ancestors": ["'none'"],
    "img-src": ["data:"],
}


def outside_origins(html: str) -> list[str]:
    """The other origins that a page loads from."""
    return sorted(set(_OUTSIDE.findall(html)))


def page(html: str, *, more: Directives | None = None) -> HTMLResponse:
    """A page with a strict policy. `more` is allowed besides, for what the page cannot mark."""
    nonce = token_urlsafe(16)
    marked = _MARKED.sub(rf'\g<0> nonce="{nonce}"', html)
    directives = {
        **_DIRECTIVES,
        "script-src": [f"'nonce-{nonce}'"],
        "style-src": [f"'nonce-{nonce}'"],
        **(more or {}),
    }
    policy = "; ".join(" ".join([name, *sources]) for name, sources in directives.items())
    headers = {"Content-Security-Policy": policy, "Cross-Origin-Opener-Policy": "same-origin"}
    return HTMLResponse(marked, headers=headers)
