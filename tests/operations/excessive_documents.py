"""Documents that ask for more than one request may: one for each limit, and the dearest to check.

Where a document can, it begins with a mutation, so that a test sees whether any of it was run.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from web.documents.limits import NESTING, OVERLAPS, DocumentLimits

_LIMITS = DocumentLimits()
_MADE = "createConversation(input: {}) { conversation { id } }"


@dataclass(frozen=True, slots=True)
class Excess:
    """A document, the limit that refuses it, and what the refusal says was found and is allowed.

    None where that is graphql-core's way of counting, or follows from the size of the schema.
    """

    text: str
    limit: str
    found: int | None
    allowed: int | None


def _deep() -> str:
    inner = "{ parent " * 9 + "{ id" + " }" * 11
    return f'{{ conversation(id: "conversation_0") {inner}'


def _aliases() -> str:
    return "mutation { " + " ".join(f"a{number}: {_MADE}" for number in range(16)) + " }"


def _directives() -> str:
    return f"mutation {{ {_MADE} {'... @skip(if: true) { __typename } ' * 51}}}"


def _cycle() -> str:
    fragments = "fragment A on Mutation { ...B } fragment B on Mutation { ...A }"
    return f"mutation {{ {_MADE} ...A }} {fragments}"


def _dear_page() -> str:
    return "{ conversations(first: 100) { nodes { messages(first: 100) { nodes { id } } } } }"


def _bomb() -> str:
    links = " ".join(f"fragment A{i} on Query {{ ...A{i + 1} ...A{i + 1} }}" for i in range(40))
    return f"{{ ...A0 }} {links} fragment A40 on Query {{ conversations {{ nodes {{ id }} }} }}"


def _introspection() -> str:
    types = " ".join(f"a{i}: type {{ ...T }}" for i in range(7))
    fields = " ".join(f"b{i}: fields {{ name type {{ name }} }}" for i in range(8))
    return f"""{{ __schema {{ types {{ fields {{ ...F }} }} }} }}
    fragment F on __Field {{ {types} }} fragment T on __Type {{ {fields} }}"""


EXCESSES: Mapping[str, Excess] = {
    "depth": Excess(_deep(), "depth", 11, _LIMITS.depth),
    "aliases": Excess(_aliases(), "aliases", 16, _LIMITS.aliases),
    "directives": Excess(_directives(), "directives", 51, _LIMITS.directives),
    "tokens": Excess(
        f"mutation {{ {_MADE} {'__typename ' * 1000}}}", "tokens", 1001, _LIMITS.tokens
    ),
    "characters": Excess(
        f"mutation {{ {_MADE} }} #".ljust(15_001, "x"), "characters", 15_001, _LIMITS.characters
    ),
    "nesting": Excess("{ a " * 51 + "}" * 51, "nesting", 51, NESTING),
    "a fragment cycle": Excess(_cycle(), "fragmentCycles", 1, 0),
    "cost": Excess(_dear_page(), "cost", 10_201, _LIMITS.cost),
    "a fragment bomb": Excess(_bomb(), "cost", 1_000_000_000, _LIMITS.cost),
    "overlaps of objects": Excess("{" + "viewer{id} " * 240 + "}", "overlaps", None, OVERLAPS),
    "overlaps of leaves": Excess("{viewer{" + "id " * 900 + "}}", "overlaps", None, OVERLAPS),
    "introspection": Excess(_introspection(), "introspection", None, None),
}
