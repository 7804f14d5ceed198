"""What a connection may send, and how slowly."""

import asyncio
import logging
from collections.abc import AsyncIterator

import pytest

from tests.web.connecting import HEAD_SECONDS, Line, Place, Reply, placed

GET = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"
KIB = 1024


@pytest.fixture
async def place(caplog: pytest.LogCaptureFixture) -> AsyncIterator[Place]:
    """A served application, whose log holds no traceback and nothing that was sent."""
    caplog.set_level(logging.WARNING)
    async with placed() as made:
        yield made
    for record in caplog.records:
        assert record.getMessage() == "Invalid HTTP request received."
        assert not record.exc_info


async def refused(line: Line) -> Reply:
    """The last answer of a connection that is refused."""
    reply = await line.reply()
    assert reply.headers["connection"] == "close"
    assert reply.error["extensions"]["code"] == "BAD_USER_INPUT"
    assert reply.error["extensions"]["retryable"] is False
    assert reply.error["extensions"]["requestId"]
    assert await line.rest() == b""
    return reply


def headers(size: int, count: int = 1) -> bytes:
    """So many headers of so many bytes each."""
    return b"".join(b"X-%04d: %b\r\n" % (at, b"v" * (size - 10)) for at in range(count))


async def test_the_answer_to_head_comes_before_the_refusal_of_what_follows(place: Place) -> None:
    async with place.line() as line:
        line.send(b"HEAD / HTTP/1.1\r\nHost: x\r\n\r\n", b"secret\r\n\r\n")
        answers = await line.rest()
    assert answers.startswith(b"HTTP/1.1 200")
    assert answers.count(b"HTTP/1.1 400") == 1


async def test_a_head_of_a_usual_size_is_answered_and_the_connection_goes_on(place: Place) -> None:
    async with place.line() as line:
        for size, count in ((16, 99), (30 * KIB, 1), (300, 99)):
            line.send(b"GET /%b HTTP/1.1\r\n" % (b"p" * KIB), headers(size, count), b"\r\n")
            assert (await line.reply()).body == b"ok"
    assert [len(found) for _, found, _ in place.application.seen] == [99, 1, 99]


@pytest.mark.parametrize(
    ("status", "head"),
    [
        (431, b"GET / HTTP/1.1\r\n" + headers(34 * KIB) + b"\r\n"),
        (431, b"GET / HTTP/1.1\r\n" + headers(34 * KIB)),
        (431, b"GET / HTTP/1.1\r\nX: " + b"v" * 40 * KIB),
        (431, b"GET / HTTP/1.1\r\n" + b"n" * 40 * KIB),
        (431, b"GET / HTTP/1.1\r\n" + headers(20, 101) + b"\r\n"),
        (431, b"GET / HTTP/1.1\r\n" + headers(1000, 34)),
        (431, b"\r\n" * 20 * KIB),
        (414, b"GET /" + b"u" * 17 * KIB + b" HTTP/1.1\r\n\r\n"),
        (414, b"GET /" + b"u" * 24 * KIB),
        (
            431,
            b"GET / HTTP/1.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n" + headers(34 * KIB),
        ),
        (400, b"GET / HTTP/1.1\r\nno header\r\n\r\n"),
        (400, b"secret\r\n\r\n"),
        (400, b"GET http://[ HTTP/1.1\r\n\r\n"),
        (400, b"GET /\xff HTTP/1.1\r\n\r\n"),
        (400, b"CONNECT x:80 HTTP/1.1\r\nHost: x\r\n\r\n"),
        (400, b"POST / HTTP/1.1\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n"),
        (400, b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"),
    ],
)
async def test_what_is_too_large_or_no_request_is_refused(
    place: Place, status: int, head: bytes
) -> None:
    async with place.line() as line:
        line.send(head)
        assert (await refused(line)).status == status
    assert place.application.seen == []


async def test_a_client_that_goes_on_sending_can_still_read_why_it_was_refused(
    place: Place,
) -> None:
    async with place.line() as line:
        line.send(b"GET / HTTP/1.1\r\nX: ", b"v" * 2000 * KIB)
        assert (await refused(line)).status == 431


async def test_a_head_that_comes_in_small_pieces_is_bounded_too(place: Place) -> None:
    async with place.line() as line:
        line.send(b"GET / HTTP/1.1\r\nX: ")
        for _ in range(40):
            line.send(b"v" * KIB)
            await line.writer.drain()
        assert (await refused(line)).status == 431


@pytest.mark.parametrize("sent", [b"G", b"GET / HTTP/1.1\r\nHost: x\r\n"])
async def test_a_head_that_does_not_end_is_refused_in_time(place: Place, sent: bytes) -> None:
    async with place.line() as line:
        line.send(sent)
        assert (await refused(line)).status == 408


async def test_bytes_that_drip_do_not_lengthen_the_time(place: Place) -> None:
    async with place.line() as line:
        started = asyncio.get_running_loop().time()
        refusal = asyncio.create_task(refused(line))
        line.send(GET[:-2], b"X: ")
        while not refusal.done():
            line.send(b"v")
            await asyncio.wait([refusal], timeout=HEAD_SECONDS / 40)
        assert (await refusal).status == 408
        assert asyncio.get_running_loop().time() - started < 10 * HEAD_SECONDS


@pytest.mark.parametrize("sent", [b"", b"\r\n"])
async def test_a_connection_without_a_request_is_closed_without_a_word(
    place: Place, sent: bytes
) -> None:
    async with place.line() as line:
        line.send(sent)
        assert await line.rest() == b""


async def test_each_further_request_has_the_time_from_its_first_byte(place: Place) -> None:
    async with place.line() as line:
        line.send(GET)
        assert (await line.reply()).status == 200
        await asyncio.sleep(1.5 * HEAD_SECONDS)  # Idle, which is no offence.
        line.send(GET, GET)
        assert [(await line.reply()).status, (await line.reply()).status] == [200, 200]
        line.send(GET[:9])
        assert (await refused(line)).status == 408


async def test_empty_lines_do_not_keep_a_connection_alive(place: Place) -> None:
    async with place.line() as line:
        line.send(GET)
        await line.reply()
        end = asyncio.create_task(line.rest())
        while not end.done():
            line.send(b"\r\n")
            await asyncio.wait([end], timeout=HEAD_SECONDS / 10)
        assert await end == b""


async def test_a_bad_request_behind_a_good_one_is_refused_after_its_answer(place: Place) -> None:
    async with place.line() as line:
        line.send(b"GET /hold HTTP/1.1\r\n\r\n", b"GET / HTTP/1.1\r\n", headers(34 * KIB))
        await place.application.held.wait()
        place.application.go_on.set()
        assert (await line.reply()).status == 200
        assert (await refused(line)).status == 431


async def test_half_a_request_behind_an_answer_that_takes_long_is_timed_after_it(
    place: Place,
) -> None:
    async with place.line() as line:
        line.send(b"GET /hold HTTP/1.1\r\n\r\n", b"GET / HT")
        await place.application.held.wait()
        await asyncio.sleep(2 * HEAD_SECONDS)  # The answer may take as long as it wants.
        place.application.go_on.set()
        assert (await line.reply()).status == 200
        assert (await refused(line)).status == 408


async def test_only_so_many_requests_may_wait_on_a_connection(place: Place) -> None:
    async with place.line() as line:
        line.send(b"GET /hold HTTP/1.1\r\n\r\n", GET * 5000)
        await place.application.held.wait()
        place.application.go_on.set()
        for _ in range(17):
            assert (await line.reply()).status == 200
        assert (await refused(line)).status == 400
    assert len(place.application.seen) == 17


async def test_an_answer_with_a_request_behind_it_hears_that_its_client_has_gone(
    place: Place,
) -> None:
    async with place.line() as line:
        line.send(b"GET /flood HTTP/1.1\r\n\r\n", GET)
        await place.application.held.wait()
        line.writer.transport.abort()
        await asyncio.wait_for(place.application.left.wait(), 10)


async def test_a_server_that_stops_closes_a_connection_that_was_refused_before(
    place: Place,
) -> None:
    async with place.line() as line:
        line.send(b"POST /read HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\nx\r\n")
        assert (await line.reply()).status == 400
        place.server.should_exit = True
        assert await line.rest() == b""


async def test_trailers_are_bounded_and_do_not_become_headers(place: Place) -> None:
    chunked = b"POST /read HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n"
    async with place.line() as line:
        line.send(chunked, b"Authorization: Bearer x\r\n\r\n")
        assert (await line.reply()).status == 200
        assert place.application.seen == [("/read", {"transfer-encoding": "chunked"}, b"hi")]
        line.send(chunked, headers(40 * KIB))
        assert (await refused(line)).status == 431
    assert place.application.seen[1][2].endswith(b" and no more")


@pytest.mark.parametrize("line_start", [b"2;x=", b"2;", b"0" * 10, b"0\r\nX-Trailer: "])
async def test_lines_between_chunks_are_bounded(place: Place, line_start: bytes) -> None:
    async with place.line() as line:
        line.send(b"POST /read HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n")
        filler = b"0" if line_start.isdigit() else b"v"
        line.send(line_start, filler * 40 * KIB)
        assert (await refused(line)).status in {400, 431}


async def test_a_body_is_read_whole_however_large(place: Place) -> None:
    body = bytes(range(256)) * 8 * KIB
    async with place.line() as line:
        line.send(b"POST /read HTTP/1.1\r\nContent-Length: %d\r\n\r\n" % len(body), body, GET)
        assert [(await line.reply()).status, (await line.reply()).status] == [200, 200]
    assert place.application.seen[0][2] == body


async def test_a_body_that_nobody_reads_may_not_take_for_ever(place: Place) -> None:
    async with place.line() as line:
        line.send(b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n")
        assert (await line.reply()).status == 200
        end = asyncio.create_task(line.rest())
        while not end.done():
            line.send(b"1\r\nx\r\n")
            await asyncio.wait([end], timeout=HEAD_SECONDS / 10)
        assert await end == b""


async def test_a_body_that_nobody_reads_may_still_come_whole(place: Place) -> None:
    async with place.line() as line:
        line.send(b"POST / HTTP/1.1\r\nContent-Length: 300000\r\n\r\n", b"x" * 1000)
        assert (await line.reply()).status == 200
        line.send(b"x" * 299_000, GET)
        assert (await line.reply()).status == 200


async def test_a_broken_body_is_refused_and_the_application_is_told(place: Place) -> None:
    async with place.line() as line:
        line.send(b"POST /read HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n")
        line.send(b"2\r\nhi\r\nsecret\r\n")
        assert (await refused(line)).status == 400
    assert place.application.seen[0][2].endswith(b" and no more")


@pytest.mark.parametrize("protocol", [b"h2c", b"TLS/1.0, HTTP/1.1"])
async def test_an_offer_of_another_protocol_is_not_taken_and_the_body_is_read(
    place: Place, protocol: bytes
) -> None:
    async with place.line() as line:
        line.send(b"POST /read?a=b HTTP/1.1\r\nConnection: Upgrade\r\nUpgrade: ", protocol)
        line.send(b"\r\nX-Y: z\r\nContent-Length: 2\r\n\r\nhi", GET)
        assert [(await line.reply()).status, (await line.reply()).status] == [200, 200]
    path, found, body = place.application.seen[0]
    assert (path, body) == ("/read", b"hi")
    assert found == {"connection": "Upgrade", "x-y": "z", "content-length": "2"}


async def test_a_server_that_stops_waits_for_no_head(place: Place) -> None:
    async with place.line() as line, place.line() as silent:
        line.send(b"GET / HT")
        await asyncio.sleep(0)
        place.server.should_exit = True
        await asyncio.gather(line.rest(), silent.rest())
