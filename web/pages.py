"""The pages: the chat, where the sign-in link leads, and GraphiQL.

They hold no data and so need no token; what they show is asked for with the token of whoever
looks at them. The token arrives in the link, leaves the address bar at once, and is kept in the
tab's session storage: their scripts see to that.
"""

from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, Response
from starlette.routing import Route

from web.built_pages import Asset, BuiltPage
from web.page_policy import PAGE_HEADERS

_CHAT = BuiltPage(Path(__file__).parent / "page" / "dist")
_GRAPHIQL = BuiltPage(Path(__file__).parent / "graphiql" / "dist")
_FOR_EVER = "public, max-age=31536000, immutable"
_NOT_BUILT = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>Parley</title>
<h1>This page has not been built</h1>
<p>Stop Parley and start it with <code>make run</code>, which builds the pages first.</p>
<p>The API at <code>/graphql</code> works without them.</p>
</html>
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pages:
    """Where the built pages lie."""

    chat: BuiltPage = _CHAT
    graphiql: BuiltPage = _GRAPHIQL


def page_routes(pages: Pages) -> list[Route]:
    """The routes of the pages and of what they load."""
    # The chat has an address for each conversation; its script finds out which one is shown.
    return [
        Route("/", _page(pages.chat)),
        Route("/c/{rest:path}", _page(pages.chat)),
        Route("/assets/{name}", _assets(pages.chat)),
        Route("/graphiql", _page(pages.graphiql)),
        Route("/graphiql/assets/{name}", _assets(pages.graphiql)),
    ]


def _page(built: BuiltPage) -> Callable[[Request], Response]:
    def answer(_: Request) -> Response:
        html = built.html()
        if html is None:
            return HTMLResponse(_NOT_BUILT, HTTPStatus.SERVICE_UNAVAILABLE)
        return HTMLResponse(html, headers=PAGE_HEADERS)

    return answer


def _assets(built: BuiltPage) -> Callable[[Request], Response]:
    def answer(request: Request) -> Response:
        asset = built.asset(request.path_params["name"])
        if asset is None:
            raise HTTPException(HTTPStatus.NOT_FOUND)
        headers = {"Cache-Control": _FOR_EVER, "ETag": asset.tag}
        if _holds(request, asset):
            return Response(status_code=HTTPStatus.NOT_MODIFIED, headers=headers)
        return FileResponse(asset.path, headers=headers, media_type=asset.media_type)

    return answer


def _holds(request: Request, asset: Asset) -> bool:
    """Whether the browser has the asset already."""
    tags = request.headers.get("If-None-Match", "").split(",")
    return asset.tag in [tag.strip().removeprefix("W/") for tag in tags]
