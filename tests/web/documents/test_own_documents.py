"""Every document in this repository keeps the default limits."""

import ast
import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from graphql import GraphQLSyntaxError, OperationDefinitionNode, get_named_type, parse

from tests.operations.schema_walk import document, operations, selection
from web.documents.documents import Documents

ROOT = Path(__file__).parents[3]
OWN = Path(__file__).parent


def in_json(text: str) -> Iterator[str]:
    """The queries in `{"query": "…"}`."""
    for found in re.findall(r"""\{"query": ("(?:[^"\\]|\\.)*")""", text):
        yield json.loads(found)


def in_python(text: str) -> Iterator[str]:
    """The strings of a program that are documents."""
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and _runs(node.value):
            yield node.value


def _runs(text: str) -> bool:
    try:
        definitions = parse(text).definitions if "{" in text else ()
    except GraphQLSyntaxError:
        return False
    return any(isinstance(each, OperationDefinitionNode) for each in definitions)


def read(name: str) -> str:
    """A file of the repository."""
    return (ROOT / name).read_text(encoding="utf-8")


def of_the_readme() -> list[str]:
    """The documents of README.md."""
    text = read("README.md")
    blocks = dict(re.findall(r"```(graphql|python)\n(.*?)```", text, re.DOTALL))
    return [*in_json(text), blocks["graphql"], *in_python(blocks["python"])]


def of_the_examples() -> list[str]:
    """The documents of examples/ and of GraphiQL's menu."""
    shell = read("examples/first_conversation.sh")
    quoted = re.findall(r"""(?:ask |=)'((?:query|mutation|subscription).*?)'""", shell)
    escaped = re.findall(r'''(?:ask |=)"((?:[^"\\]|\\.)*)"''', shell)
    unescaped = [text for each in escaped if _runs(text := each.replace('\\"', '"'))]
    programs = [read(f"examples/{path.name}") for path in sorted(ROOT.glob("examples/*.py"))]
    menu = sorted(ROOT.glob("web/graphiql/src/examples/*.graphql"))
    return [
        *quoted,
        *unescaped,
        *(path.read_text(encoding="utf-8") for path in menu),
        *(each for one in programs for each in in_python(one)),
    ]


def of_the_tests() -> list[str]:
    """The documents of the tests and benchmarks, but for those that are too complex on purpose.

    Those of `tests/executor` are over schemas of their own.
    """
    paths = sorted([*ROOT.glob("tests/**/*.py"), *ROOT.glob("bench/*.py")])
    texts = [
        path.read_text(encoding="utf-8")
        for path in paths
        if path.parent not in {OWN, OWN.parents[1] / "executor"}
        and path.name != "executor.py"
        and not path.stem.startswith(("malformed_", "excessive_"))
    ]
    written = {each for text in texts for each in in_python(text)}
    walked = (
        document(kind, name, field, selection(get_named_type(field.type)))
        for kind, name, field in operations()
    )
    return [*sorted(written), *walked]


def paid(documents: Documents, text: str) -> int:
    """The cost of the dearest operation of a document."""
    prepared = documents.prepare(text)
    assert list(prepared.errors) == []
    return max(
        prepared.check_cost(each, {})
        for each in prepared.node.definitions
        if isinstance(each, OperationDefinitionNode)
    )


@pytest.mark.parametrize("text", of_the_readme())
def test_the_documents_of_the_readme_keep_the_limits(documents: Documents, text: str) -> None:
    assert paid(documents, text) <= 15


def test_the_readmes_documents_were_found() -> None:
    assert len(of_the_readme()) == 7


@pytest.mark.parametrize("text", of_the_examples())
def test_the_examples_keep_the_limits(documents: Documents, text: str) -> None:
    assert paid(documents, text) <= 101


def test_the_examples_documents_were_found() -> None:
    assert len(of_the_examples()) >= 12


def test_the_documents_of_the_tests_keep_the_limits(documents: Documents) -> None:
    texts = of_the_tests()
    assert len(texts) > 100
    valid = [text for text in texts if not documents.prepare(text).errors]
    assert len(valid) > 90
    assert max(paid(documents, text) for text in valid) <= 3000
