"""The ready operations of GraphiQL fit the schema, each with its variables."""

import json
import re
from pathlib import Path

import pytest
from graphql import OperationDefinitionNode, build_schema, parse, validate
from graphql.execution.values import get_variable_values

ROOT = Path(__file__).parents[2]
SCHEMA = build_schema((ROOT / "schema" / "schema.graphql").read_text(encoding="utf-8"))
EXAMPLES = sorted((ROOT / "web" / "graphiql" / "src" / "examples").glob("*.graphql"))


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_an_example_fits_the_schema(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert re.match(r"# [A-Z].*\n# [A-Z].*\.\n(query|mutation|subscription) [A-Z]", text)
    document = parse(text)
    assert validate(SCHEMA, document) == []
    [operation] = document.definitions
    assert isinstance(operation, OperationDefinitionNode)
    variables = json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))
    defined = operation.variable_definitions or ()
    used = get_variable_values(SCHEMA, defined, variables)
    assert not isinstance(used, list), used
    assert set(variables) <= {one.variable.name.value for one in defined}


def test_the_examples_are_found() -> None:
    assert len(EXAMPLES) == 5
