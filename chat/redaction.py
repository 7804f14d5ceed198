"""What may not go out to the model, found and taken out of a text.

`Redactor.outgoing` is called for every message of a request, at every send; the stored message
stays as the user wrote it. What a match looks like is told in `redaction_rules`,
`redaction_cards` and `redaction_phones`; this module decides what happens to it. It must not
store, log or raise any part of a text: findings are kinds and counts.

Out of scope: characters of no width between digits, digits spelled out as words, pictures of
text. Digits of every script count as digits (Arabic-Indic, fullwidth and so on).
"""

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise
from typing import NamedTuple

from chat.errors import MessageBlockedError
from chat.redaction_cards import find_cards
from chat.redaction_phones import PhoneRule
from chat.redaction_rules import (
    MASK,
    Span,
    WordRule,
    find_emails,
    find_ssns,
    find_urls,
    fold,
)

Finder = Callable[[str], Iterable[Span]]

KINDS = ("ssn", "card", "email", "phone", "url", "word")


class RedactionMode(StrEnum):
    """What a deployment wants done with the matches of a rule."""

    OFF = "OFF"
    WARN = "WARN"
    MASK = "MASK"
    BLOCK = "BLOCK"


# BLOCK hides too: history that was written before the rule was set must not go out either.
_HIDDEN = frozenset({RedactionMode.MASK, RedactionMode.BLOCK})


@dataclass(frozen=True, slots=True)
class RedactionOptions:
    """The mode of each group of rules; `pii` is US SSN, payment card, e-mail and phone.

    `word_list` entries are whole words or phrases, in any case; blank ones are ignored.
    """

    pii: RedactionMode = RedactionMode.MASK
    urls: RedactionMode = RedactionMode.OFF
    words: RedactionMode = RedactionMode.OFF
    word_list: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Finding:
    """How often one of KINDS was found; `count` is at least 1."""

    kind: str
    count: int


@dataclass(frozen=True, slots=True)
class Redacted:
    """A text that may go out, and what was found in it, in the order of KINDS."""

    text: str
    findings: tuple[Finding, ...]


class _Rule(NamedTuple):
    kind: str
    mode: RedactionMode
    find: Finder


class Redactor:
    """Applies the rules of a deployment. It keeps nothing of a text, so threads may share it."""

    def __init__(self, options: RedactionOptions, *, region: str = "US") -> None:
        """`region` (ISO 3166) is where phone numbers without a country code are dialled.

        Raises ValueError when phonenumbers does not know the region.
        """
        rules = (
            _Rule("ssn", options.pii, find_ssns),
            _Rule("card", options.pii, find_cards),
            _Rule("email", options.pii, find_emails),
            _Rule("phone", options.pii, PhoneRule(region).find),
            _Rule("url", options.urls, find_urls),
            _Rule("word", options.words, WordRule(options.word_list).find),
        )
        self._rules = tuple(rule for rule in rules if rule.mode is not RedactionMode.OFF)

    def outgoing(self, text: str) -> Redacted:
        """Replace every match of a MASK or BLOCK rule by `[REDACTED]`; leave those of WARN.

        Matches that overlap become one mask and one finding, of the longest one's kind (of the
        first one's when they are equally long). A WARN match never shields a masked one inside
        it. Characters outside the masks stay as they are; masking the result changes nothing.
        """
        counts = Counter(span.kind for span in self._spans(text, {RedactionMode.WARN}))
        # A mask can uncover a number beside it that was only part of a longer one before, so
        # the text is looked at until nothing is found; that is the second time, as a rule.
        while spans := self._spans(text, _HIDDEN):
            counts.update(span.kind for span in spans)
            text = _masked(text, spans)
        findings = (Finding(kind, counts[kind]) for kind in KINDS if counts[kind])
        return Redacted(text, tuple(findings))

    def refuse_blocked(self, text: str) -> None:
        """Raise MessageBlockedError with the kinds, in the order of KINDS, that are blocked."""
        folded = fold(text)
        blocking = (rule for rule in self._rules if rule.mode is RedactionMode.BLOCK)
        kinds = [rule.kind for rule in blocking if any(True for _ in rule.find(folded))]
        if kinds:
            raise MessageBlockedError(kinds)

    def warnings(self, redacted: Redacted) -> tuple[str, ...]:
        """The kinds that were found and left in the text, for a line in the log."""
        warned = {rule.kind for rule in self._rules if rule.mode is RedactionMode.WARN}
        return tuple(finding.kind for finding in redacted.findings if finding.kind in warned)

    def _spans(self, text: str, modes: Collection[RedactionMode]) -> list[Span]:
        rules = [rule for rule in self._rules if rule.mode in modes]
        if not rules:
            return []
        folded = fold(text)
        return list(_joined(span for rule in rules for span in rule.find(folded)))


def _joined(spans: Iterable[Span]) -> Iterator[Span]:
    """Overlapping spans as one, from the first character to the last; in order of the text."""
    group: list[Span] = []
    end = 0
    for span in sorted(spans, key=lambda one: (one.start, -one.end)):
        if group and span.start >= end:
            yield _whole(group, end)
            group = []
        group.append(span)
        end = max(end, span.end)
    if group:
        yield _whole(group, end)


def _whole(group: list[Span], end: int) -> Span:
    longest = max(group, key=lambda one: one.end - one.start)
    return Span(group[0].start, end, longest.kind)


def _masked(text: str, spans: list[Span]) -> str:
    """The text with each of the spans, which are in order and apart, replaced by a mask."""
    edges = (Span(0, 0, ""), *spans, Span(len(text), len(text), ""))
    return MASK.join(text[left.end : right.start] for left, right in pairwise(edges))
