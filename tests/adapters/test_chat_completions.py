"""The reading of replies, without sockets."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters import chat_completions, model_errors
from adapters.chat_completions import ReplyParser
from chat.error_codes import ErrorCode
from chat.errors import ModelError
from chat.model import Finished, ModelEvent, TextPiece, UsageReport


def _parser() -> ReplyParser:
    return ReplyParser(max_reply_bytes=1000, max_line_bytes=500)


def _event(**fields: object) -> bytes:
    return b"data: " + json.dumps(fields).encode() + b"\n\n"


def _text(content: object, finish_reason: object = None) -> bytes:
    return _event(choices=[{"delta": {"content": content}, "finish_reason": finish_reason}])


def _finish(reason: str = "stop") -> bytes:
    return _event(choices=[{"finish_reason": reason}])


def _fed(parser: ReplyParser, received: bytes) -> str:
    """The text in these bytes. Raises the fault behind it."""
    text, fault = parser.feed(received)
    if fault is not None:
        raise fault
    return text


def _read(*received: bytes) -> list[ModelEvent]:
    """All events, with the text joined to one piece."""
    parser = _parser()
    text = "".join([_fed(parser, piece) for piece in received])
    events = list(parser.end())
    text += "".join(event.text for event in events if isinstance(event, TextPiece))
    return [TextPiece(text), *(event for event in events if not isinstance(event, TextPiece))]


def _fail(*received: bytes) -> tuple[ErrorCode, str]:
    with pytest.raises(ModelError) as caught:
        _read(*received)
    assert caught.value.answered
    return caught.value.code, str(caught.value)


DONE = b"data: [DONE]\n\n"
UNAVAILABLE = (ErrorCode.MODEL_UNAVAILABLE, "I'm temporarily unavailable. Please try again later.")


@given(text=st.text(min_size=1, max_size=20), ascii_only=st.booleans(), cut=st.integers(1, 40))
def test_text_is_the_same_however_it_is_escaped_and_cut(
    text: str, cut: int, *, ascii_only: bool
) -> None:
    units = text.encode("utf-16-le")
    halves = [units[: 2 * cut], units[2 * cut :]]
    contents = [half.decode("utf-16-le", "surrogatepass") for half in halves]
    if not ascii_only:
        contents = [text]
    stream = b"".join(
        b"data: %s\n\n"
        % json.dumps(
            {"choices": [{"delta": {"content": content}}]}, ensure_ascii=ascii_only
        ).encode()
        for content in contents
    )
    bytewise = (bytes([byte]) for byte in stream + _finish() + DONE)
    assert _read(*bytewise) == [TextPiece(text.replace("\0", "\ufffd")), Finished("stop")]


def test_a_surrogate_pair_cut_between_two_deltas_is_joined() -> None:
    parser = _parser()
    assert _fed(parser, _text("a\ud83d")) == "a"
    assert _fed(parser, _text("\ude00b")) == "😀b"


@pytest.mark.parametrize("last", [_finish(), DONE])
def test_a_lone_surrogate_at_the_end_becomes_a_replacement_character(last: bytes) -> None:
    assert _read(_text("a\ud83d"), last)[0] == TextPiece("a\ufffd")


def test_lone_surrogates_and_nul_become_replacement_characters() -> None:
    assert _read(_text("\ude00a\ud83d"), _text("b\0"), DONE) == [TextPiece("\ufffda\ufffdb\ufffd")]


def test_what_says_nothing_is_tolerated() -> None:
    events = [
        _event(choices=[], prompt_filter_results=[1], usage=None, error=None),
        _event(choices=None),
        _event(choices=["x", {"index": 1, "delta": {"content": "other choice"}}]),
        _event(choices=[{"index": 0, "delta": {"role": "assistant", "tool_calls": ()}}]),
        _event(choices=[{"delta": None, "finish_reason": ""}]),
        _text(None),
        b"data:\n\n",
        _text("Hi"),
        _event(choices=[], usage={"prompt_tokens": True, "completion_tokens": -1}),
        _finish(),
    ]
    assert _read(*events) == [TextPiece("Hi"), Finished("stop")]


def test_text_in_parts_is_joined() -> None:
    parts = [{"type": "thinking", "thinking": "Hm"}, {"type": "text", "text": "Hi"}]
    assert _read(_text(parts), DONE) == [TextPiece("Hi")]


def test_usage_after_the_finish_is_reported_once_and_the_last_one_counts() -> None:
    usage = [{"prompt_tokens": 7, "completion_tokens": count} for count in (1, 2)]
    stream = [_event(choices=[], usage=usage[0]), _text("a", "stop")]
    events = _read(*stream, _event(choices=[], usage=usage[1]), DONE)
    assert events == [TextPiece("a"), Finished("stop"), UsageReport(7, 2)]


def test_a_finish_reason_without_done_is_a_whole_reply() -> None:
    assert _read(_text("a", "length")) == [TextPiece("a"), Finished("length")]


def test_done_without_a_finish_reason_is_a_whole_reply() -> None:
    assert _read(_text("a"), DONE) == [TextPiece("a")]


def test_nothing_after_done_counts() -> None:
    parser = _parser()
    assert _fed(parser, _text("a") + DONE + _text("b")) == "a"
    assert parser.done


def test_a_stream_with_neither_is_broken_off() -> None:
    assert _fail(_text("a")) == UNAVAILABLE


def test_a_very_long_finish_reason_is_cut() -> None:
    assert _read(_text("a", "x" * 100))[1] == Finished("x" * 64)


def test_a_refusal_is_text() -> None:
    refusal = _event(choices=[{"delta": {"refusal": "I won't."}}])
    assert _read(refusal, _finish()) == [TextPiece("I won't."), Finished("stop")]


def test_a_filtered_reply_with_text_is_whole_and_one_without_is_not() -> None:
    assert _read(_text("a", "content_filter"))[1] == Finished("content_filter")
    assert _fail(_finish("content_filter"))[0] is ErrorCode.MODEL_CONTENT_FILTERED


def test_a_reply_that_ran_out_of_tokens_before_any_text_says_so_and_what_it_cost() -> None:
    usage = _event(choices=[], usage={"prompt_tokens": 7, "completion_tokens": 9})
    parser = _parser()
    assert _fed(parser, _finish("length") + usage + DONE) == ""
    ending = parser.end()
    assert [next(ending), next(ending)] == [Finished("length"), UsageReport(7, 9)]
    with pytest.raises(ModelError, match="token limit") as caught:
        next(ending)
    assert caught.value.code is ErrorCode.MODEL_REJECTED


@pytest.mark.parametrize(
    "call",
    [
        _event(choices=[{"delta": {"tool_calls": [{"index": 0}]}, "finish_reason": "stop"}]),
        _event(choices=[{"delta": {"function_call": {"name": "f"}}}]),
        _finish("tool_calls"),
    ],
)
def test_a_call_of_a_tool_is_rejected_even_after_text(call: bytes) -> None:
    rejected = (ErrorCode.MODEL_REJECTED, chat_completions.TOOL_ASKED_FOR)
    assert _fail(call, DONE) == rejected
    assert _fail(_text("a"), call, DONE) == rejected


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b" \r\n",
        DONE,
        _finish(),
        b"<!doctype html>\n<html>Sign in</html>\n",
        b": only comments\n\n",
        b"data: {\n\n",
        b"data: [1]\n\n",
        b"data: " + b"[" * 400 + b"\n\n",
        b"{",
        b"{}",
        b'{"choices": [{"message": {"content": ""}}]}',
    ],
)
def test_what_is_no_reply_is_unavailable(body: bytes) -> None:
    assert _fail(body) == UNAVAILABLE


def test_deeply_nested_json_is_no_reply() -> None:
    parser = ReplyParser(max_reply_bytes=1_000_000, max_line_bytes=1_000_000)
    with pytest.raises(ModelError):
        _fed(parser, b'data: {"a":' + b"[" * 200_000 + b"\n\n")


@pytest.mark.parametrize(
    ("error", "code"),
    [
        ({"code": "rate_limit_exceeded"}, ErrorCode.MODEL_RATE_LIMITED),
        ({"type": "rate_limit_error"}, ErrorCode.MODEL_RATE_LIMITED),
        ({"code": 429}, ErrorCode.MODEL_RATE_LIMITED),
        ({"code": "invalid_api_key"}, ErrorCode.MODEL_AUTHENTICATION),
        ({"type": "server_error", "code": None}, ErrorCode.MODEL_UNAVAILABLE),
        ("the model crashed", ErrorCode.MODEL_UNAVAILABLE),
    ],
)
def test_an_error_object_in_the_stream_fails_with_what_its_code_tells(
    error: object, code: ErrorCode
) -> None:
    assert _fail(_text("a"), _event(error=error))[0] is code
    assert _fail(json.dumps({"error": error}).encode())[0] is code


def test_an_error_object_of_older_servers_is_one_too() -> None:
    error = _event(object="error", message="overloaded", code=503)
    assert _fail(_text("a"), error) == UNAVAILABLE


def test_a_quota_used_up_in_the_stream_is_not_worth_a_retry() -> None:
    with pytest.raises(ModelError, match="quota") as caught:
        _read(_event(error={"code": "insufficient_quota"}))
    assert not caught.value.retryable
    assert str(caught.value) == model_errors.QUOTA_USED_UP


def test_the_text_before_a_fault_in_the_same_bytes_is_kept() -> None:
    for fault in (b"data: {\n\n", b"data: " + b"x" * 600, _event(error="x")):
        text, error = _parser().feed(_text("kept") + fault)
        assert text == "kept"
        assert error is not None


def test_a_plain_answer_gives_the_same_events() -> None:
    answer = {
        "choices": [{"message": {"content": "Hé 😀"}, "finish_reason": "stop"}],
        "usage": {"prompt_tokens": 1, "completion_tokens": 2},
    }
    body = json.dumps(answer, ensure_ascii=False).encode()
    expected = [TextPiece("Hé 😀"), Finished("stop"), UsageReport(1, 2)]
    assert _read(b"\n ", *(bytes([byte]) for byte in body), b"\n") == expected


def test_a_plain_answer_that_is_read_whole_needs_no_finish_reason() -> None:
    assert _read(b'{"choices":[{"message":{"content":"a"}}]}') == [TextPiece("a")]


def test_a_plain_answer_over_the_limit_is_refused() -> None:
    assert _fail(b"{" + b" " * 600, b" " * 600) == UNAVAILABLE


def test_text_over_the_limit_is_refused() -> None:
    assert _fail(*[_text("é" * 50)] * 11) == UNAVAILABLE


def test_a_flood_that_holds_no_text_is_refused() -> None:
    assert _fail(*[b": ping\n\n" * 100] * 21) == UNAVAILABLE


def test_comments_and_blank_lines_are_silence() -> None:
    parser = _parser()
    _fed(parser, b"\n\n: ping\n\n")
    assert parser.heard == 0
    _fed(parser, b"data")
    assert parser.heard > 0
    plain = _parser()
    _fed(plain, b"\n{")
    _fed(plain, b"\n\n")
    assert plain.heard == 1


def test_text_that_came_in_one_go_is_one_piece() -> None:
    assert _parser().feed(_text("Hel") + _text("lo") + _text("!")) == ("Hello!", None)


def test_what_came_before_a_fault_is_told_before_the_fault() -> None:
    text, fault = _parser().feed(_text("Hel") + _text("lo") + b"data: {broken\n\n")
    assert text == "Hello"
    assert fault is not None


def test_of_a_plain_answer_too() -> None:
    parser = _parser()
    parser.feed(json.dumps({"choices": [{"message": {"content": "a"}}], "error": "x"}).encode())
    events = parser.end()
    assert next(events) == TextPiece("a")
    with pytest.raises(ModelError):
        next(events)


def test_where_no_text_came_there_is_no_piece() -> None:
    assert _parser().feed(_finish()) == ("", None)
