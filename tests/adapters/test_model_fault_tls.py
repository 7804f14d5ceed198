"""A model server whose certificate nobody vouches for."""

import ssl
from pathlib import Path

from aiohttp import ClientConnectorCertificateError, web
from aiohttp.test_utils import RawTestServer

from chat.error_codes import ErrorCode
from chat.model import ModelRequest
from tests.adapters.answers import fail
from tests.adapters.conftest import ClientOf

SELF_SIGNED = Path(__file__).with_name("self_signed.pem")


async def test_a_certificate_that_nobody_vouches_for_is_refused_once_and_for_all(
    client_of: ClientOf, hello: ModelRequest
) -> None:
    reached: list[web.BaseRequest] = []

    async def answer(request: web.BaseRequest) -> web.StreamResponse:
        reached.append(request)
        return web.Response()

    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(SELF_SIGNED)
    server = RawTestServer(answer)
    await server.start_server(ssl=context)
    try:
        text, error = await fail(client_of(f"https://127.0.0.1:{server.port}/v1"), hello)
    finally:
        await server.close()
    assert isinstance(error.__cause__, ClientConnectorCertificateError)
    assert (text, error.code, error.retryable) == ("", ErrorCode.MODEL_UNAVAILABLE, False)
    assert reached == []
