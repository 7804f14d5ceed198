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

A shape may gather: then it goes on through objects below that have fields with resolvers, and adds
each of them with what it becomes to lists, a pair for each spot where such objects lie:

    def shape(source, sources0, targets0):
        ...
        v1 = source.node
        target = {
            'cursor': v0,
            'node': v1_shape(v1, sources0, targets0),
        }
        return target

No text of a document gets into the code but response keys, which are GraphQL names, put in by
`repr`. Names of attributes come from classes.
"""

from collections.abc import Sequence
from typing import NamedTuple, cast

from executor.kinds import (
    Attribute,
    Constant,
    Function,
    Kind,
    LeafKind,
    ListKind,
    ObjectKind,
    Part,
    spots_of,
)
from executor.ordinary import CAST


class UnusualError(Exception):
    """A value that generated code does not take."""


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
    made_from: type,
    parts: Sequence[tuple[str, Part]],
    *,
    may_be_cast: bool,
    is_gathered: bool = False,
) -> Source:
    """The shape of instances of a class; `parts` are response keys with what stands there.

    With `may_be_cast`, instances that Strawberry was told to take for another type are unusual.
    With `is_gathered`, the objects themselves are gathered, before those below them.
    """
    below = [spots_of(part.kind) for _, part in parts if isinstance(part, Attribute)]
    writer = _Writer(is_gathered + sum(below), first=int(is_gathered))
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
    return writer.source("{\n" + "\n".join(entries) + "\n    }", is_gathered=is_gathered)


class _Writer:
    """Writes a function of `source` and of so many pairs of lists, line by line."""

    def __init__(self, spots: int, *, first: int = 0) -> None:
        """`first` is the number of the first pair that is for objects below."""
        self.lines: list[str] = []
        self.names: dict[str, object] = {"Unusual": UnusualError}
        self._spots = spots
        self._next = first

    def refuse_unless(self, test: str) -> None:
        """Raise unless a test holds."""
        self.lines += [f"    if not ({test}):", "        raise Unusual"]

    def expression(self, value: str, kind: Kind) -> str:
        """Write the tests of the value with this name; gives what goes out for it."""
        if isinstance(kind, LeafKind):
            expression = self._leaf(value, kind)
        elif isinstance(kind, ObjectKind):
            self.names[f"{value}_shape"] = kind.shape
            expression = f"{value}_shape({value}{self._lists(kind)})"
        else:
            expression = self._list(value, kind)
        if not kind.nullable or expression == value:
            return expression
        return f"None if {value} is None else {expression}"

    def source(self, result: str, *, is_gathered: bool = False) -> Source:
        """The whole function, which returns this expression, and adds it to the first lists."""
        lines = [f"def shape(source{_pairs(0, self._spots)}):", *self.lines]
        if is_gathered:
            lines += [
                f"    target = {result}",
                "    sources0.append(source)",
                "    targets0.append(target)",
                "    return target",
            ]
        else:
            lines.append(f"    return {result}")
        return Source("\n".join(lines) + "\n", self.names)

    def _leaf(self, value: str, kind: LeafKind) -> str:
        test, expression, named = kind.leaf
        self.names |= {f"{value}_{name}": meant for name, meant in named.items()}
        self._refuse_unless_null_or(value, test.format(v=value, n=value), nullable=kind.nullable)
        return expression.format(v=value, n=value)

    def _list(self, value: str, kind: ListKind) -> str:
        self._refuse_unless_null_or(value, f"type({value}) is list", nullable=kind.nullable)
        self.names[f"{value}_item"] = _item_function(kind.item)
        return f"[{value}_item(item{self._lists(kind)}) for item in {value}]"

    def _lists(self, kind: Kind) -> str:
        """The lists that values of a kind gather in, as further arguments."""
        first = self._next
        self._next += spots_of(kind)
        return _pairs(first, self._next)

    def _refuse_unless_null_or(self, value: str, test: str, *, nullable: bool) -> None:
        self.refuse_unless(f"{value} is None or {test}" if nullable else test)


def _item_function(kind: Kind) -> Function:
    if isinstance(kind, ObjectKind) and not kind.nullable:
        return kind.shape
    writer = _Writer(spots_of(kind))
    return writer.source(writer.expression("source", kind)).function()


def _pairs(first: int, end: int) -> str:
    return "".join(f", sources{index}, targets{index}" for index in range(first, end))
