"""What clients see of an error."""

import pytest
from graphql import GraphQLError

from chat.error_codes import CATALOGUE, ErrorCode
from chat.errors import NotFoundError
from resolvers.errors import presented


def test_an_error_of_ours_keeps_what_it_says() -> None:
    shown = presented(GraphQLError("x", original_error=NotFoundError(field="id")), "r1")
    assert shown.extensions == {
        "code": "NOT_FOUND",
        "retryable": False,
        "retryAfterSeconds": None,
        "field": "id",
        "requestId": "r1",
    }


def test_a_fault_of_ours_is_logged_once_and_not_shown(capsys: pytest.CaptureFixture[str]) -> None:
    cause = ZeroDivisionError("secret detail")
    shown = presented(GraphQLError("secret detail", original_error=cause, path=["a"]), "r1")
    assert shown.message == CATALOGUE[ErrorCode.INTERNAL].sentence
    assert shown.extensions is not None
    assert shown.extensions["code"] == "INTERNAL"
    assert shown.path == ["a"]
    assert shown.original_error is None
    assert capsys.readouterr().out.count("internal error") == 1


@pytest.mark.parametrize(
    ("message", "field"),
    [
        ("Variable '$input' has invalid value at .content: String cannot represent 7", "content"),
        ("Variable '$input' has invalid value at .a.b: no", "b"),
        ("Expected value of type 'X' to include required field 'content', found: {}.", "content"),
        ("Expected value of type 'X' not to include unknown field 'y', found: {}.", "y"),
        ("Cannot query field 'nonsense' on type 'Query'.", None),
    ],
)
def test_a_faulty_request_is_bad_user_input_with_its_field_where_it_is_known(
    message: str, field: str | None
) -> None:
    shown = presented(GraphQLError(message), "r1")
    assert shown.extensions is not None
    assert shown.extensions["code"] == "BAD_USER_INPUT"
    assert shown.extensions.get("field") == field
