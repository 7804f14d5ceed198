"""What counts as a secret, and what does not."""

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from web.log_secrets import MASK, suspicion, without_secrets

SHAPED = [
    f"parley_{'a' * 43}",
    "sk-1234",
    "eyJhbGciOiJIUzI1NiJ9",
    "Bearer abc",
    "bEARER=abc",
    "postgres://me:pass@host/name",
]
OWN = ["p@ss'wörd/1", "ΛΌΓΟΣ and more", 'a "quoted" one\n', "MiXeD-case"]


def cleaned(text: str, *secrets: str) -> str:
    """A text as it leaves."""
    event = without_secrets(secrets)(None, "info", {"event": text})
    assert isinstance(event, dict)
    return str(event["event"])


@pytest.mark.parametrize(
    "text",
    [
        f"parley_{'a' * 43}",
        "sk-1234",
        "sk-proj-AbC_123-xyz",
        "eyJhbGciOiJIUzI1NiJ9",
        "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.s1g-_",
        "Bearer abc",
        "bearer:   x.y+z/==",
    ],
)
@pytest.mark.parametrize(
    "around", ["{}", "({})", "key={}, more", '"{}"', "\n{}\n", "/?token={}&a=b"]
)
def test_what_looks_like_a_secret_is_masked_and_what_stands_around_it_is_kept(
    text: str, around: str
) -> None:
    left = cleaned(around.format(text))
    assert left == around.format(MASK)


@pytest.mark.parametrize(
    "text",
    [
        "task-force",
        "disk-usage is high",
        "parley_test",
        "the bearer",
        "conversation_01a2b3c4d5e6f7a8b9c0d1e2f3a4b5c6",
        "http://127.0.0.1:8000/graphql",
        "Task exception was never retrieved",
    ],
)
def test_what_does_not_stays(text: str) -> None:
    assert cleaned(text) == text


def test_a_password_in_an_address_is_masked() -> None:
    assert cleaned("postgres://me:pass@host/name") == f"postgres://{MASK}@host/name"


@pytest.mark.parametrize("spelled", ["p@ss'wörd/1", "p%40ss%27w%C3%B6rd%2F1"])
def test_the_deployments_own_secrets_are_known_by_heart(spelled: str) -> None:
    assert cleaned(f"<{spelled}>", "p@ss'wörd/1") == f"<{MASK}>"


def test_a_secret_that_holds_another_is_masked_whole() -> None:
    assert cleaned("abcdef-and-more", "abcdef", "abcdef-and-more") == MASK


def test_a_word_of_a_few_letters_is_no_secret() -> None:
    assert cleaned("a test of it", "test", "") == "a test of it"


def test_numbers_stay_numbers_and_strange_values_become_their_text() -> None:
    class Strange:
        def __str__(self) -> str:
            return "holds sk-12345678"

    event = {"n": 1.5, "flag": True, "none": None, "strange": Strange(), "set": {"Bearer x"}}
    assert without_secrets([])(None, "info", event) == {
        "n": 1.5,
        "flag": True,
        "none": None,
        "strange": f"holds {MASK}",
        "set": [MASK],
    }


@given(
    before=st.text(max_size=5),
    secret=st.sampled_from([*SHAPED, *OWN]),
    after=st.text(max_size=5),
)
def test_a_line_with_something_to_mask_is_always_suspicious(
    before: str, secret: str, after: str
) -> None:
    text = f"{before}{secret}{after}"
    line = orjson.dumps({"event": text}).decode()
    assert cleaned(text, *OWN) == text or suspicion(OWN)(line)


def test_a_line_without_anything_to_mask_is_not_suspicious() -> None:
    line = '{"name":"Inbox","kind":"query","request_id":"r1","event":"operation"}'
    assert not suspicion(OWN)(line)
