"""What a phone number looks like, and what only looks like one.

Cheap patterns find candidates; phonenumbers decides whether a number can be dialled. Its own
matcher is not used, because it takes seconds for a long text.
"""

import re
from collections.abc import Iterator
from functools import lru_cache

import phonenumbers
from phonenumbers import PhoneMetadata

from chat.redaction_rules import Span, digits_of, has_digits

# With a country code: a plus sign, then up to eight groups of digits.
_INTERNATIONAL = re.compile(
    r"\+(?<![a-z0-9_+].) ?\(?[1-9][0-9]{0,14}(?:[ ./()-]{1,3}[0-9]{1,14}){0,7}"
)
# North America: 3-3-4 digits, or ten in a row, behind an optional 1 (nationalnanpa.com).
_AMERICAN_START = re.compile(
    r"[(1-9](?<![a-z0-9_+$\u20ac\u00a3\u00a5].)(?<![0-9][./-].)(?=[0-9]{2}|[ .(-])"
)
_AMERICAN = re.compile(
    r"(?:1[ .-]{0,3})?(?:\([2-9][0-9]{2}\)|[2-9][0-9]{2})[ .-]{0,3}"
    r"[0-9]{3}[ .-]{0,3}[0-9]{4}(?![a-wyz0-9_]|[./-][0-9])"
)
# Elsewhere: up to eight groups, the first of which is not a later part of a longer number.
_NATIONAL_START = re.compile(
    r"[(0-9](?<![a-z0-9_+$\u20ac\u00a3\u00a5].)(?<![0-9)][ ./-].)(?<![0-9)][ ./-]{2}.)"
)
_NATIONAL = re.compile(r"[(0-9][0-9]{0,13}\)?(?:[ ./()-]{1,3}[0-9]{1,12}){0,7}")
_NEXT_NATIONAL = re.compile(r"[ ./-]{1,2}(?=[(0-9])")
# Where a number may end: not inside a word, and among amounts and ids not before a joined part.
_INTERNATIONAL_END = re.compile(r"(?![a-z0-9_])")
_NATIONAL_END = re.compile(r"(?![a-z0-9_]|[./-][0-9])")
_GROUP = re.compile(r"[0-9]+")
_LONGER = re.compile(r"%|[./-][0-9]|,[0-9]| ?[$\u20ac\u00a3\u00a5]")
_EXTENSION = re.compile(r"[ ,]{0,2}(?:x|ext\.?|extension) ?[0-9]{1,6}(?![a-z0-9_])")
# Dates, addresses of machines, and ranges of years.
_OTHER = re.compile(
    r"(?:[0-9]{4}[./-][0-9]{1,2}[./-][0-9]{1,2}|[0-9]{1,2}[./-][0-9]{1,2}[./-](?:[0-9]{2}){1,2}"
    r"|(?:[0-9]{1,3}\.){3}[0-9]{1,3})(?![0-9]|[./-][0-9])"
    r"|(?:(?:19|20)[0-9]{2}[ ./-]{0,3}){2,}\Z"
)
# Ten digits in a row behind one of these words are the number of something else.
_LABEL = re.compile(
    r"(?<![a-z])(?:order|invoice|ticket|case|tracking|ref|reference|account|item|part|serial|sku"
    r"|isbn|id|po)(?:[ _-]?(?:number|num|no|nr|id))?(?:[ .:=#]|\bis\b){0,6}\Z"
    r"|(?<!phone )(?<!phone)(?<!cell )(?<!mobile )(?<!tel )#\Z"
)
_LABEL_LENGTH = 32
_FEWEST_DIGITS = 8
_MOST_DIGITS = 16
_MOST_TRIES = 4
_AMERICA = 1
_FICTION = "555"


class PhoneRule:
    """Finds phone numbers: with a country code, and as they are dialled inside one region."""

    def __init__(self, region: str) -> None:
        """Raises ValueError when `region` is not an ISO 3166 code that phonenumbers knows."""
        metadata = PhoneMetadata.metadata_for_region(region, None)
        if metadata is None:
            problem = f"{region!r} is not a region that has phone numbers"
            raise ValueError(problem)
        self._region = region
        self._trunk_prefix = metadata.national_prefix or ""
        in_america = metadata.country_code == _AMERICA
        self._national = self._american if in_america else self._elsewhere

    def find(self, folded: str) -> Iterator[Span]:
        """Valid numbers; in North America also area code 555, which everyone writes in examples."""
        if has_digits(folded):
            yield from self._international(folded)
            yield from self._national(folded)

    def _international(self, folded: str) -> Iterator[Span]:
        for match in _INTERNATIONAL.finditer(folded):
            if found := self._longest(folded, match.span(), _INTERNATIONAL_END):
                yield found

    def _american(self, folded: str) -> Iterator[Span]:
        for begin in _AMERICAN_START.finditer(folded):
            match = _AMERICAN.match(folded, begin.start())
            if match and self._is_phone(folded, *match.span()):
                yield _span(folded, *match.span())

    def _elsewhere(self, folded: str) -> Iterator[Span]:
        for begin in _NATIONAL_START.finditer(folded):
            # What follows a number in the same row of digits may be the next number.
            start: int | None = begin.start()
            while start is not None and (found := self._dialled(folded, start)):
                yield found
                following = _NEXT_NATIONAL.match(folded, found.end)
                start = following.end() if following else None

    def _dialled(self, folded: str, start: int) -> Span | None:
        match = _NATIONAL.match(folded, start)
        if not match or _OTHER.match(match[0]) or _LONGER.match(folded, match.end()):
            return None
        if not digits_of(match[0]).startswith(self._trunk_prefix):
            return None
        return self._longest(folded, match.span(), _NATIONAL_END)

    def _longest(
        self, folded: str, candidate: tuple[int, int], border: re.Pattern[str]
    ) -> Span | None:
        """The candidate, or what is left of it without its last groups, if that is a number."""
        start = candidate[0]
        for end in sorted(_ends(folded, candidate, border), reverse=True)[:_MOST_TRIES]:
            if self._is_phone(folded, start, end):
                return _span(folded, start, end)
        return None

    def _is_phone(self, folded: str, start: int, end: int) -> bool:
        number = folded[start:end]
        if number.isdecimal() and _LABEL.search(folded[max(0, start - _LABEL_LENGTH) : start]):
            return False
        return _is_valid(number, self._region)


def _ends(folded: str, candidate: tuple[int, int], border: re.Pattern[str]) -> Iterator[int]:
    """The ends of those groups with which the number has a plausible length."""
    count = 0
    for group in _GROUP.finditer(folded, *candidate):
        count += group.end() - group.start()
        if _FEWEST_DIGITS <= count <= _MOST_DIGITS and border.match(folded, group.end()):
            yield group.end()


def _span(folded: str, start: int, end: int) -> Span:
    extension = _EXTENSION.match(folded, end)
    return Span(start, extension.end() if extension else end, "phone")


# The same history comes by at every send, and asking takes some 50 microseconds.
@lru_cache(maxsize=1024)
def _is_valid(number: str, region: str) -> bool:
    try:
        parsed = phonenumbers.parse(number, region)
    except phonenumbers.NumberParseException:
        return False
    if parsed.country_code == _AMERICA and str(parsed.national_number).startswith(_FICTION):
        return phonenumbers.is_possible_number(parsed)
    return phonenumbers.is_valid_number(parsed)
