"""The part of a message that answers a search best, as HTML that is safe to show.

The result is text with `&`, `<`, `>` and quotes escaped, and with `<mark>` around what matches;
whatever the message holds, there is no other tag in it.
"""

from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape

from chat.search import SearchQuery, Term
from chat.words import Span, spans

LENGTH = 160
_LEAD = 40
_ELLIPSIS = "…"
# A message is read on so far behind the place where every term was seen.
_ENOUGH = 4 * LENGTH
_MOST_MATCHES = 1000


@dataclass(frozen=True, slots=True)
class _Match:
    """What a term matches, from the first to the last character."""

    start: int
    end: int
    term: int


def highlight(content: str, query: SearchQuery) -> str:
    """About 160 characters around the best match, each run of white space as one space."""
    matches = list(deque(_matches(content, query.wanted), maxlen=_MOST_MATCHES))
    start, end = _window(content, _best(matches))
    marked = _marked(content, start, end, matches)
    before = _ELLIPSIS if start > 0 else ""
    after = _ELLIPSIS if end < len(content) else ""
    return f"{before}{marked.strip()}{after}"


def _matches(content: str, terms: Sequence[Term]) -> Iterator[_Match]:
    """What matches, in order, until every term was seen and a little has been read on."""
    longest = max((len(term.words) for term in terms), default=0)
    recent: list[Span] = []
    missing = set(range(len(terms)))
    enough = len(content)
    for span in spans(content):
        if span.start > enough:
            return
        recent = [*recent[-(longest - 1) :], span] if longest > 1 else [span]
        for number, term in enumerate(terms):
            if _ends_with(recent, term):
                yield _Match(recent[-len(term.words)].start, span.end, number)
                missing.discard(number)
                if not missing:
                    enough = min(enough, span.end + _ENOUGH)


def _ends_with(recent: Sequence[Span], term: Term) -> bool:
    if len(recent) < len(term.words):
        return False
    last = recent[-1].word
    if not (last.startswith(term.words[-1]) if term.prefix else last == term.words[-1]):
        return False
    before = recent[-len(term.words) : -1]
    return all(span.word == word for span, word in zip(before, term.words[:-1], strict=True))


def _best(matches: Sequence[_Match]) -> int:
    """Where the stretch begins that shows most terms, then most matches; the first of the best."""
    best, best_count, beyond = 0, (0, 0), 0
    for position, match in enumerate(matches):
        beyond = max(beyond, position)
        while beyond < len(matches) and matches[beyond].end <= match.start + LENGTH - _LEAD:
            beyond += 1
        shown = matches[position:beyond]
        count = (len({one.term for one in shown}), len(shown))
        if position == 0 or count > best_count:
            best, best_count = match.start, count
    return best


def _window(content: str, match_start: int) -> tuple[int, int]:
    """The stretch that is shown, cut at white space where there is some."""
    start = max(0, min(match_start - _LEAD, len(content) - LENGTH))
    end = min(len(content), start + LENGTH)
    if start > 0:
        gap = _first_space(content, start, min(match_start, start + _LEAD))
        start = start if gap is None else gap
    if end < len(content):
        while end > start + LENGTH // 2 and not content[end - 1].isspace():
            end -= 1
        end = end if content[end - 1].isspace() else min(len(content), start + LENGTH)
    return start, end


def _first_space(content: str, start: int, stop: int) -> int | None:
    return next((place for place in range(start, stop) if content[place].isspace()), None)


def _marked(content: str, start: int, end: int, matches: Sequence[_Match]) -> str:
    """The stretch with its matches marked; those that touch or overlap are one mark."""
    parts: list[str] = []
    place = start
    for match_start, match_end in _merged(matches):
        low, high = max(match_start, place), min(match_end, end)
        if low < high:
            marked = _plain(content[low:high])
            parts += [_plain(content[place:low]), f"<mark>{marked}</mark>"]
            place = high
    return "".join([*parts, _plain(content[place:end])])


def _merged(matches: Sequence[_Match]) -> list[tuple[int, int]]:
    merged: list[tuple[int, int]] = []
    for match in sorted(matches, key=lambda one: (one.start, one.end)):
        if merged and match.start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(merged[-1][1], match.end))
        else:
            merged.append((match.start, match.end))
    return merged


def _plain(text: str) -> str:
    lead = " " if text[:1].isspace() else ""
    tail = " " if text[-1:].isspace() and text.strip() else ""
    return escape(f"{lead}{' '.join(text.split())}{tail}")
