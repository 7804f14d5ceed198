"""What Strawberry's types are known to be like, and so need not be asked of each value.

Whatever is not recognised here as Strawberry's own way is left to the general rules: so a change in
Strawberry can make plans slower, but not wrong.
"""

import keyword
from inspect import getattr_static
from types import MemberDescriptorType
from typing import cast

from graphql import (
    GraphQLAbstractType,
    GraphQLField,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLSchema,
)
from strawberry.schema.schema_converter import GraphQLCoreConverter
from strawberry.types.base import StrawberryObjectDefinition
from strawberry.types.cast import TYPE_CAST_ATTRIBUTE
from strawberry.types.field import StrawberryField
from strawberry.types.union import StrawberryUnion

CAST = TYPE_CAST_ATTRIBUTE
"""The attribute that says that an instance stands for another type than that of its class."""

_DEFINITION = GraphQLCoreConverter.DEFINITION_BACKREF
_CONVERTER = GraphQLCoreConverter.__module__
_MISSING = object()


def strawberry_field(field: GraphQLField) -> StrawberryField | None:
    """The Strawberry field that a field of the schema was made from."""
    found = field.extensions.get(_DEFINITION)
    return found if isinstance(found, StrawberryField) else None


def attribute_of(field: GraphQLField) -> str | None:
    """The attribute that a field without a resolver reads; None when it does anything else."""
    made_from = strawberry_field(field)
    resolve: object = field.resolve
    if made_from is None or not made_from.is_basic_field:
        return None
    made = (getattr(resolve, "__module__", None), getattr(resolve, "__name__", None))
    reader: object = vars(made_from).get("default_resolver")
    is_own = type(made_from).get_result is StrawberryField.get_result
    if made != (_CONVERTER, "_get_basic_result") or reader is not getattr or not is_own:
        return None
    return made_from.python_name


def calls_nothing_but_its_resolver(field: GraphQLField) -> bool:
    """Whether Strawberry made the function that resolves a field, and that in its own way."""
    made_from = strawberry_field(field)
    resolve: object = field.resolve
    if made_from is None or made_from.base_resolver is None:
        return False
    module, name = getattr(resolve, "__module__", None), getattr(resolve, "__name__", None)
    is_own = type(made_from).get_result is StrawberryField.get_result
    return module == _CONVERTER and name in ("_resolver", "_async_resolver") and is_own


def ordinary_class(type_: GraphQLObjectType) -> type | None:
    """The class that a type was made from, if its instances are nothing but their attributes."""
    definition = _definition(type_)
    if definition is None:
        return None
    made_from = definition.origin
    is_ordinary = (
        getattr_static(made_from, "__getattribute__") is object.__getattribute__
        and not hasattr(made_from, "__getattr__")
        and not hasattr(made_from, "__await__")
        and not issubclass(made_from, Exception)
        and (type_.is_type_of is None or _is_own_is_type_of(type_, definition))
    )
    return made_from if is_ordinary else None


def is_ordinary_attribute(made_from: type, name: str) -> bool:
    """Whether reading an attribute of an instance does nothing but read it."""
    if not name.isidentifier() or keyword.iskeyword(name):
        return False
    found = getattr_static(made_from, name, _MISSING)
    return isinstance(found, MemberDescriptorType) or not hasattr(type(found), "__get__")


def known_types(type_: GraphQLAbstractType, schema: GraphQLSchema) -> dict[type, GraphQLObjectType]:
    """The types of an interface or a union by the classes whose instances always have them.

    But for instances that were cast.
    """
    found: dict[type, GraphQLObjectType] = {}
    if not _resolves_as_strawberry_does(type_):
        return found
    for possible in schema.get_possible_types(type_):
        definition = _definition(possible)
        if definition is None or definition.is_graphql_generic or definition.concrete_of:
            continue
        made_from = definition.origin
        if (
            definition.name == possible.name
            and made_from.__dict__.get("__strawberry_definition__") is definition
            and _is_below(made_from, type_)
        ):
            found[made_from] = possible
    return found


def _definition(
    type_: GraphQLObjectType | GraphQLInterfaceType,
) -> StrawberryObjectDefinition | None:
    found = type_.extensions.get(_DEFINITION)
    return found if isinstance(found, StrawberryObjectDefinition) else None


def _is_own_is_type_of(type_: GraphQLObjectType, definition: StrawberryObjectDefinition) -> bool:
    """Whether it is what Strawberry makes for types with interfaces: a look at the class."""
    module = getattr(type_.is_type_of, "__module__", None)
    return definition.is_type_of is None and module == _CONVERTER


def _resolves_as_strawberry_does(type_: GraphQLAbstractType) -> bool:
    module = getattr(type_.resolve_type, "__module__", None)
    if isinstance(type_, GraphQLInterfaceType):
        definition = _definition(type_)
        return definition is not None and not definition.resolve_type and module == _CONVERTER
    return module == StrawberryUnion.__module__


def _is_below(made_from: type, type_: GraphQLAbstractType) -> bool:
    """Strawberry's interfaces look at the classes of values; its unions at their definitions."""
    if not isinstance(type_, GraphQLInterfaceType):
        return True
    return issubclass(made_from, cast("StrawberryObjectDefinition", _definition(type_)).origin)
