"""Taking a long array apart: like Python's own parser, however the file is cut into chunks."""

import json
from io import BytesIO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chat.errors import MalformedImportError
from chat.interchange import array
from chat.interchange.scanning import ignore

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


class Slow(BytesIO):
    """A file that gives a few bytes at a time."""

    def __init__(self, content: bytes, size: int) -> None:
        super().__init__(content)
        self._size = size

    def readline(self, limit: int | None = -1, /) -> bytes:
        """So many bytes, or fewer."""
        return self.read(self._size)


def read(content: bytes) -> list[object]:
    """All elements."""
    return list(array.elements(BytesIO(content), progress=ignore))


@given(st.lists(JSON), st.sampled_from([None, 1]), st.booleans(), st.integers(1, 9))
def test_the_elements_are_those_of_the_array(
    values: list[object], indent: int | None, escaped: bool, size: int
) -> None:
    text = json.dumps(values, indent=indent, ensure_ascii=escaped)
    file = Slow(b"\xef\xbb\xbf \n" + text.encode() + b"\n ", size)
    assert list(array.elements(file, progress=ignore)) == values


@given(st.text(alphabet='[]{},:"\\ a1\n', max_size=30), st.integers(1, 9))
def test_what_is_no_array_is_refused_and_nothing_else_is(text: str, size: int) -> None:
    try:
        expected = json.loads(text)
    except ValueError:
        expected = None
    file = Slow(text.encode(), size)
    if isinstance(expected, list):
        assert list(array.elements(file, progress=ignore)) == expected
    else:
        with pytest.raises(MalformedImportError):
            list(array.elements(file, progress=ignore))


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"", "Conversation 1: The file breaks off."),
        (b"{}", "Conversation 1: The file is no JSON array."),
        (b'"a"', "Conversation 1: The file is no JSON array."),
        (b"[1] [2]", "Conversation 2: The file is no JSON array."),
        (b"[1}", "Conversation 1: The file is no JSON array."),
        (b"[1, 2", "Conversation 2: The file breaks off."),
        (b"[1, 2, nonsense]", "Conversation 3: It is not JSON in UTF-8."),
        (b"[1, NaN]", "Conversation 2: It is not JSON in UTF-8."),
        (b'[1, "\xff"]', "Conversation 2: It is not JSON in UTF-8."),
        (b"[1," + b"[" * 100_000 + b"]" * 100_000 + b"]", "Conversation 2: It is not JSON in"),
        (b"[" * 1_000_000, "Conversation 1: The file breaks off."),
    ],
)
def test_a_malformed_file_is_refused_with_the_number_of_the_element(
    content: bytes, expected: str
) -> None:
    with pytest.raises(MalformedImportError) as refused:
        read(content)
    assert str(refused.value).startswith(expected)


def test_an_element_that_is_too_large_is_refused_before_its_end() -> None:
    chunk = b"x" * 1_000_000
    file = Slow(b'[1,"' + chunk * 80, len(chunk))
    with pytest.raises(MalformedImportError, match=r"Conversation 2: It has more than 67,108,864"):
        list(array.elements(file, progress=ignore))
    assert file.tell() < 69_000_000
