"""What is asked for below a field, for resolvers that can read it along with their own.

It is a hint. Whoever has read too little by it has the rest read later, by its own field; so what
is hard to tell, as with directives, is taken for something that nobody asks for.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from graphql import (
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    InlineFragmentNode,
    SelectionSetNode,
    Undefined,
)
from graphql.utilities import value_from_ast_untyped

from resolvers.context import Info


def asks_for(info: Info, *paths: tuple[str, ...]) -> bool:
    """Whether the field at one of these paths below is asked for."""
    return any(_fields(info, path) for path in paths)


def arguments_below(info: Info, name: str) -> Mapping[str, Any] | None:
    """The arguments of the only field of this name right below; None if there is not just one.

    What was not given, as a variable that was not sent, is left out.
    """
    found = _fields(info, (name,))
    if len(found) != 1:
        return None
    variables: Any = info.variable_values
    values = {
        argument.name.value: value_from_ast_untyped(argument.value, variables)
        for argument in found[0].arguments or ()
    }
    return {name: value for name, value in values.items() if value is not Undefined}


def _fields(info: Info, path: tuple[str, ...]) -> list[FieldNode]:
    """The fields at a path. A plan looks for them once."""
    raw: Any = info._raw_info  # noqa: SLF001  the only way to the document
    known: dict[tuple[str, ...], list[FieldNode]] = getattr(raw, "known", {})
    found = known.get(path)
    if found is None:
        found = known[path] = []
        for node in raw.field_nodes:
            _add(found, node.selection_set, path, raw.fragments)
    return found


def _add(
    found: list[FieldNode],
    selections: SelectionSetNode | None,
    path: Sequence[str],
    fragments: Mapping[str, FragmentDefinitionNode],
) -> None:
    """Add the fields at a path below. More than two make no difference to anybody."""
    for selection in selections.selections if selections else ():
        if len(found) > 1:
            return
        if selection.directives:
            continue
        if isinstance(selection, FieldNode):
            if selection.name.value != path[0]:
                continue
            if len(path) == 1:
                found.append(selection)
            else:
                _add(found, selection.selection_set, path[1:], fragments)
        elif isinstance(selection, InlineFragmentNode):
            _add(found, selection.selection_set, path, fragments)
        elif isinstance(selection, FragmentSpreadNode):
            _add(found, fragments[selection.name.value].selection_set, path, fragments)
