"""Where the recipes are, and the page in which their scripts run."""

from pathlib import Path

from tests.clients.page import Project

ROOT = Path(__file__).parent.parent.parent
EXAMPLES = ROOT / "examples"


def recipe(name: str) -> str:
    """The text of a recipe."""
    return (EXAMPLES / name).read_text(encoding="utf-8")


def script_of(project: Project, name: str) -> Path:
    """A script of the tests, put beside what it imports."""
    folder = Path(__file__).parent
    project.write("browser.mjs", (folder / "browser.mjs").read_text(encoding="utf-8"))
    return project.write(name, (folder / name).read_text(encoding="utf-8"))
