"""What a refusal means for the sender."""

from datetime import UTC, datetime

import pytest

from adapters.model_errors import (
    QUOTA_USED_UP,
    TOO_LONG,
    UNKNOWN_MODEL,
    from_status,
    retry_after_seconds,
)
from adapters.wire import ServerError
from chat.error_codes import ErrorCode

NOW = datetime(2026, 7, 1, 12, 0, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("status", "code"),
    [
        (400, ErrorCode.MODEL_REJECTED),
        (404, ErrorCode.MODEL_REJECTED),
        (405, ErrorCode.MODEL_REJECTED),
        (422, ErrorCode.MODEL_REJECTED),
        (401, ErrorCode.MODEL_AUTHENTICATION),
        (403, ErrorCode.MODEL_AUTHENTICATION),
        (408, ErrorCode.MODEL_TIMEOUT),
        (409, ErrorCode.MODEL_UNAVAILABLE),
        (429, ErrorCode.MODEL_RATE_LIMITED),
        (204, ErrorCode.MODEL_UNAVAILABLE),
        (302, ErrorCode.MODEL_UNAVAILABLE),
        (500, ErrorCode.MODEL_UNAVAILABLE),
        (503, ErrorCode.MODEL_UNAVAILABLE),
        (529, ErrorCode.MODEL_UNAVAILABLE),
        (999, ErrorCode.MODEL_UNAVAILABLE),
    ],
)
def test_the_status_decides_where_the_body_tells_nothing(status: int, code: ErrorCode) -> None:
    error = from_status(status, ServerError(message="secret"), headers={}, now=NOW)
    assert error.code is code
    assert not error.answered
    assert "secret" not in str(error)


@pytest.mark.parametrize(
    ("status", "error", "code", "sentence"),
    [
        (400, ServerError(code="context_length_exceeded"), ErrorCode.MODEL_REJECTED, TOO_LONG),
        (400, ServerError(kind="exceed_context_size_error"), ErrorCode.MODEL_REJECTED, TOO_LONG),
        (400, ServerError(message="prompt is too long"), ErrorCode.MODEL_REJECTED, TOO_LONG),
        (413, ServerError(), ErrorCode.MODEL_REJECTED, TOO_LONG),
        (404, ServerError(code="model_not_found"), ErrorCode.MODEL_REJECTED, UNKNOWN_MODEL),
        (402, ServerError(), ErrorCode.MODEL_RATE_LIMITED, QUOTA_USED_UP),
        (429, ServerError(code="insufficient_quota"), ErrorCode.MODEL_RATE_LIMITED, QUOTA_USED_UP),
        (429, ServerError(kind="insufficient_quota"), ErrorCode.MODEL_RATE_LIMITED, QUOTA_USED_UP),
    ],
)
def test_a_telling_code_has_its_own_sentence(
    status: int, error: ServerError, code: ErrorCode, sentence: str
) -> None:
    found = from_status(status, error, headers={"Retry-After": "1"}, now=NOW)
    assert (found.code, str(found)) == (code, sentence)
    assert not found.retryable
    assert found.retry_after_seconds is None


def test_a_filtered_prompt_is_told_from_a_bad_request() -> None:
    error = from_status(400, ServerError(code="content_filter"), headers={}, now=NOW)
    assert error.code is ErrorCode.MODEL_CONTENT_FILTERED


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"retry-after-ms": "1500", "Retry-After": "2"}, 1.5),
        ({"Retry-After": "20"}, 20),
        ({"Retry-After": "Wed, 01 Jul 2026 12:00:30 GMT"}, 30),
        ({"Retry-After": "Wed, 01 Jul 2026 12:00:30 -0000"}, 30),
        ({"Retry-After": "Wed, 01 Jul 2026 11:00:00 GMT"}, 0),
        ({"Retry-After": "-5"}, 0),
        ({"Retry-After": "1e9"}, 86_400),
        ({"Retry-After": "nan"}, None),
        ({"retry-after-ms": "soon", "Retry-After": "later"}, None),
        ({}, None),
    ],
)
def test_the_wait_that_is_asked_for_is_understood(
    headers: dict[str, str], seconds: float | None
) -> None:
    assert retry_after_seconds(headers, now=NOW) == seconds
    error = from_status(429, ServerError(), headers=headers, now=NOW)
    assert error.retry_after_seconds == seconds
