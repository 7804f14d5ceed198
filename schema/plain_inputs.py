"""Inputs that are built at once.

Strawberry asks each field of an input for its type each time one is built. Where all fields have
scalars and enumerations, which graphql-core has read already, their names are all there is to know.
"""

from collections.abc import Callable, Mapping
from functools import cache
from typing import Any, Protocol, TypeVar, cast

from strawberry.schema.name_converter import NameConverter
from strawberry.types import get_object_definition
from strawberry.types.arguments import InputContext
from strawberry.types.base import StrawberryObjectDefinition

Input = TypeVar("Input", bound=type)


class _Building(Protocol):
    from_input: Callable[[type, Mapping[str, Any], InputContext], object] | None


def plain(input_type: Input) -> Input:
    """Build an input of this type from its values as they are: scalars, enumerations and null."""
    definition = get_object_definition(input_type, strict=True)
    # A dataclass declares this hook as if it were a method.
    cast("_Building", definition).from_input = _built
    return input_type


def _built(input_type: type, values: Mapping[str, Any], context: InputContext) -> object:
    names = _names(get_object_definition(input_type, strict=True), context.config.name_converter)
    return input_type(**{names[name]: value for name, value in values.items()})


@cache
def _names(definition: StrawberryObjectDefinition, converter: NameConverter) -> Mapping[str, str]:
    """The name in Python of each field in GraphQL."""
    return {converter.from_field(field): field.python_name for field in definition.fields}
