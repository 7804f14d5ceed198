"""docs/clients.md as a reader has it: its blocks, and a project of which they are the files."""

import re
from pathlib import Path

from tests.clients.node import NODE, WORKSPACE, output

ROOT = WORKSPACE.parent.parent
PAGE = (ROOT / "docs" / "clients.md").read_text(encoding="utf-8")
SCHEMA = ROOT / "schema" / "schema.graphql"


def blocks(section: str, language: str) -> list[str]:
    """The blocks in a language below the heading that begins so."""
    text = PAGE.partition(f"\n## {section}")[2].partition("\n## ")[0]
    return re.findall(rf"```{language}\n(.*?)```", text, re.DOTALL)


class Project:
    """A folder with the packages that the page tells to install, the schema and parley.mjs."""

    def __init__(self, folder: Path) -> None:
        """`folder` is empty."""
        self.folder = folder
        (folder / "node_modules").symlink_to(WORKSPACE / "node_modules")
        (folder / "schema.graphql").symlink_to(SCHEMA)
        self.write("package.json", '{"type": "module"}')
        self.write("parley.mjs", blocks("parley.mjs", "js")[0])

    def write(self, name: str, text: str) -> Path:
        """Write a file."""
        path = self.folder / name
        path.write_text(text, encoding="utf-8")
        return path

    async def run(self, script: str, url: str, token: str) -> str:
        """Run a script with address and token, and return what it prints."""
        path = self.write("chat.mjs", script)
        return await output(NODE, path, cwd=self.folder, PARLEY=url, TOKEN=token)

    def script(self, name: str) -> Path:
        """A script of the tests, put beside parley.mjs."""
        return self.write(name, (WORKSPACE / name).read_text(encoding="utf-8"))

    async def tool(self, path: str, *arguments: str) -> str:
        """Run a tool of a package, as npx does."""
        script = self.folder / "node_modules" / path
        return await output(NODE, script, *arguments, cwd=self.folder)
