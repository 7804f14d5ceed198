"""What a payment card number looks like, among all the other long numbers."""

import re
from collections.abc import Iterator

from stdnum import luhn

from chat.redaction_rules import Span, digits_of, has_digits

# At least 13 digits lie ahead, and the first is the first of a number.
_START = re.compile(
    r"[2-689](?<![a-z0-9_].)(?<![0-9]\.[0-9])"
    r"(?:(?=[0-9]{3})|(?<![0-9][ -].)(?<![0-9][ -]{2}.)(?<![0-9][ -]{3}.))"
    r"(?=(?:[ -]{0,3}+[0-9]){12})"
)
# Groups of four digits and more may stand among other numbers ("1111 1111 12/28 123").
_AMONG_NUMBERS = re.compile(
    r"[0-9]{4,19}(?![0-9])(?:[ -]{1,3}[0-9]{4,15}(?![0-9])){0,3}(?:[ -]{1,3}[0-9]{1,15})?"
)
# Any other grouping must stand alone, or every long row of small numbers would hold some card.
_ALONE = re.compile(
    r"(?<![0-9][ -])(?<![0-9][ -]{2})(?<![0-9][ -]{3})"
    r"[0-9](?:[ -]{0,3}[0-9]){12,18}+(?![a-z_]|[ -]{0,3}[0-9])"
)
_ISSUED = re.compile(
    r"""
      (?= 4 ) (?: [0-9]{13} | [0-9]{16} | [0-9]{19} )                          # Visa
    | (?= 5[1-5] | 222[1-9] | 22[3-9] | 2[3-6] | 27[01] | 2720 ) [0-9]{16}     # Mastercard
    | (?= 3[47] ) [0-9]{15}                                                    # American Express
    | (?= 30[0-5] | 3095 | 36 | 38 | 39 ) [0-9]{14,19}                         # Diners Club
    | (?= 6011 | 64[4-9] | 65 ) [0-9]{16,19}                                   # Discover
    | (?= 352[89] | 35[3-8] ) [0-9]{16,19}                                     # JCB
    | (?= 62 | 81 ) [0-9]{16,19}                                               # UnionPay
    | (?= 5018 | 5020 | 5038 | 5893 | 6304 | 6759 | 676[1-3] ) [0-9]{13,19}    # Maestro
    | (?= 50 | 5[6-8] | 63 | 67 ) [0-9]{16,19}                                 # Maestro, national
    | (?= 220[0-4] ) [0-9]{16,19}                                              # Mir
    | (?= 60 | 82 | 9792 ) [0-9]{16}                                           # RuPay, Troy
    """,
    re.VERBOSE,
)
_GROUP = re.compile(r"[0-9]+")
_END = re.compile(r"(?![a-z0-9_])")
_UUID = re.compile(r"(?<![0-9a-f])[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}(?![0-9a-f])")
_UUID_LENGTH = 36
_FEWEST_DIGITS = 13
_MOST_DIGITS = 19


def find_cards(folded: str) -> Iterator[Span]:
    """Payment cards: 13 to 19 digits, the prefix and length of an issuer, and a Luhn check digit.

    Between two digits there may be up to three spaces and hyphens. Every place where a card
    could begin and end is tried, so that no neighbouring number can hide one. The prefixes are
    those of ISO/IEC 7812 as the issuers publish them, without which one id in ten would match.
    """
    if not has_digits(folded):
        return
    for begin in _START.finditer(folded):
        start = begin.start()
        for end in _ends(folded, start):
            if _is_card(digits_of(folded[start:end])) and not _in_uuid(folded, start, end):
                yield Span(start, end, "card")


def _ends(folded: str, start: int) -> Iterator[int]:
    if match := _AMONG_NUMBERS.match(folded, start):
        count = 0
        for group in _GROUP.finditer(folded, start, match.end()):
            count += group.end() - group.start()
            if _FEWEST_DIGITS <= count <= _MOST_DIGITS and _END.match(folded, group.end()):
                yield group.end()
    if match := _ALONE.match(folded, start):
        yield match.end()


def _is_card(digits: str) -> bool:
    return _ISSUED.fullmatch(digits) is not None and luhn.checksum(digits) == 0


def _in_uuid(folded: str, start: int, end: int) -> bool:
    near = max(0, start - _UUID_LENGTH)
    uuids = _UUID.finditer(folded, near, end + _UUID_LENGTH)
    return any(uuid.start() < end and start < uuid.end() for uuid in uuids)
