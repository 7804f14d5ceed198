"""What is measured, for Prometheus: behind the token of the settings, or that of an admin.

The token of the settings is good also while the database is away.
"""

import asyncio
from hmac import compare_digest
from http import HTTPStatus

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from chat.application import Application
from chat.errors import ParleyError, UnauthenticatedError
from chat.origin import Origin, on_behalf_of
from chat.permissions import Right, may
from web.identity import header_secret, request_id

PATH = "/metrics"


def metrics_route(token: str | None) -> Route:
    """The route. Without a `token` only admins get in."""

    async def answer(request: Request) -> Response:
        application: Application = request.app.state.application
        secret = header_secret(request.headers.get("authorization"))
        try:
            with on_behalf_of(Origin(request_id(request.headers.get("x-request-id")))):
                if not _is(secret, token) and not await _of_an_admin(application, secret):
                    return _refused(UnauthenticatedError(), HTTPStatus.UNAUTHORIZED)
        except UnauthenticatedError as error:
            return _refused(error, HTTPStatus.UNAUTHORIZED)
        except ParleyError as error:
            return _refused(error, HTTPStatus.SERVICE_UNAVAILABLE)
        application.sampling.sample()
        accept = request.headers.get("accept", "")
        # It takes milliseconds, in which streams would stand still.
        shown = await asyncio.to_thread(application.metrics.exposition, accept)
        return Response(shown.body, headers={"Content-Type": shown.content_type})

    return Route(PATH, answer)


def _is(secret: str | None, token: str | None) -> bool:
    """Compared in a time that tells nothing of the token."""
    return bool(secret and token) and compare_digest(str(secret).encode(), str(token).encode())


async def _of_an_admin(application: Application, secret: str | None) -> bool:
    viewer = await application.accounts.authenticate(secret)
    return may(viewer.user.role, Right.READ_METRICS)


def _refused(error: ParleyError, status: HTTPStatus) -> JSONResponse:
    headers = {"WWW-Authenticate": "Bearer"} if status is HTTPStatus.UNAUTHORIZED else None
    return JSONResponse({"error": str(error)}, status, headers)
