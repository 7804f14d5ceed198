"""Errors that speak to people and to programs."""

from collections.abc import Iterator

import pytest

from chat import errors
from chat.error_codes import CATALOGUE, ErrorCode
from chat.errors import ModelError, ParleyError
from tests.chat.examples import NOW

UNAVAILABLE = "I'm temporarily unavailable. Please try again later."

EXAMPLES = {
    errors.UnauthenticatedError(): ErrorCode.UNAUTHENTICATED,
    errors.ForbiddenError(): ErrorCode.FORBIDDEN,
    errors.NotFoundError(): ErrorCode.NOT_FOUND,
    errors.BadUserInputError("content", "must not be blank"): ErrorCode.BAD_USER_INPUT,
    errors.MalformedImportError(2, "is no JSON"): ErrorCode.BAD_USER_INPUT,
    errors.PersistedQueryNotFoundError(): ErrorCode.BAD_USER_INPUT,
    errors.QueryTooComplexError(limit="depth", found=11, allowed=10): ErrorCode.QUERY_TOO_COMPLEX,
    errors.ConversationBusyError(): ErrorCode.CONVERSATION_BUSY,
    errors.IdempotencyKeyReusedError(): ErrorCode.IDEMPOTENCY_KEY_REUSED,
    errors.RateLimitedError(retry_after_seconds=2): ErrorCode.RATE_LIMITED,
    errors.TokenLimitExceededError(resets_at=NOW): ErrorCode.TOKEN_LIMIT_EXCEEDED,
    errors.MessageBlockedError(["card"]): ErrorCode.MESSAGE_BLOCKED,
    errors.ModelError(ErrorCode.MODEL_TIMEOUT): ErrorCode.MODEL_TIMEOUT,
    errors.RunInterruptedError(): ErrorCode.RUN_INTERRUPTED,
    errors.ShuttingDownError(): ErrorCode.SHUTTING_DOWN,
    errors.SlowReaderError(): ErrorCode.RATE_LIMITED,
    errors.StillWritingError(): ErrorCode.MODEL_TIMEOUT,
    errors.OperationTimeoutError(30): ErrorCode.QUERY_TOO_COMPLEX,
    errors.IssuerUnavailableError(): ErrorCode.INTERNAL,
    errors.StoreUnavailableError(): ErrorCode.INTERNAL,
}


def kinds(base: type[ParleyError]) -> Iterator[type[ParleyError]]:
    """Every class of the tree below a class; other rooms may have leaves of their own."""
    for kind in base.__subclasses__():
        if kind.__module__ == errors.__name__:
            yield kind
            yield from kinds(kind)


def test_every_code_has_an_entry_in_the_catalogue() -> None:
    assert set(CATALOGUE) == set(ErrorCode)
    for code, entry in CATALOGUE.items():
        assert code == code.value == code.name
        assert entry.sentence.endswith((".", "?"))


@pytest.mark.parametrize(
    ("code", "sentence"),
    [
        (
            ErrorCode.MODEL_RATE_LIMITED,
            "I'm currently experiencing high demand. Please try again in a moment.",
        ),
        (ErrorCode.MODEL_AUTHENTICATION, "Authentication error. Please contact support."),
        (
            ErrorCode.MODEL_REJECTED,
            "I had trouble understanding your request. Could you rephrase it?",
        ),
        (ErrorCode.MODEL_TIMEOUT, UNAVAILABLE),
        (ErrorCode.MODEL_UNAVAILABLE, UNAVAILABLE),
    ],
)
def test_a_failed_model_is_explained_word_for_word(code: ErrorCode, sentence: str) -> None:
    assert str(ModelError(code)) == sentence


def test_trying_again_helps_when_the_cause_may_pass() -> None:
    assert {code for code, entry in CATALOGUE.items() if entry.retryable} == {
        ErrorCode.CONVERSATION_BUSY,
        ErrorCode.RATE_LIMITED,
        ErrorCode.MODEL_RATE_LIMITED,
        ErrorCode.MODEL_TIMEOUT,
        ErrorCode.MODEL_UNAVAILABLE,
        ErrorCode.RUN_INTERRUPTED,
        ErrorCode.SHUTTING_DOWN,
    }


def test_the_catalogue_cannot_be_changed() -> None:
    with pytest.raises(TypeError):
        CATALOGUE[ErrorCode.INTERNAL] = CATALOGUE[ErrorCode.NOT_FOUND]  # type: ignore[index]


def test_every_error_has_its_place_in_the_tree_and_its_code() -> None:
    assert {type(error) for error in EXAMPLES} == set(kinds(ParleyError))
    for error, code in EXAMPLES.items():
        assert error.code is code
        foreign = isinstance(error, errors.PersistedQueryNotFoundError)
        assert error.extensions["code"] == ("PERSISTED_QUERY_NOT_FOUND" if foreign else code.value)
        assert error.extensions["retryable"] is error.retryable


def test_the_module_draws_every_error_in_its_tree() -> None:
    assert errors.__doc__ is not None
    for kind in kinds(ParleyError):
        assert f"── {kind.__name__} " in errors.__doc__


def test_an_error_without_a_message_says_the_catalogues_sentence() -> None:
    error = ParleyError(code=ErrorCode.RATE_LIMITED, retry_after_seconds=2.5)
    assert str(error) == CATALOGUE[ErrorCode.RATE_LIMITED].sentence
    assert error.extensions == {
        "code": "RATE_LIMITED",
        "retryable": True,
        "retryAfterSeconds": 2.5,
    }


def test_an_error_of_no_other_kind_is_internal() -> None:
    assert ParleyError().code is ErrorCode.INTERNAL
    assert ParleyError.code is ErrorCode.INTERNAL


def test_what_the_raiser_knows_better_goes_before_the_catalogue() -> None:
    error = ModelError(
        ErrorCode.MODEL_REJECTED, "Too long.", retryable=True, retry_after_seconds=1, answered=True
    )
    assert (str(error), error.retryable, error.retry_after_seconds) == ("Too long.", True, 1)
    assert error.answered
    assert ParleyError(code=ErrorCode.RATE_LIMITED, retryable=False).retryable is False


def test_a_model_that_failed_has_not_answered_unless_that_is_said() -> None:
    assert not ModelError(ErrorCode.MODEL_TIMEOUT).answered


def test_a_bad_input_names_its_field_and_the_problem() -> None:
    error = errors.BadUserInputError("content", "must not be blank")
    assert str(error) == "content must not be blank."
    assert error.extensions == {
        "code": "BAD_USER_INPUT",
        "retryable": False,
        "retryAfterSeconds": None,
        "field": "content",
    }


def test_a_reused_key_names_the_field_of_the_key() -> None:
    assert errors.IdempotencyKeyReusedError().extensions["field"] == "idempotencyKey"


def test_a_spent_budget_says_when_the_next_month_begins() -> None:
    error = errors.TokenLimitExceededError(resets_at=NOW)
    assert error.extensions["resetsAt"] == "2026-11-23T12:00:00+00:00"
    assert "field" not in error.extensions


def test_a_blocked_message_names_the_kinds_that_were_found() -> None:
    extensions = errors.MessageBlockedError(["card", "email"]).extensions
    assert (extensions["field"], extensions["kinds"]) == ("content", ["card", "email"])


def test_a_busy_database_is_worth_another_try() -> None:
    error = errors.StoreUnavailableError()
    assert str(error) == "The database is busy. Please try again in a moment."
    assert error.retryable


def test_a_slow_reader_is_told_how_to_come_back() -> None:
    assert "afterIndex" in str(errors.SlowReaderError())


def test_a_query_that_is_too_complex_says_in_what() -> None:
    error = errors.QueryTooComplexError(limit="depth", found=11, allowed=10)
    assert str(error) == "This query is too complex: depth 11, and at most 10 is allowed."
    shown = {key: error.extensions[key] for key in ("limit", "found", "allowed")}
    assert shown == {"limit": "depth", "found": 11, "allowed": 10}
    cycles = errors.QueryTooComplexError(limit="fragmentCycles", found=1, allowed=0)
    assert "complex: fragment cycles 1," in str(cycles)


def test_an_unknown_hash_is_told_as_apollos_protocol_has_it() -> None:
    error = errors.PersistedQueryNotFoundError()
    assert str(error) == "PersistedQueryNotFound"
    assert error.extensions == {
        "code": "PERSISTED_QUERY_NOT_FOUND",
        "retryable": False,
        "retryAfterSeconds": None,
    }
