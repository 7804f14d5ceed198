"""Texts as words, for the search: the one rule that contents, queries and highlights share.

A word is a run of letters and digits with their accents, compared without case and without the
accents of Latin, Greek and Cyrillic letters. Scripts that put no spaces between words (Chinese,
Japanese, Thai, Lao, Khmer, Burmese) count every character as a word; what was asked for in a row
is then a phrase, so any part of a sentence is found.
"""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

LONGEST_WORD = 64
# Of one text, so many characters of words are searched; that keeps an index within the bounds of
# every database, whatever the text.
MOST_CHARACTERS = 100_000
MOST_WORDS = 50_000

_LAST_MARK = 0x20000  # behind it there are only selectors of glyphs
_ACCENTS = re.compile("[\u0300-\u036f]+")
_ASCII_WORD = re.compile("[a-z0-9]+")
_UNSPACED = (
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3005-\u3007\u3040-\u30ff\u31f0-\u31ff\u3400-\u4dbf"
    "\u4e00-\u9fff\uf900-\ufaff\uff66-\uff9f\U0001b000-\U0001b16f\U00020000-\U0003ffff"
)
_HAS_UNSPACED = re.compile(f"[{_UNSPACED}]")


@dataclass(frozen=True, slots=True)
class Span:
    """A word as it is compared, and where in the text it stands."""

    word: str
    start: int
    end: int


def words_of(text: str) -> list[str]:
    """The words of a text, in their order; of a very long one, those at its beginning."""
    found = _ASCII_WORD.findall(text.lower()) if text.isascii() else _words_of_runs(text)
    kept: list[str] = []
    room = MOST_CHARACTERS
    for word in found[:MOST_WORDS]:
        room -= min(len(word), LONGEST_WORD) + 1
        if room < 0:
            break
        kept.append(word[:LONGEST_WORD])
    return kept


def spans(text: str) -> Iterator[Span]:
    """The words of a text, each with its place; of one in pieces, all pieces have one place."""
    for run in _run_pattern().finditer(text):
        if run[0].isascii():
            yield Span(run[0].lower()[:LONGEST_WORD], run.start(), run.end())
            continue
        for piece in _pieces(run[0], run.start()):
            for word in _compared(piece.word):
                yield Span(word[:LONGEST_WORD], piece.start, piece.end)


def _words_of_runs(text: str) -> list[str]:
    words: list[str] = []
    for run in _run_pattern().findall(text):
        words += [run.lower()] if run.isascii() else _compared(run)
    return words


def _compared(piece: str) -> Iterator[str]:
    """A piece without case and accents. A few characters stand for several words."""
    bare = _ACCENTS.sub("", unicodedata.normalize("NFKD", piece)).casefold()
    for run in _run_pattern().finditer(unicodedata.normalize("NFC", bare)):
        if _HAS_UNSPACED.search(run[0]):
            yield from _piece_pattern().findall(run[0])
        else:
            yield run[0]


def _pieces(run: str, offset: int) -> Iterator[Span]:
    """A run, cut at each character of a script without spaces."""
    if not _HAS_UNSPACED.search(run):
        yield Span(run, offset, offset + len(run))
        return
    for piece in _piece_pattern().finditer(run):
        yield Span(piece[0], offset + piece.start(), offset + piece.end())


@cache
def _run_pattern() -> re.Pattern[str]:
    return re.compile(rf"[^\W_]+(?:[{_marks()}]+[^\W_]*)*")


@cache
def _piece_pattern() -> re.Pattern[str]:
    return re.compile(f"[{_UNSPACED}][{_marks()}]*|[^{_UNSPACED}]+")


@cache
def _marks() -> str:
    """All marks that combine with a letter, which Python's patterns have no name for.

    The four letters at the end fall into marks when texts are compared.
    """
    characters = map(chr, range(_LAST_MARK))
    marks = "".join(one for one in characters if unicodedata.category(one)[0] == "M")
    return f"{marks}\u0e33\u0eb3\uff9e\uff9f"
