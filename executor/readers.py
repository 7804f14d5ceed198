"""Where the values of fields come from, for all parents of a batch."""

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from graphql import GraphQLSchema, TypeNameMetaFieldDef

from executor.arguments import Arguments
from executor.batches import BatchReader, batch_form
from executor.info import ResolveInfo
from executor.ordinary import attribute_of, strawberry_field
from executor.places import FieldFacts, Places
from executor.resolvers import StrawberryReader, plain_resolver
from executor.strawberry_arguments import StrawberryArguments
from executor.walking import uses_variables

if TYPE_CHECKING:
    from executor.fields import Reader, Values
    from executor.run import Run


def reader_of(facts: FieldFacts, schema: GraphQLSchema) -> "Reader":
    """The reader of a field."""
    definition = facts.definition
    if definition is TypeNameMetaFieldDef:
        return ConstantReader(facts.parent_type.name)
    attribute = attribute_of(definition)
    if attribute is not None:
        return AttributeReader(attribute)
    made_from = strawberry_field(definition)
    made_schema = getattr(schema, "_strawberry_schema", None)
    if made_from is not None and made_schema is not None:
        arguments = StrawberryArguments(facts, made_from, made_schema)
        batch = batch_form(made_from, made_schema)
        if batch is not None:
            return BatchReader(batch, arguments)
        resolver = plain_resolver(definition, made_from, made_schema)
        if resolver is not None:
            return StrawberryReader(resolver, arguments)
    return ResolverReader(facts, definition.resolve or default_resolver)


class ConstantReader:
    """The same value for every parent, as `__typename` has."""

    def __init__(self, value: object) -> None:
        """`value` needs no parent."""
        self._value = value

    def read(
        self, _run: "Run", _field: FieldFacts, sources: Sequence[Any], _places: Places
    ) -> "Values":
        """The value, as often as there are parents."""
        return [self._value] * len(sources)


class AttributeReader:
    """An attribute of the parent, as Strawberry reads fields without a resolver."""

    def __init__(self, name: str) -> None:
        """`name` is that of the attribute."""
        self._name = name

    def read(
        self, _run: "Run", _field: FieldFacts, sources: Sequence[Any], _places: Places
    ) -> "Values":
        """The attributes. Each is read once: it may be a property that does something."""
        name = self._name
        values: list[Any] = []
        for source in sources:
            try:
                values.append(getattr(source, name))
            except Exception as error:  # noqa: BLE001  it becomes an error of the field
                values.append(error)
        return values


class ResolverReader:
    """A resolver of graphql-core's kind, called for each parent."""

    def __init__(self, field: FieldFacts, resolve: Callable[..., Any]) -> None:
        """`resolve` takes the parent, the info and the arguments by name."""
        self._resolve = resolve
        self._arguments = None if uses_variables(field.nodes[0]) else Arguments(field, None)

    def read(
        self, run: "Run", field: FieldFacts, sources: Sequence[Any], places: Places
    ) -> "Values":
        """What the resolver returns or raises."""
        arguments = self._arguments or run.arguments(field)
        resolve = self._resolve
        values: list[Any] = []
        for index, source in enumerate(sources):
            try:
                given = arguments.values()
                values.append(resolve(source, ResolveInfo(run, field, places, index), **given))
            except Exception as error:  # noqa: BLE001  it becomes an error of the field
                values.append(error)
        return values


def default_resolver(source: Any, info: ResolveInfo, **arguments: Any) -> Any:  # noqa: ANN401
    """What graphql-core does for a field without a resolver."""
    name = info.field_name
    value = source.get(name) if isinstance(source, Mapping) else getattr(source, name, None)
    return value(info, **arguments) if callable(value) else value
