"""Parley's schema, and what prepares documents for it."""

import pytest
from graphql import GraphQLSchema

from resolvers.graphql_schema import core_schema
from web.documents.documents import Documents
from web.documents.limits import DocumentLimits


@pytest.fixture(scope="session")
def schema() -> GraphQLSchema:
    """graphql-core's view of Parley's schema."""
    return core_schema()


@pytest.fixture
def documents(schema: GraphQLSchema) -> Documents:
    """What prepares documents, with the default limits and an empty memory."""
    return Documents(schema, DocumentLimits())
