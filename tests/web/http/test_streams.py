"""How results are written into streams."""

import json
import re

from web.http.media_types import AnswerType
from web.http.streams import stream_format


def test_server_sent_events_are_those_of_graphql_sse() -> None:
    format_ = stream_format(AnswerType.EVENT_STREAM)
    assert format_.content_type.startswith("text/event-stream")
    written = format_.begin() + format_.result(b'{"data":{}}') + format_.heartbeat() + format_.end()
    blocks = [block for block in written.decode().split("\n\n") if block]
    assert blocks == [":", 'event: next\ndata: {"data":{}}', ":", "event: complete\ndata:"]


def test_multipart_parts_end_where_they_are_written() -> None:
    format_ = stream_format(AnswerType.MULTIPART)
    boundary = re.search(r'boundary="(\w+)"', format_.content_type)
    assert boundary
    written = format_.begin() + format_.result(b'{"data":{}}')
    # What came so far holds a whole part: a reader need not wait for the next result.
    first, part, rest = written.decode().split(f"\r\n--{boundary[1]}")
    assert (first, rest) == ("", "\r\n")
    head, _, body = part.partition("\r\n\r\n")
    assert "application/json" in head
    assert json.loads(body) == {"payload": {"data": {}}}


def test_a_multipart_stream_ends_with_the_last_border() -> None:
    format_ = stream_format(AnswerType.MULTIPART)
    written = (format_.begin() + format_.heartbeat() + format_.end()).decode()
    *parts, last = written.split("\r\n--graphql")[1:]
    assert [json.loads(part.partition("\r\n\r\n")[2]) for part in parts] == [{}, {}]
    assert last == "--\r\n"
