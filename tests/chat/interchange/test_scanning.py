"""Files of Parley's own format: what is malformed is refused with its line."""

import json
from collections.abc import Callable
from io import BytesIO
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chat.errors import BadUserInputError, MalformedImportError
from chat.interchange.format import LONGEST_LINE, LONGEST_PATH
from chat.interchange.scanning import scan
from chat.interchange.structure import Family
from tests.chat.interchange.lines import (
    EDIT,
    ROOT,
    TIME,
    TOPIC,
    USER,
    Line,
    conversation,
    end,
    family,
    file,
    header,
    message,
    reply,
    segment,
    source_last,
    variant,
)

Change = Callable[[list[Line]], object]


def refusal(content: BytesIO, **options: Any) -> str:
    """What is said of a file that is refused."""
    with pytest.raises(MalformedImportError) as refused:
        scan(content, USER, **options)
    assert refused.value.field == "data"
    assert str(refused.value).startswith(f"Line {refused.value.extensions['line']}: ")
    return str(refused.value)


def test_a_family_is_found_with_its_lines_and_counts() -> None:
    told: list[int] = []
    [span] = scan(file(family()), USER, progress=told.append)
    assert [entry.line for entry in span.entries] == [2, 8, 11]
    assert [entry.variant for entry in span.entries] == [False, True, False]
    assert span.messages == 8
    assert sum(told) == len(file(family()).getvalue())


def test_families_are_told_apart_and_blank_lines_and_a_byte_order_mark_do_not_count() -> None:
    lines = [header(), conversation(), conversation(TOPIC, family=TOPIC), end(2, 0)]
    texts = [json.dumps(line) for line in lines]
    content = BytesIO(("\ufeff" + "\r\n\r\n".join(texts) + "\n \n").encode())
    assert [len(span.entries) for span in scan(content, USER)] == [1, 1]


def test_a_family_may_be_shown_before_the_source_of_its_messages() -> None:
    """So it may be after a delete on machines whose clocks differ."""
    assert scan(file(source_last()), USER)[0].messages == 3


def test_messages_that_others_left_behind_stand_before_its_own() -> None:
    lines = [
        header(),
        conversation(
            messageCount=2,
            branchKind="TOPIC",
            branchedAtIndex=1,
            path=[segment(ROOT, 0, 1), segment(ROOT, 1)],
        ),
        message(0),
        reply(1, 0),
        end(1, 2),
    ]
    assert scan(file(lines), USER)[0].messages == 2


def test_two_may_each_have_messages_of_the_other_s_past() -> None:
    lines = [
        header(),
        conversation(
            messageCount=4, branchKind="TOPIC", branchedAtIndex=2,
            path=[segment(ROOT, 0, 1), segment(TOPIC, 1, 2), segment(ROOT, 2)],
        ),
        message(0),
        message(2),
        reply(3, 2),
        conversation(
            TOPIC, messageCount=2, branchKind="TOPIC", branchedAtIndex=1,
            path=[segment(ROOT, 0, 1), segment(TOPIC, 1)],
        ),
        reply(1, 0),
        end(2, 4),
    ]  # fmt: skip
    assert scan(file(lines), USER)


def test_a_family_begins_with_a_conversation() -> None:
    with pytest.raises(BadUserInputError):
        _ = Family(USER).current


def test_more_conversations_than_are_wanted_are_refused() -> None:
    assert "at most 2 in a request" in refusal(file(family()), most=2)
    assert scan(file(family()), USER, most=3)


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"", "Line 1: The file breaks off"),
        (b"nonsense", "Line 1: The line must be JSON in UTF-8."),
        (b"[]\n", "Line 1: The line must be an object."),
        (b"\xff\xfe\n", "Line 1: The line must be JSON in UTF-8."),
        (b'{"type": NaN}\n', "Line 1: The line must be JSON in UTF-8."),
        (b'{"a":' * 100_000, "Line 1: The line must be JSON in UTF-8."),
        (b"9" * 5000, "Line 1: The line must be JSON in UTF-8."),
        (b" " * 5 + b'"' * (LONGEST_LINE + 1), "Line 1: The line must have at most 8,388,608"),
        (b"{}\n", "Line 1: The first line must be the header of a Parley export."),
        (b'{"type":[]}\n', "Line 1: type must be text."),
        (b'{"type":"header","format":"parley","version":2}\n', "Line 1: version must be 1."),
        (b'{"type":"header","format":"parley","version":"1"}\n', "Line 1: version must be a whole"),
        (b'{"type":"header","format":"parley","version":true}\n', "Line 1: version must be a"),
    ],
)
def test_what_is_no_export_is_refused_at_its_first_line(content: bytes, expected: str) -> None:
    assert refusal(BytesIO(content)).startswith(expected)


def without(number: int) -> Change:
    """Drop a line."""
    return lambda lines: lines.pop(number - 1)


def put(number: int, line: Line) -> Change:
    """Add a line."""
    return lambda lines: lines.insert(number - 1, line)


def change(number: int, **fields: Any) -> Change:
    """Change fields of a line."""
    return lambda lines: lines[number - 1].update(fields)


@pytest.mark.parametrize(
    ("damage", "expected"),
    [
        (without(13), "Line 13: The file breaks off: its last line is missing."),
        (without(2), "Line 2: The line must be a conversation or the end."),
        (without(4), "Line 4: index must be 1."),
        (without(7), "Line 7: The line must be the message with index 4."),
        (without(12), "Line 12: The line must be the message with index 5."),
        (without(8), "Line 8: index is one too many."),
        (change(13, messages=9), "Line 13: messages must be 8: something is missing."),
        (change(13, conversations=None), "Line 13: conversations must be 3: something is missing."),
        (put(14, message(6)), "Line 14: The line comes after the end."),
        (put(13, conversation()), "Line 13: id is that of a conversation on a line before."),
        (put(13, conversation(family=TOPIC)), "Line 13: id is that of a conversation on a"),
        (change(3, type="remark"), "Line 3: type must be conversation, message or end."),
        (change(2, family=None), "Line 2: family is missing."),
        (change(2, id="1"), "Line 2: id must be a UUID in small letters."),
        (change(2, id=7), "Line 2: id must be a UUID in small letters."),
        (change(2, name=None), "Line 2: name is missing."),
        (change(2, name=" "), "Line 2: name must not be blank."),
        (change(2, name="x" * 201), "Line 2: name must have at most 200 characters."),
        (change(2, name=["N"]), "Line 2: name must be text."),
        (change(2, model="a\x00"), "Line 2: model must not hold the character NUL."),
        (change(2, systemPrompt=" "), "Line 2: systemPrompt must not be blank."),
        (change(2, systemPrompt="Q"), "Line 2: systemPrompt is not the last system message"),
        (change(8, systemPrompt=None), "Line 8: systemPrompt is not the last system message"),
        (change(11, systemPrompt="P"), "Line 11: systemPrompt is not the last system message"),
        (change(2, temperature=2.5), "Line 2: temperature must be from 0 to 2."),
        (change(2, temperature="1"), "Line 2: temperature must be a number."),
        (change(2, temperature=True), "Line 2: temperature must be a number."),
        (change(2, temperature=10**400), "Line 2: temperature is too large."),
        (change(2, maxTokens=0), "Line 2: maxTokens must be from 1 to 128,000."),
        (change(2, messageCount="5"), "Line 2: messageCount must be a whole number"),
        (change(2, messageCount=5.0), "Line 2: messageCount must be a whole number"),
        (change(2, messageCount=None), "Line 2: messageCount is missing."),
        (change(2, tokensUsed=-1), "Line 2: tokensUsed must be a whole number"),
        (change(2, createdAt="yesterday"), "Line 2: createdAt must be a time such as"),
        (change(2, createdAt=0), "Line 2: createdAt must be a time such as"),
        (change(2, createdAt="2026-11-24T12:00:00"), "Line 2: createdAt must have an offset"),
        (change(2, createdAt="0001-01-01T00:00:00+10:00"), "Line 2: createdAt must be a time"),
        (change(2, updatedAt=None), "Line 2: updatedAt is missing."),
        (change(2, path=None), "Line 2: path must be a list."),
        (change(2, path=[1]), "Line 2: path must hold objects."),
        (change(2, path=[{}] * (LONGEST_PATH + 1)), "Line 2: path must have at most 10,000 items."),
        (change(2, path=[{}]), "Line 2: path.source is missing."),
        (change(2, path=[]), "Line 2: path must end with an open segment"),
        (change(2, path=[segment(ROOT, 0, 5)]), "Line 2: path must end with an open segment"),
        (change(2, path=[segment(EDIT, 0)]), "Line 2: path must end with an open segment"),
        (change(2, path=[segment(ROOT, 1)]), "Line 2: path must be shared below branchedAtIndex"),
        (
            change(2, path=[segment(ROOT, 0, 2), segment(ROOT, 2)]),
            "Line 2: path must be shared below branchedAtIndex, and only there.",
        ),
        (
            change(8, path=[segment(ROOT, 1, 3), segment(EDIT, 3)]),
            "Line 8: path must have no gap.",
        ),
        (
            change(8, path=[segment(ROOT, 0), segment(EDIT, 3)]),
            "Line 8: path must have no gap.",
        ),
        (
            change(8, path=[segment(ROOT, 0, 0), segment(EDIT, 3)]),
            "Line 8: path must have no gap.",
        ),
        (
            change(8, path=[segment(TIME, 0, 3), segment(EDIT, 3)]),
            "Line 8: source must be a UUID in small letters.",
        ),
        (
            change(8, path=[segment(EDIT[:-1] + "9", 0, 3), segment(EDIT, 3)], parent=None),
            "Line 8: path.source is not in the family.",
        ),
        (
            change(8, path=[segment(TOPIC, 0, 3), segment(EDIT, 3)], parent=None),
            "Line 8: path shows messages that are not there.",
        ),
        (
            change(11, path=[segment(ROOT, 0, 3), segment(EDIT, 3, 5), segment(TOPIC, 5)]),
            "Line 11: path differs from that of the conversation that it shares.",
        ),
        (
            change(11, path=[segment(ROOT, 0, 4), segment(EDIT, 4, 5), segment(TOPIC, 5)]),
            "Line 11: path differs from that of the conversation that it shares.",
        ),
        (
            change(11, branchedAtIndex=7, path=[segment(ROOT, 0, 7), segment(TOPIC, 7)]),
            "Line 11: messageCount must not be below branchedAtIndex.",
        ),
        (change(8, branchKind="FORK"), "Line 8: branchKind must be one of TOPIC, EDIT,"),
        (change(8, branchKind={}), "Line 8: branchKind must be one of TOPIC, EDIT,"),
        (change(8, branchedAtIndex=None), "Line 8: branchedAtIndex belongs to a branchKind."),
        (change(2, branchedAtIndex=0), "Line 2: branchedAtIndex belongs to a branchKind."),
        (change(8, root=None), "Line 8: root belongs to a variant."),
        (change(11, root=ROOT), "Line 11: root belongs to a variant."),
        (change(2, parent=ROOT), "Line 2: parent belongs to a branch."),
        (change(8, parent=TOPIC), "Line 8: parent must be a conversation of the family on a line"),
        (change(8, parent=EDIT), "Line 8: parent must be a conversation of the family on a line"),
        (change(11, branchKind="EDIT", root=EDIT), "Line 11: root must not be a variant."),
        (change(2, activeVariant=TOPIC), "Line 2: activeVariant is no variant of it."),
        (change(2, activeVariant=TIME), "Line 2: activeVariant must be a UUID"),
        (change(2, activeVariant=EDIT[:-1] + "9"), "Line 2: activeVariant is no variant of it."),
        (change(4, role="TOOL"), "Line 4: role must be one of SYSTEM, USER, ASSISTANT."),
        (change(4, status="STOPPED"), "Line 4: status must be COMPLETE, unless it is a reply's."),
        (change(4, run={}), "Line 4: run belongs to a reply."),
        (change(4, content=" "), "Line 4: content must not be blank."),
        (change(4, content=None), "Line 4: content is missing."),
        (change(4, content="\ud800"), "Line 4: content must not hold half of a surrogate pair."),
        (change(4, content="x" * 100_001), "Line 4: content must have at most 100,000 characters."),
        (change(5, content="x" * 1_000_001), "Line 5: content must have at most 1,000,000"),
        (change(4, index=1.5), "Line 4: index must be a whole number"),
        (change(5, usageSource="GUESSED"), "Line 5: usageSource must be one of PROVIDER,"),
        (change(5, error=[]), "Line 5: error must be an object."),
        (change(5, error={}), "Line 5: error belongs to a reply that is FAILED."),
        (change(5, status="FAILED", error={}), "Line 5: error.code is missing."),
        (
            change(5, status="FAILED", error={"code": "INTERNAL", "retryAfterSeconds": -1}),
            "Line 5: error.retryAfterSeconds must be from 0 seconds to a year.",
        ),
        (
            change(5, status="FAILED", error={"code": "INTERNAL", "message": "", "retryable": 1}),
            "Line 5: retryable must be true or false.",
        ),
        (change(5, run={}), "Line 5: run.answers is missing."),
        (change(5, run={"answers": 2}), "Line 5: run.answers must be the index of a message"),
        (change(5, run={"answers": 1}), "Line 5: run.startedAt is missing."),
        (
            change(5, run={"answers": 0, "startedAt": TIME}),
            "Line 5: run.answers is not the index of a user message.",
        ),
        (
            change(10, run={"answers": 2, "startedAt": TIME}),
            "Line 10: run.answers is not the index of a user message.",
        ),
    ],
)
def test_a_damaged_file_is_refused_with_the_line_and_what_is_wrong(
    damage: Change, expected: str
) -> None:
    lines = family()
    damage(lines)
    assert refusal(file(lines)).startswith(expected)


def test_a_variant_of_a_variant_has_the_root_of_its_parent() -> None:
    other = "01900000-0000-7000-8000-000000000009"
    lines = [
        header(),
        conversation(messageCount=0),
        conversation(TOPIC),
        variant(at=0, path=[segment(EDIT, 0)]),
        variant(other, at=0, parent=EDIT, root=TOPIC, path=[segment(other, 0)]),
        end(4, 0),
    ]
    assert refusal(file(lines)) == "Line 5: root must be that of the parent."
    lines[4]["root"] = ROOT
    assert scan(file(lines), USER)


def test_a_path_that_goes_back_and_forth_is_refused() -> None:
    path = [segment((ROOT, TOPIC)[n % 2], n, n + 1) for n in range(300)]
    lines = [
        header(),
        conversation(TOPIC, messageCount=300),
        *(message(n) for n in range(300)),
        conversation(
            branchKind="TOPIC", branchedAtIndex=300, messageCount=300,
            path=[*path, segment(ROOT, 300)],
        ),
    ]  # fmt: skip
    assert "goes back and forth too often" in refusal(file(lines))


def test_a_shared_past_may_not_be_longer_than_what_is_there() -> None:
    lines = [header(), conversation(), variant(at=0, path=[segment(EDIT, 0)]), end(2, 0)]
    assert scan(file(lines), USER)
    lines[2] |= {"branchedAtIndex": 1, "messageCount": 1}
    lines[2]["path"] = [segment(EDIT, 0, 1), segment(EDIT, 1)]
    lines.insert(3, message(0))
    lines[4] = end(2, 1)
    assert refusal(file(lines)).startswith("Line 3: path differs")


@given(st.data())
def test_whatever_is_done_to_a_file_it_is_read_or_refused_with_a_line(data: st.DataObject) -> None:
    lines = family()
    line = data.draw(st.sampled_from(lines))
    values = st.one_of(
        st.none(), st.booleans(), st.integers(), st.floats(), st.text(), st.just([]),
        st.just({}), st.sampled_from([ROOT, EDIT, TOPIC, TIME, "USER", "FAILED", 0, 3]),
    )  # fmt: skip
    line[data.draw(st.sampled_from(sorted(line)))] = data.draw(values)
    refused_at = 1
    try:
        scan(file(lines), USER)
    except MalformedImportError as error:
        refused_at = int(str(error.details["line"]))
    assert 1 <= refused_at <= len(lines) + 1


@given(st.binary(max_size=200))
def test_whatever_is_sent_is_refused(content: bytes) -> None:
    assert refusal(BytesIO(content))


def test_a_reply_without_a_run_is_let_in() -> None:
    lines = [header(), conversation(messageCount=1), reply(0, 0, run=None), end(1, 1)]
    assert scan(file(lines), USER)
