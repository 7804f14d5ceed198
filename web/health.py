"""What load balancers ask: whether the process is alive, and whether it takes requests."""

from http import HTTPStatus

from fastapi import APIRouter
from starlette.datastructures import State
from starlette.requests import Request
from starlette.responses import JSONResponse

from chat.application import Application

router = APIRouter()


@router.get("/healthz")
async def healthz() -> JSONResponse:
    """Whether the process is alive."""
    return JSONResponse({"status": "ok"})


@router.get("/readyz")
async def readyz(request: Request) -> JSONResponse:
    """Whether requests may be sent to this address; if not, 503 with the reason.

    What is away and can be done without is named in `missing`. It must take no process out of
    service: it is away for all of them.
    """
    application: Application = request.app.state.application
    reason = await _unready(request.app.state, application)
    if reason is None:
        missing = application.missing()
        return JSONResponse({"status": "ready", **({"missing": missing} if missing else {})})
    return JSONResponse({"status": "unready", "reason": reason}, HTTPStatus.SERVICE_UNAVAILABLE)


async def _unready(state: State, application: Application) -> str | None:
    """A process that others replace at the same address does not speak for the address."""
    if state.ending:
        return "shutting down"
    return None if state.replaced else await application.unready()
