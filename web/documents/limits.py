"""What one document may ask for. docs/limits.md tells users; decision 0011 tells why."""

from dataclasses import dataclass

# Braces and brackets inside one another, fragments written out. An ordinary document stays under
# twenty; the walks of graphql-core recurse, and stay far from Python's limit at fifty.
NESTING = 50
# What graphql-core may spend on comparing fields of the same name. Most documents need hundreds,
# thirty fragments on one object some ten thousand; this much takes about fifteen milliseconds.
OVERLAPS = 25_000
# How many mistakes a client is told of; then validation stops.
ERRORS = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentLimits:
    """The most of everything; `introspection` tells whether `__schema` and `__type` may be asked.

    `depth` counts fields inside one another, `cost` the objects that may come back (see
    `web/documents/cost.py`); the others count what stands in the text.
    """

    depth: int = 10
    aliases: int = 15
    directives: int = 50
    tokens: int = 1000
    characters: int = 15_000
    cost: int = 3000
    introspection: bool = True
