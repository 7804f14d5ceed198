"""Which fields of a selection generated code reads: attributes, with all that is below them."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from graphql import (
    GraphQLError,
    GraphQLObjectType,
    GraphQLOutputType,
    TypeNameMetaFieldDef,
    get_nullable_type,
    is_leaf_type,
    is_list_type,
    is_non_null_type,
    is_object_type,
)

from executor.leaves import leaf_of
from executor.ordinary import attribute_of, is_ordinary_attribute, ordinary_class
from executor.places import FieldFacts
from executor.selection import Shape
from executor.shapes import (
    Attribute,
    Constant,
    Kind,
    LeafKind,
    ListKind,
    ObjectKind,
    shape_source,
)

if TYPE_CHECKING:
    from executor.completers import Below


def shape_of(
    type_: GraphQLObjectType, fields: Sequence[FieldFacts], below: "Below"
) -> tuple[Shape | None, frozenset[str]]:
    """The shape of a type's ordinary objects, and the keys of the fields that it reads."""
    made_from = ordinary_class(type_)
    if made_from is None:
        return None, frozenset()
    found = {facts.key: _part(made_from, facts, below) for facts in fields}
    source = shape_source(
        made_from,
        [(key, part or Constant(None)) for key, part in found.items()],
        may_be_cast=type_.is_type_of is not None,
    )
    return source.function(), frozenset(key for key, part in found.items() if part)


def _part(made_from: type, facts: FieldFacts, below: "Below") -> Attribute | Constant | None:
    if facts.definition is TypeNameMetaFieldDef:
        return Constant(facts.parent_type.name)
    name = attribute_of(facts.definition)
    if name is None or not is_ordinary_attribute(made_from, name):
        return None
    kind = _kind(facts.definition.type, facts, below)
    return None if kind is None else Attribute(name, kind)


def _kind(type_: GraphQLOutputType, facts: FieldFacts, below: "Below") -> Kind | None:
    nullable = not is_non_null_type(type_)
    inner = get_nullable_type(type_)
    if is_list_type(inner):
        item = _kind(inner.of_type, facts, below)
        return None if item is None else ListKind(item, nullable)
    if is_leaf_type(inner):
        return LeafKind(leaf_of(inner), nullable)
    if not is_object_type(inner):
        return None
    selection = below(inner, facts.details)
    if isinstance(selection, GraphQLError) or selection.shape is None or selection.is_left:
        return None
    return ObjectKind(selection.shape, nullable)
