"""The parser of Server-Sent Events."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.sse import EventStreamParser, EventTooLongError

_LINES = st.one_of(
    st.sampled_from(
        [b"data: one", b"data", b"data:", b": comment", b"", b"event: x", b"\xef\xbb\xbf", b"\xed"]
    ),
    st.text().map(lambda text: b"data:" + text.encode()),
    st.binary(),
)
_ENDS = st.sampled_from([b"\n", b"\r", b"\r\n"])
_STREAMS = st.lists(st.tuples(_LINES, _ENDS).map(b"".join)).map(b"".join)


def _parser(limit: int = 1000) -> EventStreamParser:
    return EventStreamParser(max_event_bytes=limit)


def _events(*received: bytes) -> list[str]:
    parser = _parser(10_000)
    return [event for piece in received for event in parser.feed(piece)]


@given(stream=_STREAMS, cuts=st.lists(st.integers(0, 500)))
def test_any_cut_of_any_stream_gives_the_same_events(stream: bytes, cuts: list[int]) -> None:
    borders = sorted({0, len(stream), *(cut for cut in cuts if cut < len(stream))})
    pieces = [stream[start:end] for start, end in pairwise(borders)]
    assert _events(*pieces) == _events(stream)
    assert _events(*(bytes([byte]) for byte in stream)) == _events(stream)


@given(texts=st.lists(st.text(st.characters(exclude_characters="\r\n", exclude_categories=["Cs"]))))
def test_what_was_written_is_read(texts: list[str]) -> None:
    assert _events(*(f"data: {text}\n\n".encode() for text in texts)) == texts


@pytest.mark.parametrize("end", [b"\n", b"\r", b"\r\n"])
def test_every_line_end_of_the_standard_ends_a_line(end: bytes) -> None:
    assert _events(end.join([b"data: a", b"data: b", b"", b"data: c", b"", b""])) == ["a\nb", "c"]


def test_a_crlf_cut_between_its_bytes_ends_one_line() -> None:
    assert _events(b"data: a\r", b"", b"\ndata: b\r", b"\n\r", b"\n") == ["a\nb"]


def test_a_bom_at_the_start_only_is_dropped() -> None:
    bom = b"\xef\xbb\xbf"
    assert _events(bom[:1], bom[1:] + b"data: a\n\n") == ["a"]
    assert _events(b"\n" + bom + b"data: a\n\n") == []


def test_comments_and_other_fields_say_nothing() -> None:
    assert _events(b": hello\nevent: x\nid: 1\nretry: 5\ndata: a\n\nevent: y\n\n") == ["a"]


def test_one_space_after_the_colon_is_not_part_of_the_value() -> None:
    assert _events(b"data:a\n\ndata:  b\n\n") == ["a", " b"]


def test_a_field_without_a_colon_has_an_empty_value() -> None:
    assert _events(b"data\n\ndata\ndata\n\n") == ["", "\n"]


def test_an_event_that_is_not_ended_is_not_given_out() -> None:
    assert _events(b"data: a\n\ndata: b\n") == ["a"]


def test_bytes_that_are_no_utf_8_become_replacement_characters() -> None:
    assert _events(b"data: a\xff\xe2\x82b\xf0\x9f\n\n") == ["a\ufffd\ufffdb\ufffd"]


def test_a_line_over_the_limit_is_refused_and_events_before_it_are_kept() -> None:
    parser = _parser(10)
    with pytest.raises(EventTooLongError) as caught:
        parser.feed(b"data: abcd\n\ndata: 12345")
    assert caught.value.complete == ["abcd"]


def test_an_event_of_many_lines_counts_as_a_whole() -> None:
    parser = _parser(20)
    parser.feed(b"data: 123456\n" * 2)
    with pytest.raises(EventTooLongError):
        parser.feed(b"data: 123456\n")


def test_the_limit_holds_for_each_event_alone() -> None:
    assert _parser(10).feed(b"data: abcd\n\n" * 100) == ["abcd"] * 100


def test_comments_and_line_ends_are_silence() -> None:
    parser = _parser()
    parser.feed(b": ping\n\n:\r\n")
    parser.feed(b": cut")
    parser.feed(b" comment\n")
    assert parser.heard == 0
    parser.feed(b"da")
    assert parser.heard == 2
