"""Both databases find what a naive search finds, whatever is asked for."""

from collections.abc import AsyncIterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chat.search import LONGEST_QUERY, SearchQuery, Term, parse
from chat.words import words_of
from tests.contracts.searching import found, store_many
from tests.contracts.stage import Stage, staged

SHARED_DATABASE = settings(
    deadline=None, max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
WORDS = ("red", "Réd", "reds", "car", "我的书", "don't", "x1", "и", "straße", "e-mail")


@pytest.fixture
async def stage(database_url: str) -> AsyncIterator[Stage]:
    """Stores on a fresh database."""
    async with staged(database_url) as made:
        yield made


def matches(content: str, query: SearchQuery) -> bool:
    """The naive search."""
    words = words_of(content)

    def there(term: Term) -> bool:
        last, size = term.words[-1], len(term.words)
        return any(
            tuple(words[at : at + size - 1]) == term.words[:-1]
            and (word == last or (term.prefix and word.startswith(last)))
            for at, word in ((at, words[at + size - 1]) for at in range(len(words) - size + 1))
        )

    return (
        bool(query.wanted) and all(map(there, query.wanted)) and not any(map(there, query.unwanted))
    )


@pytest.fixture
async def corpus(stage: Stage) -> list[str]:
    """Some texts, each once."""
    contents = {
        " ".join(WORDS[(start + step * number) % len(WORDS)] for number in range(length))
        for start in range(len(WORDS))
        for step in (1, 3)
        for length in (1, 3, 7)
    }
    await store_many(stage, sorted(contents))
    return sorted(contents)


TERMS = st.builds(
    lambda minus, quoted, words: f"{minus}{quoted.replace('_', ' '.join(words))}",
    st.sampled_from(["", "", "-"]),
    st.sampled_from(["_", "_", '"_"', '"_']),
    st.lists(st.sampled_from([*WORDS, "r", "re", "我", "的书", "e"]), min_size=1, max_size=2),
)


async def test_what_is_found_is_what_a_naive_search_finds(stage: Stage, corpus: list[str]) -> None:
    @SHARED_DATABASE
    @given(st.lists(TERMS, min_size=1, max_size=3))
    def check(terms: list[str]) -> None:
        queries.append(" ".join(terms)[:LONGEST_QUERY])

    queries: list[str] = []
    check()
    for query in queries:
        expected = [one for one in corpus if matches(one, parse(query))]
        assert sorted(await found(stage, query)) == expected, query


async def test_no_text_is_an_error(stage: Stage, corpus: list[str]) -> None:
    @SHARED_DATABASE
    @given(st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=LONGEST_QUERY))
    def check(query: str) -> None:
        queries.append(query)

    queries = ['"', "'", "\\", "''", "a'b", ":*", "a:*", "!", "a & b", "(", "NEAR("]
    check()
    for query in queries:
        expected = [one for one in corpus if matches(one, parse(query))]
        assert sorted(await found(stage, query)) == expected, query
