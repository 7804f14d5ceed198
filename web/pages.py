"""The pages: where the sign-in link leads, and GraphiQL.

They hold no data and so need no token; what they show is asked for with the token of whoever
looks at them. The token arrives in the link, leaves the address bar at once, and is kept in the
tab's session storage.
"""

from functools import cache
from http import HTTPStatus
from pathlib import Path

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse
from strawberry.http.ides import get_graphql_ide_html

from chat.application import Application
from web.page_policy import outside_origins, page

_START_PAGE = Path(__file__).with_name("start.html")
TOKEN_KEY = "parley-token"  # noqa: S105  the name of an entry in session storage

# GraphiQL as Strawberry ships it asks the page's own address and knows no token.
_GRAPHIQL_CHANGES = (
    (
        'const fetchURL = window.location.href.split("?")[0];',
        'const fetchURL = window.location.origin + "/graphql";',
    ),
    (
        "const [headers, setHeaders] = React.useState(parameters.headers);",
        f"""const token = sessionStorage.getItem("{TOKEN_KEY}");
        const signedIn = JSON.stringify({{ Authorization: `Bearer ${{token}}` }});
        const [headers, setHeaders] = React.useState(
          parameters.headers || (token ? signedIn : undefined),
        );""",
    ),
    ("shouldPersistHeaders: true", "shouldPersistHeaders: false"),
)

router = APIRouter()


@router.get("/healthz")
async def healthz() -> JSONResponse:
    """Whether the process is alive."""
    return JSONResponse({"status": "ok"})


@router.get("/readyz")
async def readyz(request: Request) -> JSONResponse:
    """Whether requests may be sent here; if not, 503 with the reason."""
    application: Application = request.app.state.application
    reason = await application.unready()
    if reason is None:
        return JSONResponse({"status": "ready"})
    return JSONResponse({"status": "unready", "reason": reason}, HTTPStatus.SERVICE_UNAVAILABLE)


@router.get("/")
async def start_page() -> HTMLResponse:
    """Where the sign-in link leads."""
    return page(_start_html())


@router.get("/graphiql")
async def graphiql() -> HTMLResponse:
    """GraphiQL, signed in with the token that the start page kept."""
    html = graphiql_html()
    # Its dialogs add a style that stops the page from scrolling. That stays blocked, since this
    # page does not scroll anyway.
    return page(html, more={"font-src": ["data:", *outside_origins(html)]})


@cache
def _start_html() -> str:
    return _START_PAGE.read_text(encoding="utf-8").replace("{{token_key}}", TOKEN_KEY)


@cache
def graphiql_html() -> str:
    """Strawberry's GraphiQL page with the changes above."""
    html = get_graphql_ide_html("graphiql")
    for old, new in _GRAPHIQL_CHANGES:
        if old not in html:
            msg = f"Strawberry's GraphiQL page has changed: {old!r} is not in it"
            raise RuntimeError(msg)
        html = html.replace(old, new)
    return html
