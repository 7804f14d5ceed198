"""ChatGPT's export: its trees become conversations with variants, its oddities are told of."""

import json
from datetime import UTC, datetime
from io import BytesIO
from typing import Any
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from chat.interchange.chatgpt import ChatGptExport
from chat.interchange.format import KeptConversation, KeptMessage, source_at
from chat.interchange.scanning import ignore, records, scan

NOW = datetime(2026, 11, 24, tzinfo=UTC)
USER = UUID(int=77)
Json = dict[str, Any]


def said(role: str, *parts: object, **fields: Any) -> Json:
    """A message as it is exported."""
    content = {"content_type": "text", "parts": list(parts)}
    return {"author": {"role": role}, "content": content, "create_time": 1700000000.5, **fields}


def node(id_: str, parent: str | None, message: Json | None = None, *children: str) -> Json:
    """A node of a mapping."""
    return {id_: {"id": id_, "parent": parent, "children": list(children), "message": message}}


def conversation(*nodes: Json, **fields: Any) -> Json:
    """A conversation with these nodes."""
    mapping = {key: value for one in nodes for key, value in one.items()}
    return {
        "conversation_id": "c1",
        "title": "Title",
        "create_time": 1700000000,
        "mapping": mapping,
        **fields,
    }


def turn(number: int, parent: str | None) -> tuple[Json, Json]:
    """A question `u<number>` and its answer `a<number>`."""
    return (
        node(f"u{number}", parent, said("user", f"question {number}")),
        node(f"a{number}", f"u{number}", said("assistant", f"answer {number}")),
    )


class Converted:
    """What came of some conversations, read as any other file is."""

    def __init__(self, *elements: object) -> None:
        file = BytesIO()
        export = ChatGptExport(file, now=NOW, default_model="default")
        for element in elements:
            export.add(element)
        export.end()
        self.export = export
        self.left_out = export.left_out
        self.spans = scan(file, USER)
        read = [one for span in self.spans for one in records(file, span, USER, ignore)]
        self.kept = [one for one in read if isinstance(one, KeptConversation)]
        self.messages = [one for one in read if isinstance(one, KeptMessage)]

    def paths(self) -> list[list[str]]:
        """The texts of each path."""
        written = {
            (one.message.conversation_id, one.message.index): one.message.content
            for one in self.messages
        }
        return [
            [
                written[source_at(kept.path, index), index]
                for index in range(kept.conversation.next_index)
            ]
            for kept in self.kept
        ]


def test_a_plain_conversation_keeps_its_texts_its_model_and_its_times() -> None:
    made = Converted(
        conversation(
            node("root", None, None, "s"),
            node("s", "root", said("system", "")),
            node("u", "s", said("user", "Hi", "there")),
            node("a", "u", said("assistant", "Hello", metadata={"model_slug": "gpt-4o"})),
            current_node="a",
            update_time=1700000100,
            is_archived=True,
        )
    )
    assert made.paths() == [["Hi\nthere", "Hello"]]
    assert made.left_out == []
    [kept] = made.kept
    assert (kept.conversation.name, kept.conversation.model) == ("Title", "gpt-4o")
    assert kept.conversation.created_at == datetime.fromtimestamp(1700000000, UTC)
    assert kept.conversation.archived_at == datetime.fromtimestamp(1700000100, UTC)
    question, answer = made.messages
    assert question.message.created_at == datetime.fromtimestamp(1700000000.5, UTC)
    assert (question.message.model, answer.message.model) == (None, "gpt-4o")
    assert question.run is None
    assert answer.run is not None
    assert answer.run.answers == 0


def test_edits_and_regenerations_become_variants() -> None:
    made = Converted(
        conversation(
            *turn(1, None),
            node("u2", "a1", said("user", "second")),
            node("a2", "u2", said("assistant", "reply")),
            node("a3", "u2", said("assistant", "again")),
            node("u4", "a1", said("user", "edited")),
            node("a4", "u4", said("assistant", "other")),
            node("a5", "u4", said("assistant", "another")),
            current_node="a3",
        )
    )
    start = ["question 1", "answer 1"]
    assert made.paths() == [
        [*start, "second", "again"],
        [*start, "edited", "another"],
        [*start, "second", "reply"],
        [*start, "edited", "other"],
    ]
    kinds = [kept.conversation.branch_kind for kept in made.kept]
    assert kinds == [None, "EDIT", "REGENERATION", "REGENERATION"]
    root, edit, _, deep = (kept.conversation for kept in made.kept)
    assert (deep.parent_id, deep.root_id) == (edit.id, root.id)
    assert [len(span.entries) for span in made.spans] == [4]
    assert made.messages[-1].run is not None
    assert made.messages[-1].run.answers == 2


def test_siblings_are_as_they_are_listed_and_the_newest_is_gone_on_with() -> None:
    made = Converted(
        conversation(
            node("u", None, said("user", "Hi"), "a2", "nobody", "a1"),
            node("a1", "u", said("assistant", "one")),
            node("a2", "u", said("assistant", "two")),
            node("a3", "u", said("assistant", "not listed")),
            current_node="gone",
        )
    )
    assert made.paths() == [["Hi", "not listed"], ["Hi", "two"], ["Hi", "one"]]


def test_edits_of_the_first_message_are_variants_from_the_start() -> None:
    made = Converted(conversation(node("r", None), *turn(1, "r"), *turn(2, "r"), current_node="a2"))
    assert made.paths() == [["question 2", "answer 2"], ["question 1", "answer 1"]]
    assert made.kept[1].conversation.branched_at_index == 0


def test_what_was_not_said_is_left_out_and_told_of() -> None:
    made = Converted(
        conversation(
            node("c", None, said("user", "context", weight=0)),
            node(
                "h", "c",
                said("system", "x", metadata={"is_visually_hidden_from_conversation": True}),
            ),
            node("e", "h", {**said("user"), "content": {
                "content_type": "user_editable_context", "text": "About me"}}),
            node("s", "e", said("system", "Be nice")),
            node("u", "s", said("user", "Search")),
            node("k", "u", said("assistant", "search(x)", recipient="browser")),
            node("t", "k", {**said("tool"), "content": {
                "content_type": "tether_browsing_display", "result": "found"}}),
            node("r", "t", {**said("assistant"), "content": {
                "content_type": "thoughts", "thoughts": [{"content": "hm"}]}}),
            node("n", "r", said("narrator", "once")),
            node("a", "n", said("assistant", "Found", recipient="all")),
            node("empty", "a", said("assistant", "", " ")),
            current_node="empty",
        )
    )  # fmt: skip
    assert made.paths() == [["Search", "Found"]]
    assert made.left_out == [
        (
            1,
            (
                "not taken over: calls of tools (1), hidden messages (3), messages of tools (1), "
                "reasoning (1), system messages (2)"
            ),
        )
    ]


def test_images_and_sounds_become_words_in_brackets() -> None:
    made = Converted(
        conversation(
            node("u", None, {**said("user"), "content": {
                "content_type": "multimodal_text",
                "parts": [
                    {"content_type": "image_asset_pointer", "asset_pointer": "file://x"},
                    "What is this?",
                    {"content_type": "audio_transcription", "text": "Say it"},
                    {"content_type": "audio_asset_pointer"},
                    {"content_type": "real_time_user_audio_video_asset_pointer"},
                    {"content_type": "pdf"},
                    7,
                ],
            }}),
            node("a", "u", {**said("assistant"), "content": {
                "content_type": "code", "text": "print(1)"}}),
        )
    )  # fmt: skip
    assert made.paths()[0] == [
        "[image]\nWhat is this?\nSay it\n[audio]\n[audio]\n[attachment]\n[attachment]",
        "print(1)",
    ]
    assert made.left_out == [(1, "not taken over: attachments (2), images (1), recordings (2)")]


def test_what_is_no_conversation_is_told_of_by_its_number() -> None:
    made = Converted(
        7,
        conversation(*turn(1, None), conversation_id=None),
        conversation(node("x", None)),
        conversation(*turn(1, None)),
        conversation(*turn(1, None)),
        conversation(*turn(1, None), conversation_id=None, id="c2"),
        conversation(mapping=[], conversation_id="c3"),
    )
    assert made.left_out == [
        (1, "is no conversation with an id"),
        (2, "is no conversation with an id"),
        (3, "holds nothing that was said"),
        (5, "has the id of a conversation before it"),
        (7, "holds nothing that was said"),
    ]
    lines = [entry.line for span in made.spans for entry in span.entries]
    assert [made.export.position_of(line) for line in lines] == [4, 6]


def test_names_models_and_times_have_fallbacks() -> None:
    made = Converted(
        conversation(
            node("u", None, said("user", "  First line\nsecond", create_time=None)),
            title="  ",
            create_time="soon",
            default_model_slug=" ",
        ),
        conversation(
            *turn(1, None), conversation_id="c2", create_time=10**30, default_model_slug="o1"
        ),
        conversation(*turn(1, None), conversation_id="c3", create_time=True),
    )
    first, second, third = (kept.conversation for kept in made.kept)
    assert (first.name, first.model) == ("First line", "default")
    assert first.created_at == datetime(1970, 1, 1, tzinfo=UTC)
    assert second.model == "o1"
    assert second.created_at == third.created_at == datetime.fromtimestamp(1700000000.5, UTC)


def test_what_cannot_be_stored_is_replaced_or_cut() -> None:
    made = Converted(
        conversation(
            node("\ud800", None, said("user", " " * 100_001 + "a\x00b\ud800" + "x" * 100_000)),
            title="t\x00" + "x" * 300,
        )
    )
    [[text]] = made.paths()
    assert text.startswith("a\ufffdb\ufffdx")
    assert len(text) == 100_000
    assert len(made.kept[0].conversation.name) == 200
    assert made.left_out == [(1, "not taken over: ends of overlong messages (1)")]


def test_parents_in_a_circle_are_left_out() -> None:
    made = Converted(
        conversation(
            *turn(1, None),
            node("x", "y", said("user", "x")),
            node("y", "x", said("user", "y")),
        )
    )
    assert made.paths() == [["question 1", "answer 1"]]
    assert made.left_out == [(1, "not taken over: messages whose parents go in a circle (2)")]


def test_trees_of_any_depth_are_taken_and_variants_to_a_depth() -> None:
    count = 1000
    nodes = [node("n0", None, said("user", "0"))]
    for n in range(1, count):
        nodes += [
            node(f"n{n}", f"n{n - 1}" if n < 3 else f"m{n - 1}", said("user", f"{n}")),
            node(f"m{n}", f"n{n - 1}" if n < 3 else f"m{n - 1}", said("user", f"other {n}")),
        ]
    made = Converted(conversation(*nodes, current_node="n2"))
    assert sum(len(path) for path in made.paths()) > count
    plain = [node(f"n{n}", f"n{n - 1}", said("user", f"{n}")) for n in range(20_000)]
    assert len(Converted(conversation(*plain)).paths()[0]) == 20_000


def test_variants_of_variants_end_somewhere() -> None:
    nodes = [node("a0", None, said("user", "a0"))]
    for n in range(1, 300):
        # Each is beside the newest one, which the path before goes on with.
        nodes += [
            node(f"a{n}", f"a{n - 1}", said("user", f"a{n}"), f"x{n}"),
            node(f"b{n}", f"a{n - 1}", said("user", f"b{n}")),
        ]
    made = Converted(conversation(*nodes))
    assert len(made.kept) > 200
    assert made.left_out == [(1, "not taken over: variants of variants, too deep (1)")]


_LEAF = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text()
_ANY = st.recursive(_LEAF, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner))
_KEYS = st.sampled_from(["a", "b", "c", "d", "e"])
_MESSAGES = st.builds(
    said, st.sampled_from(["user", "assistant", "tool", "system"]), st.text(), _ANY,
    create_time=_ANY, metadata=_ANY,
)  # fmt: skip
_NODES = st.fixed_dictionaries(
    {
        "parent": st.none() | _KEYS | _ANY,
        "children": st.lists(_KEYS) | _ANY,
        "message": _MESSAGES | _ANY,
    }
)


@given(
    st.dictionaries(_KEYS, _NODES | _ANY), st.none() | _KEYS | _ANY, _ANY, _ANY,
    st.sampled_from(["x", "y"]) | _ANY,
)  # fmt: skip
def test_whatever_a_conversation_looks_like_what_comes_of_it_is_well_formed(
    mapping: object, current: object, title: object, time: object, id_: object
) -> None:
    element = {
        "mapping": mapping,
        "current_node": current,
        "title": title,
        "create_time": time,
        "id": id_,
    }
    made = Converted(json.loads(json.dumps(element)), element)
    assert made.kept or made.left_out
