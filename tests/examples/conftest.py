"""Fixtures of the tests that run the recipes of examples/."""

from pathlib import Path

import pytest

from tests.clients.page import Project


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """A folder in which the packages of the clients can be imported."""
    return Project(tmp_path)
