"""The pages of docs/ as a reader has them: their blocks, and a shell in which those run."""

import re
import sys
from pathlib import Path

from tests.clients.node import output

ROOT = Path(__file__).parent.parent.parent
DOCS = ROOT / "docs"


def page(name: str) -> str:
    """The text of a page."""
    return (DOCS / name).read_text(encoding="utf-8")


def blocks(name: str, language: str) -> list[str]:
    """The blocks in a language."""
    return re.findall(rf"```{language}\n(.*?)```", page(name), re.DOTALL)


# The function `ask`, which every page takes from the tutorial.
ASK = blocks("tutorial.md", "sh")[0].partition("\n")[2].rpartition("ask '{")[0]


class Reader:
    """Somebody in the folder of the sources, who types what the pages say."""

    def __init__(self, folder: Path, url: str, token: str, **variables: str) -> None:
        """`folder` is empty; `variables` are in the environment besides address and token."""
        self.folder = folder
        self._variables = {"PARLEY": url, "TOKEN": token, **variables}
        programs = folder / ".venv" / "bin"
        programs.mkdir(parents=True)
        (programs / "parley").symlink_to(Path(sys.executable).parent / "parley")

    async def types(self, *typed: str) -> list[str]:
        """Type blocks into one shell, and get what each prints. A command that fails is one."""
        parts = ["set -eu", ASK]
        for text in typed:
            parts += ["echo =====", text]
        script = "\n".join(parts)
        said = await output("bash", "-c", script, cwd=self.folder, **self._variables)
        return said.split("=====\n")[1:]

    async def reads(self, name: str) -> list[str]:
        """Type every block of a page."""
        return await self.types(*blocks(name, "sh"))
