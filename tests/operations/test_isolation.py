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
    GraphQLNonNull,
    get_named_type,
    is_scalar_type,
)

from chat.identifiers import uuid7
from chat.records import UserRole
from tests.operations.schema_walk import document, first_answer, operations, sample
from tests.served import Client, Json, Served

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


def _what_says_most(name: str, field: GraphQLField) -> str:
    if name == "conversations":
        return "{ totalCount nodes { id } }"
    return "" if is_scalar_type(get_named_type(field.type)) else "{ __typename }"


def _plain(body: Json) -> str:
    """A body, without what differs from request to request."""
    text = re.sub(r"'requestId': '[^']*'", "", str(body))
    return re.sub(r"[0-9a-f]{32}", "ID", text)


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
                query = document(kind, name, field, _what_says_most(name, field))
                answers = []
                for id_ in (alices[target], f"{target}_{absent().hex}"):
                    variables = variables_with(field, place, id_)
                    text = str(variables).replace("'own'", f"'{own}'")
                    assert text
                    _put_own(variables, own)
                    answers.append(_plain(await first_answer(bob, kind, query, variables)))
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
