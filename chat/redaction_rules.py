"""What a social security number, an e-mail address, a URL and a listed word look like.

Cards are told in `redaction_cards` and phone numbers in `redaction_phones`. Each rule takes a
folded text (see `fold`) and gives spans, possibly overlapping and in no promised order. The work
at each place where a match could begin is bounded, so it grows with the length of the text and
not with what is in it: repetitions in the patterns have an upper bound, or cannot give back what
they took. Nothing here decides what happens to a match.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from typing import NamedTuple

MASK = "[REDACTED]"


class Span(NamedTuple):
    """The characters from `start` up to but not including `end` are a match of `kind`."""

    start: int
    end: int
    kind: str


_FOREIGN = re.compile(
    r"(?![0-9])\d|[\u00a0\u2000-\u200a\u202f\u205f\u3000]|[\u2010-\u2015\u2212\ufe58\ufe63\uff0d]"
    r"|[\uff08\uff09\uff0b]"
)
_FULLWIDTH = {"\uff08": "(", "\uff09": ")", "\uff0b": "+"}


def fold(text: str) -> str:
    """The text as the rules read it: lower-case, with plain digits, spaces and hyphens.

    Every character stays at its place, so that spans hold for the text as it was written.
    """
    if text.isascii():
        return text.lower()
    plain = _FOREIGN.sub(_plain, text)
    # The one character whose lower-case form is longer is the dotted capital I; the one whose
    # lower-case form depends on its place in the word is the capital sigma.
    return plain.replace("\u0130", "i").lower().replace("\u03c2", "\u03c3")


def _plain(match: re.Match[str]) -> str:
    character = match[0]
    if character.isdecimal():
        return str(unicodedata.decimal(character))
    return " " if character.isspace() else _FULLWIDTH.get(character, "-")


_DIGITS = re.compile(r"[0-9]+")
_NOT_DIGITS = re.compile(r"[^0-9]+")


def has_digits(folded: str) -> bool:
    """Whether there is anything to do for the rules about numbers."""
    return _DIGITS.search(folded) is not None


def digits_of(folded: str) -> str:
    """Only the digits."""
    return _NOT_DIGITS.sub("", folded)


# A number does not begin or end inside an ASCII word, nor as decimals. Letters of other scripts
# may touch it: Chinese and Japanese are written without spaces. The patterns start with the
# character they look for and then look back over it, because that is how the search is fastest.
_SSN = re.compile(
    r"([0-8](?<![a-z0-9_].)(?<![0-9][.-].)[0-9]{2}[ -]{1,3}[0-9]{2}[ -]{1,3}[0-9]{4})"
    r"(?![a-z0-9_]|[.-][0-9])"
)
_LABELLED_SSN = re.compile(
    r"s(?<![a-z]s)(?:sn|ocial[\s-]{1,3}sec(?:urity)?)[^0-9]{0,24}+"
    r"([0-8][0-9]{2}[ .-]{0,3}[0-9]{2}[ .-]{0,3}[0-9]{4})(?![a-z0-9_]|[.-][0-9])"
)


def find_ssns(folded: str) -> Iterator[Span]:
    """US social security numbers: 3-2-4 digits, or nine in a row shortly after "SSN" and the like.

    Area 000, 666 and 9xx, group 00 and serial 0000 are never assigned (Social Security
    Administration, "Social Security Number Randomization").
    """
    if not has_digits(folded):
        return
    for pattern in (_SSN, _LABELLED_SSN):
        for match in pattern.finditer(folded):
            if _is_assigned(digits_of(match[1])):
                yield Span(*match.span(1), "ssn")


def _is_assigned(digits: str) -> bool:
    return digits[:3] not in {"000", "666"} and digits[3:5] != "00" and digits[5:] != "0000"


# Some scripts write vowels as marks, which \w leaves out.
_MARKS = r"\u0300-\u036f\u0900-\u0dff\u0e00-\u0eff"
_IDEOGRAPHS = r"[\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff]"
_DOMAIN = re.compile(
    rf"@(?:[^\W_][\w{_MARKS}-]{{0,62}}\.){{1,8}}"
    rf"(?:xn--[a-z0-9-]{{2,59}}|[a-z]{{2,24}}|(?![a-z])[^\W\d_](?:[^\W\d_]|[{_MARKS}]){{1,23}})"
    r"(?![a-z0-9])"
)
_LONGEST_LOCAL_PART = 64
# These read backwards, from the @ to the left. Ideographs belong to the address only where they
# touch the @: otherwise they are the words before it.
_LOCAL_PARTS = tuple(
    re.compile(rf"(?:{but}[\w.%+'~{_MARKS}-]){{1,{_LONGEST_LOCAL_PART}}}(?<=[\w{_MARKS}])")
    for but in (rf"(?!{_IDEOGRAPHS})", "")
)


def find_emails(folded: str) -> Iterator[Span]:
    """E-mail addresses with a domain name, in any script; no quoted local parts, no IP domains."""
    for domain in _DOMAIN.finditer(folded):
        at = domain.start()
        backwards = folded[max(0, at - _LONGEST_LOCAL_PART) : at][::-1]
        local = next(filter(None, (part.match(backwards) for part in _LOCAL_PARTS)), None)
        if local:
            yield Span(at - local.end(), domain.end(), "email")


_URL = re.compile(
    r"(?:https?://|ftps?://|www\.)(?<![a-z0-9_]https://)(?<![a-z0-9_]http://)"
    r"(?<![a-z0-9_]ftps://)(?<![a-z0-9_]ftp://)(?<![a-z0-9_@.]www\.)"
    r"(?:[^\W_]|\[[0-9a-f:])[^\s<>\"\u201c\u201d\u00ab\u00bb\u3001\u3002\uff0c\uff01\uff1b\uff09]*"
)
_SENTENCE_ENDS = ".,;:!?'*_\u2026\u2019"
_BRACKETS = {")": "(", "]": "[", "}": "{"}


def find_urls(folded: str) -> Iterator[Span]:
    """URLs that begin with http, https, ftp or www., without the punctuation of the sentence."""
    if "://" not in folded and "www." not in folded:
        return
    for match in _URL.finditer(folded):
        yield Span(match.start(), match.start() + _length_of_url(match[0]), "url")


def _length_of_url(url: str) -> int:
    """How much of it is left when closing brackets that it did not open are taken off, too."""
    surplus = {close: url.count(close) - url.count(opening) for close, opening in _BRACKETS.items()}
    end = len(url)
    while url[end - 1] in _SENTENCE_ENDS or surplus.get(url[end - 1], 0) > 0:
        end -= 1
        if url[end] in surplus:
            surplus[url[end]] -= 1
    return end


_TOKEN = re.compile(r"\w+|[^\w\s]")


class WordRule:
    """Finds the entries of a word list: whole words and phrases, in any case."""

    def __init__(self, entries: Iterable[str]) -> None:
        """Blank entries are ignored; the spaces in a phrase stand for any white space."""
        words = {tuple(fold(entry).split()) for entry in entries} - {()}
        phrases: dict[str, list[str]] = {}
        # The first alternative that matches is taken, so the longest ones go first.
        for entry in sorted(words, key=lambda entry: (-len(" ".join(entry)), entry)):
            phrases.setdefault(_TOKEN.findall(entry[0])[0], []).append(_phrase(entry))
        # Entries are looked up by their first token: a long list costs no more than a short one.
        self._patterns = {token: re.compile("|".join(some)) for token, some in phrases.items()}

    def find(self, folded: str) -> Iterator[Span]:
        """The matches, but for those in a mask: a listed word "redacted" must not mask it again."""
        for token in _TOKEN.finditer(folded) if self._patterns else ():
            pattern = self._patterns.get(token[0])
            match = pattern.match(folded, token.start()) if pattern else None
            if match and not _touches_mask(folded, match):
                yield Span(*match.span(), "word")


def _phrase(entry: tuple[str, ...]) -> str:
    """A pattern that ends at the end of a word, if the entry does ("c++" does not)."""
    phrase = r"\s+".join(map(re.escape, entry))
    return phrase + (r"(?!\w)" if re.search(r"\w\Z", entry[-1]) else "")


def _touches_mask(folded: str, match: re.Match[str]) -> bool:
    nearest = max(0, match.start() - len(MASK) + 1)
    return folded.find(MASK.lower(), nearest, match.end() + len(MASK) - 1) >= 0
