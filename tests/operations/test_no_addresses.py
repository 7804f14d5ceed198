"""No request can make Parley open a connection: no argument takes an address, and none is tried."""

import re

from graphql import get_named_type, is_input_object_type

from resolvers.graphql_schema import core_schema
from tests.operations.schema_walk import operations
from tests.scripted_model import ScriptedModel
from tests.served import Client

_ADDRESS = re.compile("url|uri|href|host|endpoint|webhook|callback|proxy|image|file", re.IGNORECASE)
ADDRESSES = "http://169.254.169.254/latest/meta-data file:///etc/passwd https://evil.example.org/"


def taken() -> set[str]:
    """The names of all that a client can give."""
    names = {name for _, _, field in operations() for name in field.args}
    for type_ in core_schema().type_map.values():
        if is_input_object_type(type_):
            names |= set(type_.fields)
    return names


def test_no_argument_is_an_address() -> None:
    assert len(taken()) > 20
    assert [name for name in sorted(taken()) if _ADDRESS.search(name)] == []
    scalars = {
        get_named_type(argument.type).name
        for _, _, field in operations()
        for argument in field.args.values()
    }
    assert not {"URL", "URI", "Upload"} & scalars


async def test_an_address_in_a_text_is_text(alice: Client, model: ScriptedModel) -> None:
    """Tests may open connections to this machine only, so a fetch would fail the send."""
    sent = await alice.send(None, ADDRESSES, model="other-model")
    assert sent["userMessage"]["content"] == ADDRESSES
    assert model.requests[0]["messages"] == [{"role": "user", "content": ADDRESSES}]
