"""The schema: root types, node types and extensions put together."""

from functools import cache

import strawberry
from graphql import GraphQLSchema
from strawberry.schema.config import StrawberryConfig

from resolvers.mutation import Mutation
from resolvers.query import Query
from resolvers.subscription import Subscription
from schema.conversation import Conversation
from schema.enums import ErrorCode
from schema.message import Message
from schema.run import Run
from schema.user import ApiToken, User


@cache
def graphql_schema() -> strawberry.Schema:
    """The schema, which is made once for each process."""
    return strawberry.Schema(
        query=Query,
        mutation=Mutation,
        subscription=Subscription,
        types=[User, ApiToken, Conversation, Message, Run, ErrorCode],
        config=StrawberryConfig(auto_camel_case=True),
    )


def core_schema() -> GraphQLSchema:
    """graphql-core's view of the schema, which is what documents are checked against and run on."""
    return graphql_schema()._schema  # noqa: SLF001  Strawberry offers no other way
