"""Who may what: every root field, and every field below, by nobody, strangers, owners and admins.

What is asked is made from the schema; who should get it stands in `permission_table`.
"""

from typing import Any, cast

import aiohttp
from graphql import get_named_type, is_object_type

from chat.records import UserRole
from db.database import Database
from resolvers.graphql_schema import core_schema
from tests.operations.belongings import Belongings, belongings
from tests.operations.permission_table import ELSEWHERE, TABLE, Access, Row
from tests.operations.schema_walk import (
    document,
    first_answer,
    operations,
    selection,
    visited,
)
from tests.scripted_model import ScriptedModel
from tests.served import Client, Json, Served

TABLES = ("api_tokens", "conversations", "messages", "segments", "runs", "monthly_usage")
FIELDS = {f"{kind} {name}": (kind, name, field) for kind, name, field in operations()}
NODES = ("conversation", "branch", "message", "reply", "failed", "run", "api_token", "user")
TYPE_OF = {
    "branch": "Conversation",
    "reply": "Message",
    "failed": "Message",
    "api_token": "ApiToken",
}


def asking(key: str, owned: Belongings) -> tuple[str, str, Json]:
    """The kind, document and variables that ask a root field for all that it can tell."""
    kind, name, field = FIELDS[key]
    wanted = selection(get_named_type(field.type), of="Conversation")
    return kind, document(kind, name, field, wanted), owned.in_place(TABLE[key].variables)


async def ask(client: Client, key: str, owned: Belongings) -> Json:
    """The answer's body."""
    return await first_answer(client, *asking(key, owned))


def codes(body: Json) -> set[str]:
    """The codes of an answer's errors."""
    return {error["extensions"]["code"] for error in body.get("errors", [])}


def with_access(access: Access) -> list[str]:
    """The root fields that such a row has."""
    return [key for key, row in TABLE.items() if row.access is access]


def without(client: Client, token: str) -> Client:
    """The same client with another token."""
    return Client(client.url, client.session, token, client.user)


async def stored(database: Database, owner: Client) -> list[Any]:
    """Every row of a user, and whatever users there are."""
    owned = [
        await database.rows(
            f"SELECT * FROM {table} WHERE user_id = :id ORDER BY 1", id=owner.user.id
        )
        for table in TABLES
    ]
    return [await database.rows("SELECT * FROM users ORDER BY id"), *owned]


def test_every_root_field_has_a_row_and_every_row_a_field() -> None:
    assert set(TABLE) == set(FIELDS)


async def test_nobody_without_a_token_gets_anything(
    parley: Served, model: ScriptedModel, database_url: str
) -> None:
    alice = await parley.client()
    owned = await belongings(alice, model)
    database = await Database.open(database_url)
    before = await stored(database, alice)
    for key in TABLE:
        _, query, variables = asking(key, owned)
        for token in ("", "wrong"):
            answer = await without(alice, token)(query, **variables)
            assert (answer.status, answer.code) == (401, "UNAUTHENTICATED"), key
            assert "data" not in answer.body
        payload = {"query": query, "variables": variables}
        assert await closed_with(alice, None, payload) == 4401, key
        assert await closed_with(alice, {}, payload) in {4401, 4403}, key
        assert await closed_with(alice, {"token": "wrong"}, payload) in {4401, 4403}, key
    assert await stored(database, alice) == before
    await database.close()


async def closed_with(client: Client, init: Json | None, payload: Json) -> int | None:
    """The code that closes a socket which asks, before or after such an init; no answer comes."""
    async with client.session.ws_connect(
        f"{client.url}/graphql", protocols=["graphql-transport-ws"]
    ) as raw:
        if init is not None:
            await raw.send_json({"type": "connection_init", "payload": init})
        await raw.send_json({"type": "subscribe", "id": "1", "payload": payload})
        assert (await raw.receive()).type is aiohttp.WSMsgType.CLOSE
        return raw.close_code


async def test_to_strangers_and_admins_what_is_a_members_does_not_exist(
    parley: Served, model: ScriptedModel, database_url: str
) -> None:
    alice = await parley.client()
    owned = await belongings(alice, model)
    database = await Database.open(database_url)
    others = [await parley.client(), await parley.client(role=UserRole.ADMIN)]
    before = await stored(database, alice)
    for key in with_access(Access.OWNER):
        for other in others:
            body = await ask(other, key, owned)
            found = (body.get("data") or {}).get(FIELDS[key][1])
            assert found is None, (key, other.user.role)
            assert codes(body) <= {"NOT_FOUND"}, (key, body)
            assert owned.shown_in(body) == []
            assert await stored(database, alice) == before, (key, other.user.role)
    await database.close()


async def test_to_strangers_and_admins_no_id_of_a_member_leads_anywhere(
    parley: Served, model: ScriptedModel
) -> None:
    alice = await parley.client()
    owned = await belongings(alice, model)
    for other in (await parley.client(), await parley.client(role=UserRole.ADMIN)):
        for name in NODES:
            assert await node(other, owned, name) is None, (name, other.user.role)
    for name in NODES:
        assert await node(alice, owned, name) is not None


async def node(client: Client, owned: Belongings, name: str) -> Json | None:
    """What stands behind an id, with all that it leads to."""
    _, _, field = FIELDS["query node"]
    wanted = selection(get_named_type(field.type), of=TYPE_OF.get(name, name.title()))
    answer = await client(document("query", "node", field, wanted), id=owned.ids[name])
    return cast("Json | None", answer.data["node"])


async def test_whoever_is_signed_in_is_told_of_their_own_only(
    parley: Served, model: ScriptedModel, database_url: str
) -> None:
    alice = await parley.client()
    owned = await belongings(alice, model)
    database = await Database.open(database_url)
    before = await stored(database, alice)
    for key in with_access(Access.SIGNED_IN):
        for role in UserRole:
            body = await ask(await parley.client(role=role), key, owned)
            assert "errors" not in body, (key, role, body)
            assert owned.shown_in(body) == [], (key, role)
    assert (await stored(database, alice))[1:] == before[1:]
    await database.close()


async def test_members_may_not_do_what_is_for_admins_and_change_nothing_by_trying(
    parley: Served, model: ScriptedModel, database_url: str
) -> None:
    alice = await parley.client()
    owned = await belongings(alice, model)
    bob = await parley.client()
    database = await Database.open(database_url)
    before = await stored(database, alice)
    for key in with_access(Access.ADMIN):
        for member in (alice, bob):
            body = await ask(member, key, owned)
            assert codes(body) == {"FORBIDDEN"}, (key, body)
            assert body.get("data") is None
    assert (await stored(database, alice))[0] == before[0]
    await database.close()


async def test_an_admin_may_and_still_learns_nothing_of_a_members_conversations_and_tokens(
    parley: Served, model: ScriptedModel
) -> None:
    admin = await parley.client(role=UserRole.ADMIN)
    for key in with_access(Access.ADMIN):
        alice = await parley.client()
        owned = await belongings(alice, model)
        body = await ask(admin, key, owned)
        assert "errors" not in body, (key, body)
        assert set(owned.shown_in(body)) <= {owned.ids["user"]}, key


async def test_an_owner_gets_everything_and_the_walk_comes_by_every_field(
    parley: Served, model: ScriptedModel
) -> None:
    seen: set[str] = set()
    for key, row in TABLE.items():
        alice = await parley.client(role=role_for(row))
        owned = await belongings(alice, model)
        body = await ask(alice, key, owned)
        assert "errors" not in body, (key, body)
        assert body["data"][FIELDS[key][1]] is not None, key
        seen |= set(visited(body))
    owner = await parley.client()
    owned = await belongings(owner, model)
    for name in NODES:
        seen |= set(visited(await node(owner, owned, name)))
    assert nested_fields() - seen == ELSEWHERE


def role_for(row: Row) -> UserRole:
    """The least role that such a row wants."""
    return UserRole.ADMIN if row.access is Access.ADMIN else UserRole.MEMBER


def nested_fields() -> set[str]:
    """Every field of every object type that is not a root."""
    schema = core_schema()
    roots = {schema.query_type, schema.mutation_type, schema.subscription_type}
    return {
        f"{name}.{field}"
        for name, type_ in schema.type_map.items()
        if is_object_type(type_) and type_ not in roots and not name.startswith("__")
        for field in type_.fields
    }
