"""Fixtures of the tests that run what the pages say."""

from pathlib import Path

import pytest

from tests.docs.pages import Reader
from tests.served import Client


@pytest.fixture
def reader(alice: Client, tmp_path: Path) -> Reader:
    """A member who reads the pages."""
    return Reader(tmp_path, alice.url, alice.token)
