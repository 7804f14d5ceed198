"""Which status goes with which result."""

import pytest

from chat.error_codes import ErrorCode
from resolvers.results import Result
from web.http.media_types import AnswerType
from web.http.statuses import status_of


@pytest.mark.parametrize(
    ("code", "old", "new"),
    [
        (ErrorCode.BAD_USER_INPUT, 200, 400),
        (ErrorCode.QUERY_TOO_COMPLEX, 200, 400),
        ("PERSISTED_QUERY_NOT_FOUND", 200, 400),
        (ErrorCode.UNAUTHENTICATED, 401, 401),
        (ErrorCode.RATE_LIMITED, 429, 429),
        (ErrorCode.SHUTTING_DOWN, 503, 503),
        (ErrorCode.INTERNAL, 503, 503),
    ],
)
def test_what_was_refused_has_its_status_by_code_and_media_type(
    code: str, old: int, new: int
) -> None:
    refused = Result(b"{}", code, refused=True)
    assert status_of(refused, AnswerType.JSON) == old
    assert status_of(refused, AnswerType.GRAPHQL_RESPONSE) == new


@pytest.mark.parametrize("type_", list(AnswerType))
@pytest.mark.parametrize("code", [None, *ErrorCode])
def test_what_was_run_is_200_whatever_came_of_it(code: str | None, type_: AnswerType) -> None:
    assert status_of(Result(b"{}", code), type_) == 200
