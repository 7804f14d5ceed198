"""Walks through syntax trees for what has to be known before a plan is made."""

from collections.abc import Mapping

from graphql import (
    ConstListValueNode,
    ConstObjectValueNode,
    DirectiveNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    InlineFragmentNode,
    ListValueNode,
    ObjectValueNode,
    SelectionNode,
    SelectionSetNode,
    ValueNode,
    VariableNode,
)

from executor.errors import NotCompilableError

_CONDITIONS = frozenset({"include", "skip"})


def conditions_below(selections: SelectionSetNode) -> set[str]:
    """The variables in @skip and @include. Raises NotCompilableError for what is unknown here."""
    found: set[str] = set()
    for selection in selections.selections:
        for directive in selection.directives or ():
            found |= _condition(directive)
        inner = _below(selection)
        if inner is not None:
            found |= conditions_below(inner)
    return found


def depth_below(
    selections: SelectionSetNode, fragments: Mapping[str, FragmentDefinitionNode]
) -> int:
    """How many selections lie in one another. Raises NotCompilableError when that has no end."""
    return _Depths(fragments).of(selections)


def uses_variables(node: FieldNode) -> bool:
    """Whether variables stand in the arguments of a field."""
    return bool(_variables_of(node))


def has_variables(value: ValueNode) -> bool:
    """Whether variables stand in a value."""
    return bool(_variables(value))


def variables_in(selections: SelectionSetNode) -> set[str]:
    """The variables in arguments of fields; fragments that are spread are left out."""
    found: set[str] = set()
    for selection in selections.selections:
        if isinstance(selection, FieldNode):
            found |= _variables_of(selection)
        found |= variables_below(selection)
    return found


def variables_below(selection: SelectionNode) -> set[str]:
    """The same of what is selected of one field, without its own arguments."""
    inner = _below(selection)
    return set() if inner is None else variables_in(inner)


def _variables_of(node: FieldNode) -> set[str]:
    return set().union(*(_variables(argument.value) for argument in node.arguments or ()))


def _condition(directive: DirectiveNode) -> set[str]:
    name = directive.name.value
    if name not in _CONDITIONS:
        raise NotCompilableError(f"@{name} is unknown here")
    values = [argument.value for argument in directive.arguments or ()]
    return {value.name.value for value in values if isinstance(value, VariableNode)}


def _below(selection: SelectionNode) -> SelectionSetNode | None:
    if isinstance(selection, FieldNode | InlineFragmentNode):
        return selection.selection_set
    if isinstance(selection, FragmentSpreadNode) and not selection.arguments:
        return None
    raise NotCompilableError("a selection of an unknown kind")


def _variables(value: ValueNode) -> set[str]:
    if isinstance(value, ListValueNode | ConstListValueNode):
        return set().union(*map(_variables, value.values))
    if isinstance(value, ObjectValueNode | ConstObjectValueNode):
        return set().union(*(_variables(field.value) for field in value.fields))
    return {value.name.value} if isinstance(value, VariableNode) else set()


class _Depths:
    """Depths of selections; each fragment is walked through once."""

    def __init__(self, fragments: Mapping[str, FragmentDefinitionNode]) -> None:
        self._fragments = fragments
        self._known: dict[str, int | None] = {}

    def of(self, selections: SelectionSetNode) -> int:
        deepest = 0
        for selection in selections.selections:
            inner = _below(selection)
            if isinstance(selection, FragmentSpreadNode):
                deepest = max(deepest, self._of_fragment(selection.name.value))
            elif inner is not None:
                deepest = max(deepest, self.of(inner))
        return deepest + 1

    def _of_fragment(self, name: str) -> int:
        if name not in self._fragments:
            return 0
        if name not in self._known:
            self._known[name] = None
            self._known[name] = self.of(self._fragments[name].selection_set)
        depth = self._known[name]
        if depth is None:
            raise NotCompilableError("a fragment spreads itself")
        return depth
