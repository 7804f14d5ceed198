"""What is read from a scope."""

from web.asgi import header, header_list


def test_of_a_header_that_comes_twice_the_last_counts_and_of_a_list_all() -> None:
    scope = {"headers": [(b"accept", b"a/b"), (b"host", b"x"), (b"accept", b"c/d, e/f")]}
    assert header(scope, b"accept") == "c/d, e/f"
    assert header_list(scope, b"accept") == "a/b, c/d, e/f"
    assert header_list(scope, b"cookie") is None
