"""Tools that read the exported schema: code generators, and every document of the page."""

import json
import re

import pytest
from graphql import build_schema, parse, validate

from tests.clients.page import PAGE, SCHEMA, Project, blocks

DOCUMENTS = re.findall(r"(?:`|\"\"\")\s*((?:query|mutation|subscription) [^`]*?)(?:`|\"\"\")", PAGE)
BUILT = build_schema(SCHEMA.read_text(encoding="utf-8"))


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda text: text.split("(")[0])
def test_a_document_of_the_page_fits_the_schema(document: str) -> None:
    assert validate(BUILT, parse(document)) == []


def test_the_documents_of_the_page_are_found() -> None:
    assert len(DOCUMENTS) >= 14


async def test_graphql_code_generator_makes_types_of_schema_and_documents(
    project: Project,
) -> None:
    project.write("codegen.json", blocks("Types from the schema", "json")[0])
    project.write("chat.mjs", blocks("Apollo Client", "js")[0])
    await project.tool("@graphql-codegen/cli/esm/bin.js", "--config", "codegen.json")
    types = (project.folder / "types.ts").read_text(encoding="utf-8")
    assert re.search(r"DateTime: \{ input: string; output: string;? \}", types)
    assert re.search(r"createdAt: Scalars\['DateTime'\]\['output'\]", types)
    assert "export type EventsSubscription =" in types


async def test_the_compiler_of_relay_makes_types_of_schema_and_documents(
    project: Project,
) -> None:
    settings = json.loads(blocks("Relay", "json")[0])
    project.write("relay.config.json", json.dumps({**settings, "language": "typescript"}))
    project.write("operations.ts", blocks("Relay", "js")[0])
    await project.tool("relay-compiler/cli.js")
    written = project.folder / "__generated__" / "operationsMessagesQuery.graphql.ts"
    assert "readonly createdAt: string;" in written.read_text(encoding="utf-8")
