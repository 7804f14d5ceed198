"""Somebody else's id answers exactly as an absent one, everywhere an id can be given.

The test walks the schema: every argument and input field of type ID, in every query, mutation and
subscription, is tried with Alice's ids by Bob and with ids that never were. A new operation is
tried without anyone having to think of it.
"""

import re
from collections.abc import Iterator
from uuid import UUID

from graphql import (
    GraphQLArgument,
    GraphQLField,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLSchema,
    get_named_type,
    is_enum_type,
    is_input_object_type,
    is_required_input_field,
    is_scalar_type,
)

from chat.identifiers import uuid7
from chat.records import UserRole
from resolvers.graphql_schema import graphql_schema
from tests.served import Answer, Client, Json, Served

# What an ID argument that is just called `id` or the like is the id of, by operation.
KINDS = {
    "conversation.id": "conversation",
    "message.id": "message",
    "run.id": "run",
    "updateConversation.id": "conversation",
    "deleteConversation.id": "conversation",
    "revokeApiToken.id": "token",
    "atMessageId": "message",
    "conversationId": "conversation",
    "parentId": "conversation",
    "userId": "user",
}
SAMPLES = {"String": "text", "Int": 5, "Float": 0.5, "Boolean": True, "DateTime": None}


def core_schema() -> GraphQLSchema:
    """graphql-core's view of the schema."""
    return graphql_schema()._schema  # noqa: SLF001  Strawberry offers no other way


def operations() -> Iterator[tuple[str, str, GraphQLField]]:
    """The kind, name and definition of every root field."""
    schema = core_schema()
    for kind, root in (
        ("query", schema.query_type),
        ("mutation", schema.mutation_type),
        ("subscription", schema.subscription_type),
    ):
        assert isinstance(root, GraphQLObjectType)
        for name, field in root.fields.items():
            yield kind, name, field


def id_places(field: GraphQLField) -> Iterator[tuple[str, ...]]:
    """Where an operation takes ids: ("id",), ("input", "conversationId"), …"""
    for name, argument in field.args.items():
        named = get_named_type(argument.type)
        if named.name == "ID":
            yield (name,)
        if isinstance(named, GraphQLInputObjectType):
            for inner, definition in named.fields.items():
                if get_named_type(definition.type).name == "ID":
                    yield name, inner


def sample(type_: GraphQLInputType) -> object:
    """A valid value of an input type; of an input object only what is required."""
    named = get_named_type(type_)
    if is_input_object_type(named):
        return {
            name: sample(field.type)
            for name, field in named.fields.items()
            if is_required_input_field(field)
        }
    if is_enum_type(named):
        return next(iter(named.values))
    assert is_scalar_type(named)
    return SAMPLES.get(named.name)


def document(kind: str, name: str, field: GraphQLField) -> str:
    """An operation with a variable for every argument, selecting what says most."""
    variables = ", ".join(f"${key}: {argument.type}" for key, argument in field.args.items())
    arguments = ", ".join(f"{key}: ${key}" for key in field.args)
    selection = "" if is_scalar_type(get_named_type(field.type)) else "{ __typename }"
    if name == "conversations":
        selection = "{ totalCount nodes { id } }"
    return f"{kind} ({variables}) {{ {name}({arguments}) {selection} }}"


def variables_with(field: GraphQLField, place: tuple[str, ...], id_: str) -> Json:
    """Valid variables with the id at its place."""
    values: Json = {}
    for name, argument in field.args.items():
        if _needed(argument, name, place):
            values[name] = sample(argument.type)
    inner = values
    for step in place[:-1]:
        inner = inner[step]
    inner[place[-1]] = id_
    if place == ("input", "atMessageId"):
        values["input"]["conversationId"] = OWN_CONVERSATION
    if place == ("input", "userId"):
        values["input"]["tokenLimit"] = 1
    return values


def _needed(argument: GraphQLArgument, name: str, place: tuple[str, ...]) -> bool:
    return isinstance(argument.type, GraphQLNonNull) or name == place[0]


OWN_CONVERSATION = "own"


async def ask(client: Client, kind: str, query: str, variables: Json) -> Json:
    """The answer's body, without what differs from request to request."""
    if kind == "subscription":
        async with client.socket() as socket:
            payload = {"query": query, "variables": variables}
            await socket.raw.send_json({"id": "1", "type": "subscribe", "payload": payload})
            return _plain(await socket.message())
    answer: Answer = await client(query, **variables)
    return {"status": answer.status, **_plain(answer.body)}


def _plain(body: Json) -> Json:
    text = re.sub(r"'requestId': '[^']*'", "", str(body))
    return {"text": re.sub(r"[0-9a-f]{32}", "ID", text)}


async def test_someone_elses_ids_answer_as_absent_ones_in_every_operation(parley: Served) -> None:
    alice = await parley.client()
    bob = await parley.client(role=UserRole.ADMIN)
    payload = await alice.send(None, "Alice's secret")
    viewer = (await alice("{ viewer { id apiTokens { id } } }")).data["viewer"]
    own = (await bob.conversation())["id"]
    alices = {
        "conversation": payload["conversation"]["id"],
        "message": payload["reply"]["id"],
        "run": payload["run"]["id"],
        "token": viewer["apiTokens"][0]["id"],
        "user": viewer["id"],
    }
    tried = 0
    for kind, name, field in operations():
        for place in id_places(field):
            key = place[-1]
            wanted = KINDS.get(f"{name}.{key}") or KINDS.get(key)
            for target in [wanted] if wanted else sorted(alices):
                if (name, target) == ("setTokenLimit", "user"):
                    continue  # an admin's right, and other users' ids are its very subject
                query = document(kind, name, field)
                answers = []
                for id_ in (alices[target], f"{target}_{absent().hex}"):
                    variables = variables_with(field, place, id_)
                    text = str(variables).replace("'own'", f"'{own}'")
                    assert text
                    _put_own(variables, own)
                    answers.append(await ask(bob, kind, query, variables))
                assert answers[0] == answers[1], (kind, name, target)
                assert "secret" not in str(answers[0])
                tried += 1
    assert tried >= 18
    still = await alice.messages(alices["conversation"])
    assert [one["content"] for one in still] == ["Alice's secret", "You said: Alice's secret 🎉"]
    assert (await alice("{ viewer { name } }")).status == 200


def _put_own(variables: Json, own: str) -> None:
    if isinstance(variables.get("input"), dict):
        for key, value in variables["input"].items():
            if value == OWN_CONVERSATION:
                variables["input"][key] = own


def absent() -> UUID:
    """An id that never was."""
    return uuid7()


async def test_the_answers_of_absent_ids_are_those_the_contract_names(alice: Client) -> None:
    gone = f"conversation_{absent().hex}"
    assert (await alice("query ($id: ID!) { conversation(id: $id) { id } }", id=gone)).data == {
        "conversation": None
    }
    query = "query ($id: ID!) { messages(conversationId: $id) { totalCount } }"
    assert (await alice(query, id=gone)).code == "NOT_FOUND"
    assert (await alice.try_send(gone, "Hello")).code == "NOT_FOUND"
