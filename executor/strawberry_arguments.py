"""The arguments of a Strawberry field, as its resolver gets them."""

from typing import Any

import strawberry
from strawberry.types.arguments import convert_arguments
from strawberry.types.field import StrawberryField

from executor.arguments import Arguments, all_unchanging
from executor.info import ResolveInfo
from executor.places import FieldFacts, Places
from executor.run import Run
from executor.variable_arguments import VariableArguments, variable_arguments
from executor.walking import uses_variables


class StrawberryArguments:
    """Arguments of one field of a document; those without variables are converted once."""

    def __init__(
        self, facts: FieldFacts, field: StrawberryField, schema: strawberry.Schema
    ) -> None:
        """`field` is what the field of the schema was made from."""
        self._field = field
        self._config = schema.config
        self._scalars = schema.schema_converter.scalar_registry
        self._constant: Arguments | None = None
        self._variable: VariableArguments | None = None
        if uses_variables(facts.nodes[0]):
            self._variable = variable_arguments(facts, field, schema)
        else:
            self._constant = Arguments(facts, None)
        self._converted: dict[str, Any] | None = None

    def info(
        self, run: Run, facts: FieldFacts, places: Places, index: int = 0
    ) -> strawberry.Info[Any, Any]:
        """Strawberry's info for one parent."""
        raw: Any = ResolveInfo(run, facts, places, index)
        return self._config.info_class(_raw_info=raw, _field=self._field)

    def values(
        self, run: Run, facts: FieldFacts, info: strawberry.Info[Any, Any]
    ) -> dict[str, Any]:
        """By the names of the resolver's parameters; not to be changed. Those not given are out.

        Raises what coercing and converting them raises.
        """
        if self._converted is not None:
            return self._converted
        if self._variable is not None:
            values = self._variable.values(run.variables)
            if values is not None:
                return values
        arguments = self._constant or run.arguments(facts)
        converted = convert_arguments(
            arguments.values(),
            self._field.arguments,
            scalar_registry=self._scalars,
            config=self._config,
            info=info,
        )
        if self._constant and all_unchanging(converted):
            self._converted = converted
        return converted
