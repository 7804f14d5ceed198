"""How `make docs` makes a site of these pages. Sphinx reads it.

The pages are plain Markdown, good to read where they lie. What can be derived is written before
each build (see `docs/derived.py`) and not committed: the reference, the recipes of examples/,
and the screenshots that the browser tests leave in artifacts/, where they are.
"""

import sys
from pathlib import Path

from sphinx.application import Sphinx

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))

from docs.derived import as_on_the_site, pages  # noqa: E402  found by the path above

project = "Parley"
extensions = ["myst_parser"]
exclude_patterns = ["decisions/0000-template.md"]
myst_heading_anchors = 3
nitpicky = True
html_theme = "furo"
html_title = "Parley"
html_copy_source = False
html_show_copyright = False
# Pages written in Markdown are highlighted as far as their language is known.
suppress_warnings = ["misc.highlighting_failure"]


def write_pages(app: Sphinx) -> None:
    """Write what is derived into the folder of the sources."""
    for name, text in pages(ROOT).items():
        path = Path(app.srcdir, name)
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")


def prepare(_app: Sphinx, _name: str, source: list[str]) -> None:
    """Bring one page into the form of the site."""
    source[0] = as_on_the_site(ROOT, source[0])


def setup(app: Sphinx) -> None:
    """Hook in."""
    app.connect("builder-inited", write_pages)
    app.connect("source-read", prepare)
