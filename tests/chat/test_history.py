"""What of a conversation is sent to the model."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chat import budget
from chat.history import HistoryLimits, Window, counts, prompt
from chat.model import PromptMessage
from chat.records import Message, MessageStatus, Role
from tests.chat.examples import a_conversation, a_message, a_user

CONVERSATION = a_conversation(a_user().id)
SENT = {MessageStatus.COMPLETE, MessageStatus.STOPPED, MessageStatus.INTERRUPTED}

messages = st.builds(
    lambda role, status, content: a_message(CONVERSATION, 0, content, role=role, status=status),
    st.sampled_from(Role),
    st.sampled_from(MessageStatus),
    st.text(max_size=12),
)
limits = st.builds(HistoryLimits, messages=st.integers(1, 6), tokens=st.integers(0, 60))


@pytest.mark.parametrize("role", [Role.USER, Role.ASSISTANT])
@pytest.mark.parametrize("status", MessageStatus)
def test_final_messages_that_did_not_fail_count(role: Role, status: MessageStatus) -> None:
    assert counts(a_message(CONVERSATION, 0, "x", role=role, status=status)) == (status in SENT)


def test_empty_messages_and_prompts_do_not_count() -> None:
    assert not counts(a_message(CONVERSATION, 0, "", role=Role.ASSISTANT))
    assert not counts(a_message(CONVERSATION, 0, "Be brief.", role=Role.SYSTEM))


def window_of(path: list[Message], limit: HistoryLimits, chunk: int) -> Window:
    """A window that was given the path from its end, so many messages at a time."""
    window = Window(limit)
    newest_first = path[::-1]
    for start in range(0, len(path), chunk):
        window.extend_back(newest_first[start : start + chunk])
    return window


@given(st.lists(messages, max_size=12), limits, st.integers(1, 5))
def test_a_window_is_the_longest_end_of_what_counts_within_its_limits(
    path: list[Message], limit: HistoryLimits, chunk: int
) -> None:
    window = window_of(path, limit, chunk)
    counting = [message for message in path if counts(message)]

    def fits(end: list[Message]) -> bool:
        tokens = sum(budget.message_tokens(message.content) for message in end)
        return len(end) <= 1 or (len(end) <= limit.messages and tokens <= limit.tokens)

    ends = [counting[start:] for start in range(len(counting) + 1)]
    assert list(window.messages) == next(end for end in ends if fits(end))


@given(st.lists(messages, max_size=12), limits)
def test_it_does_not_matter_in_how_many_goes_a_window_is_filled(
    path: list[Message], limit: HistoryLimits
) -> None:
    assert window_of(path, limit, 1).messages == window_of(path, limit, 100).messages


@given(st.lists(messages, max_size=12), limits)
def test_a_full_window_takes_nothing_more(path: list[Message], limit: HistoryLimits) -> None:
    window = window_of(path, limit, 100)
    before = window.messages
    if window.full:
        window.extend_back([a_message(CONVERSATION, 0, "")] * 2)
        window.extend_back([a_message(CONVERSATION, 0, "x")])
        assert window.messages == before


def test_the_newest_message_is_taken_even_when_it_alone_is_over_the_limit() -> None:
    old, new = a_message(CONVERSATION, 0, "old"), a_message(CONVERSATION, 1, "x" * 1000)
    window = window_of([old, new], HistoryLimits(messages=20, tokens=10), 1)
    assert window.messages == (new,)
    assert window.full


def test_a_window_reaches_its_limits_exactly() -> None:
    path = [a_message(CONVERSATION, index, "four") for index in range(3)]
    five_each = HistoryLimits(messages=20, tokens=10)
    assert window_of(path, five_each, 1).messages == tuple(path[1:])
    two = window_of(path, HistoryLimits(messages=2, tokens=1000), 1)
    assert two.messages == tuple(path[1:])
    assert two.full


def test_the_prompt_in_force_goes_first_then_the_window() -> None:
    window = (
        a_message(CONVERSATION, 0, "Hi"),
        a_message(CONVERSATION, 1, "Hello", role=Role.ASSISTANT),
    )
    said = (PromptMessage("user", "Hi"), PromptMessage("assistant", "Hello"))
    assert prompt("Be brief.", window) == (PromptMessage("system", "Be brief."), *said)


@pytest.mark.parametrize("nothing", [None, ""])
def test_without_a_prompt_in_force_there_is_no_system_message(nothing: str | None) -> None:
    assert prompt(nothing, [a_message(CONVERSATION, 0, "Hi")]) == (PromptMessage("user", "Hi"),)
