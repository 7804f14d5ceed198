"""Words, queries and highlights: pure functions."""

import html
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chat import words
from chat.errors import BadUserInputError
from chat.highlighting import LENGTH, highlight
from chat.search import LONGEST_QUERY, Term, parse
from chat.words import LONGEST_WORD, MOST_CHARACTERS, MOST_WORDS, spans, words_of

ODD = st.sampled_from("aé ß\u0301我ガｶﾞน้ำ한\u1100\u1161\u11a8-'\"_<&")
TEXTS = st.text(st.one_of(st.characters(), ODD))
QUERIES = st.text(st.one_of(st.characters(codec="utf-8", exclude_characters="\0"), ODD))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Hello, WÖRLD_don't", ["hello", "world", "don", "t"]),
        ("e\u0301te \u00e9te", ["ete", "ete"]),
        ("Straße İstanbul ﬁx ½", ["strasse", "istanbul", "fix", "1", "2"]),
        ("我的book在", ["我", "的", "book", "在"]),
        ("ｶﾞガ", ["ガ", "ガ"]),
        ("한국어를 नमस्ते", ["한국어를", "नमस्ते"]),
        ("🙂 — …", []),
    ],
)
def test_texts_have_words(text: str, expected: list[str]) -> None:
    assert words_of(text) == expected


@given(TEXTS)
def test_the_words_with_places_are_the_words(text: str) -> None:
    found = list(spans(text))
    assert [one.word for one in found] == words_of(text)
    assert all(0 <= one.start < one.end <= len(text) for one in found)


@given(TEXTS)
def test_words_are_such_that_an_index_takes_them_as_they_are(text: str) -> None:
    for word in words_of(text):
        assert 0 < len(word) <= LONGEST_WORD
        assert not re.search(r"[\s'\"\\:*&|!()<>_A-Z\x00-\x2f\ud800-\udfff]", word)
        assert words_of(word) == [word]


def test_very_long_texts_have_the_words_of_their_beginning() -> None:
    assert len(words_of("a " * 2 * MOST_WORDS)) == MOST_WORDS
    assert words_of("y" * 1000) == ["y" * LONGEST_WORD]
    assert len(" ".join(words_of("twelve bytes " * 20_000))) <= MOST_CHARACTERS
    assert words.MOST_WORDS * 12 + MOST_CHARACTERS * 4 < 2**20  # PostgreSQL's tsvector


@pytest.mark.parametrize(
    ("text", "wanted", "unwanted"),
    [
        ("red car", [Term(("red",)), Term(("car",), prefix=True)], []),
        ('"red car"', [Term(("red", "car"))], []),
        ('"red ca', [Term(("red", "ca"), prefix=True)], []),
        ("red -blue", [Term(("red",))], [Term(("blue",))]),
        ('-"a b" c', [Term(("c",), prefix=True)], [Term(("a", "b"))]),
        ("well-known", [Term(("well", "known"), prefix=True)], []),
        ("red red red *", [Term(("red",)), Term(("red",), prefix=True)], []),
        ('- -- " "" *', [], []),
    ],
)
def test_queries_are_terms(text: str, wanted: list[Term], unwanted: list[Term]) -> None:
    query = parse(text)
    assert (list(query.wanted), list(query.unwanted)) == (wanted, unwanted)


@pytest.mark.parametrize("text", ["x" * (LONGEST_QUERY + 1), "re\0d", "red \ud800"])
def test_what_is_too_long_or_in_no_message_is_refused(text: str) -> None:
    with pytest.raises(BadUserInputError):
        parse(text)


def test_every_other_text_is_a_query() -> None:
    assert parse("x" * LONGEST_QUERY).wanted == (Term(("x" * LONGEST_WORD,), prefix=True),)


@pytest.mark.parametrize(
    ("content", "query", "expected"),
    [
        ("A <b>Réd</b>\n\n car & 'more'", "red car",
         "A &lt;b&gt;<mark>Réd</mark>&lt;/b&gt; <mark>car</mark> &amp; &#x27;more&#x27;"),
        ("red red car", '"red car"', "red <mark>red car</mark>"),
        ("我的书在", "书在", "我的<mark>书在</mark>"),
        ("<mark>no</mark>", "mark", "&lt;<mark>mark</mark>&gt;no&lt;/<mark>mark</mark>&gt;"),
        ("red car blue", '"red car" "car blue"', "<mark>red car blue</mark>"),
        ("cars and care", "car", "<mark>cars</mark> and <mark>care</mark>"),
    ],
)  # fmt: skip
def test_matches_are_marked(content: str, query: str, expected: str) -> None:
    assert highlight(content, parse(query)) == expected


def test_the_part_that_shows_most_words_is_shown() -> None:
    content = f"red {'x ' * 200}red and car {'y ' * 200}"
    shown = highlight(content, parse("red car"))
    assert shown.startswith("…")
    assert shown.endswith("…")
    assert "<mark>red</mark> and <mark>car</mark>" in shown


def test_of_a_long_text_only_the_beginning_is_read_when_it_has_all_words() -> None:
    shown = highlight(f"red car {'x ' * 50_000}red car", parse("red car"))
    assert shown.startswith("<mark>red</mark> <mark>car</mark> x")
    assert shown.endswith("x…")


@given(TEXTS, QUERIES)
def test_a_highlight_is_text_with_marks_and_nothing_else(content: str, query: str) -> None:
    shown = highlight(content, parse(query[:LONGEST_QUERY]))
    bare = shown.replace("<mark>", "").replace("</mark>", "")
    assert not re.search(r"[<>\"']", bare)
    assert re.fullmatch(r"(?:[^<]|<mark>[^<]+</mark>)*", shown)
    assert len(html.unescape(bare)) <= LENGTH + 2
    plain = " ".join(content.split())
    assert html.unescape(bare).removeprefix("…").removesuffix("…").strip() in plain


@given(st.lists(st.sampled_from(["red", "Réd", "car", "我", "x" * 150]), min_size=1), st.data())
def test_a_word_of_the_text_is_marked(content: list[str], data: st.DataObject) -> None:
    word = data.draw(st.sampled_from(content))
    assert "<mark>" in highlight(" ".join(content), parse(word))
