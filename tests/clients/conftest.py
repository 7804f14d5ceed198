"""Fixtures of the tests with real clients."""

from pathlib import Path

import pytest

from tests.clients.page import Project


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """A reader's project."""
    return Project(tmp_path)
