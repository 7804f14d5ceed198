"""Fixtures of the history test."""

import pytest

from tests.history.example import Example, clean


@pytest.fixture
def history() -> Example:
    """A small history without an error, to plant one."""
    return clean()
