"""Redaction: what is found, what is left alone, and what becomes of it."""

import re
from itertools import pairwise

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from stdnum import luhn

from chat.errors import MessageBlockedError
from chat.redaction import KINDS, Finding, Redacted, RedactionMode, RedactionOptions, Redactor
from chat.redaction_rules import MASK, fold

EVERYTHING = RedactionOptions(
    urls=RedactionMode.MASK,
    words=RedactionMode.MASK,
    word_list=("Project Falcon", "falcon", "c++", "Straße", "ὈΔΥΣΣΕΎΣ", "redacted", "x y z", " "),
)

# In each text the part between the guillemets is what must be masked, and nothing else.
FOUND = {
    "ssn": (
        "«123-45-6789»",
        "My number is «123-45-6789».",
        "«123 45 6789» is mine",
        "«123 - 45 - 6789»",
        "«123\u201345\u20136789» with en dashes",
        "«123\u00a045\u00a06789» with spaces that do not break",
        "SSN «123456789»",
        "ssn: «123456789», born 1980",
        "SSN is «123.45.6789»",
        "My Social Security number is «123456789»",
        "social-security no. «123456789»",
        "SSN«123-45-6789»",
        "«١٢٣-٤٥-٦٧٨٩»",
        "«899-99-9999»",
        "id=«123-45-6789»;",
    ),
    "card": (
        "«4111111111111111»",
        "«4111 1111 1111 1111»",
        "«4111-1111-1111-1111».",
        "«4111 - 1111 - 1111 - 1111»",
        "«41111111 11111111»",
        "«4 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1»",
        "«41-11-11-11-11-11-11-11»",
        "«4222222222222»",
        "«5555555555554444»",
        "«2221000000000009»",
        "«2720990000000007»",
        "«378282246310005»",
        "«3782 822463 10005»",
        "«30569309025904»",
        "«3056 930902 5904»",
        "«6011111111111117»",
        "«3530111333300000»",
        "«6240008631401148»",
        "«6759649826438453»",
        "«2200000000000004»",
        "card 2: «4111 1111 1111 1111» 12/28 123",
        "5 «4111 1111 1111 1111» 7",
        "12,«4111111111111111»,Ann",
        "卡号«4111111111111111»是我的",
        "«４１１１　１１１１　１１１１　１１１１»",
        "«٤١١١١١١١١١١١١١١١»",
        "«4111111111111111»\n«5555555555554444»",
    ),
    "email": (
        "«joe@example.com»",
        "Write to «Joe.Bloggs+tag@mail.example.co.uk», please.",
        "<«joe@example.com»>",
        "mailto:«joe@example.com»",
        "'«o'brien@example.ie»'",
        "(«joe_b%x@example.museum»)",
        "«josé@exämple.de»",
        "用户«joe@example.com»是我",
        "«用户@例子.中国»",
        "«उपयोगकर्ता@उदाहरण.भारत»",
        "«joe@xn--fsq.xn--0zwm56d»",
        "?email=«joe@example.com»&x=1",
        "https://me:«pass@example.com»/",
        "«JOE@EXAMPLE.COM»",
        "«git@github.com»:org/repo",
        "«a@b.co»,«c@d.org»",
    ),
    "phone": (
        "«212-456-7890»",
        "Call «(212) 456-7890» now",
        "«(212)456-7890»",
        "«212.456.7890».",
        "«212 456 7890»",
        "«2124567890»",
        "my number is «2124567890»",
        "«1-800-356-9377»",
        "«1 (212) 456-7890»",
        "«12124567890»",
        "«+12124567890»",
        "«+1 212 456 7890» and 5 more",
        "«212-456-7890 ext. 12»",
        "«212-456-7890x12»",
        "«555-123-4567»",
        "«+1 555 123 4567»",
        "«+44 20 7946 0958»",
        "«+44 (0)20 7946 0958»",
        "tel:«+442079460958»",
        "«+49 30 123456»",
        "«+33 1 23 45 67 89»",
        "«+91 98765 43210» 1 2 3",
        "«＋４９ ３０ １２３４５６»",
        "Phone #«2124567890»",
        "电话«212-456-7890»号",
    ),
    "url": (
        "«https://example.com»",
        "See «http://example.com/a?b=c#d».",
        "(«https://example.com/a_(b)»)",
        "«ftp://example.com/file»",
        "«HTTPS://EXAMPLE.COM»!",
        "«www.example.com»,",
        '"«https://example.com/»"',
        "[text](«https://example.com/a»)",
        "**«https://example.com/a»**",
        "见«https://example.com/路»。",
        "«http://[::1]:8000/»",
        "«https://例子.中国/»",
        "<«https://example.com»>",
    ),
    "word": (
        "«Falcon» flies",
        "the «PROJECT  falcon» is",
        "«project\nfalcon»",
        "«C++» is",
        "not in C, but «c++».",
        "in der «straße»",
        "«Ὀδυσσεύς» came home",
        "a «redacted» text",
        "«x y z»",
        "falcon_1 «falcon»",
    ),
}

LEFT_ALONE = (
    "",
    "Nothing here.",
    # No social security numbers: parts that are never assigned, or another grouping.
    "000-12-3456",
    "666-12-3456",
    "900-12-3456",
    "123-00-4567",
    "123-45-0000",
    "SSN 000456789",
    "123456789",
    "the assn 123456789",
    "123-456-789",
    "1123-45-6789",
    "123-45-67890",
    "123-45-6789-1",
    "1.123-45-6789",
    "A123-45-6789",
    "12345-6789",
    # No cards: a wrong check digit, no issuer, another length, part of something longer.
    "4111111111111112",
    "4111 1111 1111 1112",
    "1234567890123452",
    "9999999999999995",
    "0000000000000000",
    "411111111111111",
    "41111111111111111111111111",
    "x4111111111111111",
    "4111111111111111a",
    "4111 1111 1111 1111a",
    "0.4111111111111111",
    "4111_1111_1111_1111",
    "1700000000000",
    "20261123102030",
    "3 4111 11 11 1111 1111 7",
    "41111111-1111-1111-1111-111111111111",
    "41111111-1111-1111-8111-1111111111aa",
    # No addresses.
    "@joe",
    "joe@",
    "joe@localhost",
    "a @ b.com",
    "@types/node",
    "left-pad@1.3.0",
    "joe@1.2.3.4",
    "...@example.com",
    # No phone numbers: dates, times, addresses of machines, versions, amounts, ids.
    "2026-11-23",
    "11/23/2026",
    "23.11.2026 10:20:30",
    "2026-11-23T10:20:30.123456Z",
    "192.168.100.100",
    "2001:db8::8a2e:370:7334",
    "v12.345.6789",
    "1.2.3-4",
    "$2124567890",
    "€2124567890",
    "2,124,567,890",
    "0.2124567890",
    "1700000000",
    "in 1999, 2001 and 2024-2026",
    "Order 2124567890",
    "order number: 2124567890",
    "Invoice no. 2124567890",
    "#2124567890",
    "ID=2124567890",
    "112-7654321-7654321",
    "702-7654321-7654321",
    "550e8400-e29b-41d4-a716-446655440000",
    "123-456-7890",
    "212-456-78901",
    "x2124567890",
    "2124567890abc",
    "+1 2",
    "+999 123 456 789",
    "3.14159265358979",
    "911",
    # No URLs, no listed words.
    "http://",
    "https:// example.com",
    "xhttp://example.com",
    "xwww.example.com",
    "file:///etc/passwd",
    "falcons, afalcon, falcon_1",
    "project; falcony",
    "the c+ language",
    "[REDACTED]",
)


def positives() -> list[tuple[str, str]]:
    return [(kind, text) for kind, texts in FOUND.items() for text in texts]


def mode_of(**modes: RedactionMode) -> Redactor:
    return Redactor(RedactionOptions(word_list=("falcon",), **modes))


@pytest.mark.parametrize(("kind", "marked"), positives())
def test_a_match_is_masked_and_nothing_else(kind: str, marked: str) -> None:
    redacted = Redactor(EVERYTHING if kind in {"url", "word"} else RedactionOptions()).outgoing(
        re.sub("[«»]", "", marked)
    )
    assert redacted.text == re.sub("«.*?»", MASK, marked, flags=re.DOTALL)
    assert redacted.findings == (Finding(kind, marked.count("«")),)


@pytest.mark.parametrize("text", LEFT_ALONE)
def test_what_only_looks_like_a_match_is_left_alone(text: str) -> None:
    assert Redactor(EVERYTHING).outgoing(text) == Redacted(text, ())


@pytest.mark.parametrize(
    ("region", "marked"),
    [
        ("DE", "ruf «030 123456» an, oder «0171 2345678»"),
        ("DE", "am 12.03.2024, dem 2024-01-15, für 030 123456,50"),
        ("DE", "Bestellung 12345678"),
        ("DE", "Invoice 0301234567"),
        ("GB", "«020 7946 0958» or «(020) 7946 0958» 2 times"),
        ("FR", "«01 23 45 67 89» et «01.23.45.67.89» et «+1 212 456 7890»"),
        ("DK", "«32 12 34 56», in 2024 2025, for 32 12 34 56 €, 32123456.7, 32123456%"),
        ("ES", "«912 345 678», 192.168.100.10, 41111111-1111-1111-8111-1111111111aa"),
        ("GB", "«020 7946 0958» «020 7946 0959» 5 020 7946 0958"),
        ("CA", "«416-555-0123»"),
    ],
)
def test_a_phone_number_is_read_as_it_is_dialled_in_the_region(region: str, marked: str) -> None:
    redacted = Redactor(RedactionOptions(), region=region).outgoing(re.sub("[«»]", "", marked))
    assert redacted.text == re.sub("«.*?»", MASK, marked)


def test_an_unknown_region_is_refused() -> None:
    with pytest.raises(ValueError, match="'XX' is not a region"):
        Redactor(RedactionOptions(), region="XX")


def test_findings_stand_in_a_fixed_order_with_their_counts() -> None:
    text = "falcon www.a.com 212-456-7890 b@c.org d@e.org 4111111111111111 123-45-6789"
    redacted = Redactor(EVERYTHING).outgoing(text)
    assert [(one.kind, one.count) for one in redacted.findings] == [
        ("ssn", 1),
        ("card", 1),
        ("email", 2),
        ("phone", 1),
        ("url", 1),
        ("word", 1),
    ]


def test_by_default_only_personal_data_is_masked() -> None:
    text = "falcon at https://example.com"
    assert Redactor(RedactionOptions(word_list=("falcon",))).outgoing(text) == Redacted(text, ())


def test_a_rule_that_is_off_finds_nothing() -> None:
    text = "joe@example.com 4111111111111111"
    assert mode_of(pii=RedactionMode.OFF).outgoing(text) == Redacted(text, ())


def test_a_warning_leaves_the_text_and_names_the_kind() -> None:
    redactor = mode_of(pii=RedactionMode.WARN, words=RedactionMode.MASK)
    redacted = redactor.outgoing("falcon: joe@example.com")
    assert redacted.text == f"{MASK}: joe@example.com"
    assert redacted.findings == (Finding("email", 1), Finding("word", 1))
    assert redactor.warnings(redacted) == ("email",)


def test_a_match_to_warn_about_does_not_shield_a_masked_one_inside_it() -> None:
    redacted = mode_of(urls=RedactionMode.WARN).outgoing("https://a.com/?user=joe@example.com")
    assert redacted.text == f"https://a.com/?user={MASK}"
    assert redacted.findings == (Finding("email", 1), Finding("url", 1))


def test_history_from_before_a_rule_was_set_to_block_does_not_go_out() -> None:
    redacted = mode_of(pii=RedactionMode.BLOCK).outgoing("Ask joe@example.com.")
    assert redacted == Redacted(f"Ask {MASK}.", (Finding("email", 1),))


def test_a_blocked_match_is_refused_with_its_kinds_and_without_the_text() -> None:
    redactor = mode_of(pii=RedactionMode.BLOCK, urls=RedactionMode.BLOCK)
    with pytest.raises(MessageBlockedError) as caught:
        redactor.refuse_blocked("www.a.com falcon joe@example.com 4111111111111111")
    assert caught.value.details["kinds"] == ["card", "email", "url"]
    assert "joe" not in str(caught.value)


@pytest.mark.parametrize("mode", [RedactionMode.OFF, RedactionMode.WARN, RedactionMode.MASK])
def test_only_block_refuses(mode: RedactionMode) -> None:
    mode_of(pii=mode, urls=mode, words=mode).refuse_blocked("www.a.com falcon joe@example.com")


def test_a_text_without_a_blocked_match_is_not_refused() -> None:
    mode_of(pii=RedactionMode.BLOCK).refuse_blocked("Nothing of that kind, not even 12.")


@pytest.mark.parametrize(
    ("text", "masked", "kind"),
    [
        ("https://example.com/joe@example.com", MASK, "url"),
        ("falcon@example.com", MASK, "email"),
        ("project falcon@example.com", MASK, "email"),
        ("4242 4242 4242 4242 4242 4242", MASK, "card"),
    ],
)
def test_overlapping_matches_become_one_mask_of_the_longest_kind(
    text: str, masked: str, kind: str
) -> None:
    assert Redactor(EVERYTHING).outgoing(text) == Redacted(masked, (Finding(kind, 1),))


def test_a_number_that_a_mask_uncovers_is_masked_too() -> None:
    text = "falcon-2124567890 order 2124567890"
    redactor = Redactor(RedactionOptions(words=RedactionMode.MASK, word_list=("order",)))
    assert redactor.outgoing(text).text == f"falcon-{MASK} {MASK} {MASK}"


def test_an_overlong_local_part_is_masked_as_far_as_an_address_goes() -> None:
    redacted = Redactor(RedactionOptions()).outgoing("a" * 100 + "@example.com")
    assert redacted.text == "a" * 36 + MASK


@pytest.mark.parametrize(
    "piece",
    [
        *("1", "4", "a", "@", "1-", "4 ", "4-", "a@", "a.", "@a.", "(2", "+1 ", "+", "(", "٤", " "),
        *("http:", "www.", "ssn", "social ", "project ", "2-12 ", "212 ", "0.", "4   ", "c+"),
    ],
)
@pytest.mark.parametrize("region", ["US", "DE"])
def test_a_hostile_text_of_full_length_is_read_to_its_end(piece: str, region: str) -> None:
    """A pattern whose work grows faster than the text would not come back from this."""
    text = "x" + piece * (100_000 // len(piece))
    assert Redactor(EVERYTHING, region=region).outgoing(text) == Redacted(text, ())


@pytest.mark.parametrize(
    ("region", "number"),
    [
        ("US", "212 456 7890 "),
        ("US", "4111 1111 1111 1111 "),
        ("GB", "020 7946 0958 "),
        ("ES", "912 345 678 "),
    ],
)
def test_a_long_row_of_numbers_is_masked_to_its_end(region: str, number: str) -> None:
    """Were each mask to uncover the next number only, this would not come back either."""
    redacted = Redactor(RedactionOptions(), region=region).outgoing(number * 5_000)
    assert redacted.text == f"{MASK} " * 5_000


def test_folding_keeps_every_character_at_its_place() -> None:
    every = "".join(map(chr, [*range(0xD800), *range(0xE000, 0x110000)]))
    folded = fold(every)
    assert len(folded) == len(every)
    assert all(one.isascii() for one, was in zip(folded, every, strict=True) if was.isdecimal())


PIECES = (
    *(re.sub("[«»]", "", text) for _, text in positives()),
    *LEFT_ALONE,
    *("4111", "1111", "212", "555", "-", " ", ".", "@", "order ", "+", "(", ")", "ssn ", "www."),
    *("http://", "[", "]", "REDACTED", "\u0130", "1", "9", "x", "_", ",", "4", "#", "\n"),
)
NUMBERISH = st.text(alphabet="0123456789 -.()+@ax٤", max_size=80)
TEXTS = st.lists(st.sampled_from(PIECES) | st.text(max_size=5) | NUMBERISH, max_size=8).map("".join)
REDACTORS = st.sampled_from(
    [
        Redactor(RedactionOptions()),
        Redactor(EVERYTHING),
        Redactor(EVERYTHING, region="DE"),
        Redactor(EVERYTHING, region="ES"),
        Redactor(
            RedactionOptions(words=RedactionMode.BLOCK, word_list=("1", "-", "order", "<", "[r"))
        ),
    ]
)


@given(REDACTORS, TEXTS)
def test_masking_a_masked_text_changes_nothing(redactor: Redactor, text: str) -> None:
    once = redactor.outgoing(text).text
    assert redactor.outgoing(once) == Redacted(once, ())


@given(REDACTORS, TEXTS)
def test_there_are_as_many_findings_as_new_masks(redactor: Redactor, text: str) -> None:
    assume("REDACTED" not in text)
    redacted = redactor.outgoing(text)
    assert sum(one.count for one in redacted.findings) == redacted.text.count(MASK)
    assert [one.kind for one in redacted.findings] == [
        kind for kind in KINDS if kind in {one.kind for one in redacted.findings}
    ]


@given(REDACTORS, TEXTS)
def test_what_is_outside_the_masks_is_what_was_written(redactor: Redactor, text: str) -> None:
    kept = redactor.outgoing(text).text.split(MASK)
    assert re.fullmatch("(?s:.*?)".join(map(re.escape, kept)), text)


@st.composite
def cards(draw: st.DrawFn) -> str:
    prefix, length = draw(
        st.sampled_from([("4", 16), ("4", 13), ("4", 19), ("51", 16), ("2221", 16), ("37", 15)])
        | st.sampled_from([("6011", 16), ("36", 14), ("3528", 16), ("62", 19), ("6759", 18)])
    )
    rest = length - len(prefix) - 1
    body = prefix + draw(st.text(alphabet="0123456789", min_size=rest, max_size=rest))
    return body + luhn.calc_check_digit(body)


def grouped(digits: str, cuts: list[int], separator: str) -> str:
    edges = (0, *(cut for cut in cuts if cut < len(digits)), len(digits))
    return separator.join(digits[left:right] for left, right in pairwise(edges))


@given(
    card=cards(),
    cuts=st.sampled_from([[], [4, 8, 12], [4, 10], [8], [4, 8, 12, 16], [6]]),
    separator=st.sampled_from([" ", "-", " - ", "\u2013", "\u00a0"]),
    before=st.sampled_from(["", "card: ", "5 ", "1111 ", "4111 ", "12/28 ", "(", "号", "a,", "+"]),
    after=st.sampled_from(["", ".", " 5", " 1111", " 12/28 123", ")", "号", ",7", "\n4111", "-9"]),
)
def test_no_valid_card_survives(
    card: str, cuts: list[int], separator: str, before: str, after: str
) -> None:
    written = grouped(card, cuts, separator)
    redacted = Redactor(RedactionOptions()).outgoing(before + written + after)
    assert written not in redacted.text
    assert re.sub("[^0-9]", "", redacted.text).find(card) < 0


@given(st.text(alphabet=st.characters(exclude_categories=["Nd", "Cs"], exclude_characters="@")))
def test_a_text_without_digits_and_at_signs_stays_as_it_is_by_default(text: str) -> None:
    assert Redactor(RedactionOptions()).outgoing(text) == Redacted(text, ())
