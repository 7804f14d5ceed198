"""Generated code: a function that makes the object of a response from an object of one class.

It reads plain attributes. Anything unusual makes it raise, having changed nothing; then the general
rules look at the object. For `{ id role edges { cursor } messages { id } }`, where `messages` has a
resolver, it is this, with `v1_names` and the like bound to objects:

    def shape(source):
        if type(source) is not source_class:
            raise Unusual
        v0 = source.id
        if not (type(v0) is str):
            raise Unusual
        v1 = source.role
        if not (type(v1) is v1_class):
            raise Unusual
        v2 = source.edges
        if not (type(v2) is list):
            raise Unusual
        return {
            'id': v0,
            'role': v1_names[v1._name_],
            'edges': [v2_item(item) for item in v2],
            'messages': None,
        }

No text of a document gets into the code but response keys, which are GraphQL names, put in by
`repr`. Names of attributes come from classes.
"""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple, TypeAlias, cast

from executor.leaves import Leaf
from executor.ordinary import CAST

Function: TypeAlias = Callable[[Any], Any]


class UnusualError(Exception):
    """A value that generated code does not take."""


class LeafKind(NamedTuple):
    """Values of a leaf type."""

    leaf: Leaf
    nullable: bool


class ObjectKind(NamedTuple):
    """Objects that have nothing left to be run once they have their shape."""

    shape: Function
    nullable: bool


class ListKind(NamedTuple):
    """Lists of such values."""

    item: "Kind"
    nullable: bool


Kind: TypeAlias = LeafKind | ObjectKind | ListKind


class Attribute(NamedTuple):
    """A field that reads an attribute."""

    name: str
    kind: Kind


class Constant(NamedTuple):
    """A field with the same value in all objects; None for what is put in later."""

    value: str | None


class Source(NamedTuple):
    """Text of a function, and the objects that its names mean."""

    text: str
    names: dict[str, object]

    def function(self) -> Function:
        """The function, compiled."""
        names = dict(self.names)
        exec(compile(self.text, "<executor.shapes>", "exec"), names)  # noqa: S102  it is written here
        return cast("Function", names["shape"])


def shape_source(
    made_from: type, parts: Sequence[tuple[str, Attribute | Constant]], *, may_be_cast: bool
) -> Source:
    """The shape of instances of a class; `parts` are response keys with what stands there.

    With `may_be_cast`, instances that Strawberry was told to take for another type are unusual.
    """
    writer = _Writer()
    writer.names["source_class"] = made_from
    writer.refuse_unless("type(source) is source_class")
    if may_be_cast:
        writer.refuse_unless(f"getattr(source, {CAST!r}, None) is None")
    entries: list[str] = []
    for index, (key, part) in enumerate(parts):
        value = f"v{index}"
        if isinstance(part, Constant):
            entries.append(f"        {key!r}: {part.value!r},")
            continue
        writer.lines.append(f"    {value} = source.{part.name}")
        entries.append(f"        {key!r}: {writer.expression(value, part.kind)},")
    return writer.source("{\n" + "\n".join(entries) + "\n    }")


class _Writer:
    """Writes a function of `source`, line by line."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.names: dict[str, object] = {"Unusual": UnusualError}

    def refuse_unless(self, test: str) -> None:
        """Raise unless a test holds."""
        self.lines += [f"    if not ({test}):", "        raise Unusual"]

    def expression(self, value: str, kind: Kind) -> str:
        """Write the tests of the value with this name; gives what goes out for it."""
        if isinstance(kind, LeafKind):
            expression = self._leaf(value, kind)
        elif isinstance(kind, ObjectKind):
            self.names[f"{value}_shape"] = kind.shape
            expression = f"{value}_shape({value})"
        else:
            expression = self._list(value, kind)
        if not kind.nullable or expression == value:
            return expression
        return f"None if {value} is None else {expression}"

    def source(self, result: str) -> Source:
        """The whole function, which returns this expression."""
        lines = ["def shape(source):", *self.lines, f"    return {result}"]
        return Source("\n".join(lines) + "\n", self.names)

    def _leaf(self, value: str, kind: LeafKind) -> str:
        test, expression, named = kind.leaf
        self.names |= {f"{value}_{name}": meant for name, meant in named.items()}
        self._refuse_unless_null_or(value, test.format(v=value, n=value), nullable=kind.nullable)
        return expression.format(v=value, n=value)

    def _list(self, value: str, kind: ListKind) -> str:
        self._refuse_unless_null_or(value, f"type({value}) is list", nullable=kind.nullable)
        self.names[f"{value}_item"] = _item_function(kind.item)
        return f"[{value}_item(item) for item in {value}]"

    def _refuse_unless_null_or(self, value: str, test: str, *, nullable: bool) -> None:
        self.refuse_unless(f"{value} is None or {test}" if nullable else test)


def _item_function(kind: Kind) -> Function:
    if isinstance(kind, ObjectKind) and not kind.nullable:
        return kind.shape
    writer = _Writer()
    return writer.source(writer.expression("source", kind)).function()
