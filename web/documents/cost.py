"""What a document costs: how many objects it may return, and the work of some fields.

The formula, which docs/limits.md tells users:

- A field that returns objects costs 1 for each object it may return. Scalars cost nothing.
- `edges` and `nodes` of a connection return as many objects as its `first` or `last` says, 20 when
  neither is given, and 100 for what the resolver will refuse. Any other list counts as 10.
- What is selected below a field is counted once for each object of the field.
- Some fields cost more than the object they return: see `web/documents/work.py`.
- @skip and @include do not count. Each selection counts, even of a field that was selected before.

So the cost is an upper bound of what the document makes Parley do, within what lists may hold.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple, cast

from graphql import (
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLCompositeType,
    GraphQLField,
    GraphQLSchema,
    InlineFragmentNode,
    NamedTypeNode,
    OperationDefinitionNode,
    SelectionNode,
    SelectionSetNode,
    Undefined,
    VariableNode,
    get_named_type,
    get_nullable_type,
    is_composite_type,
    is_list_type,
    value_from_ast_untyped,
)

from web.documents.outline import INTROSPECTION
from web.documents.recently_used import RecentlyUsed
from web.documents.work import is_connection, own_cost

LISTED = 10
PAGE = 20
LARGEST_PAGE = 100
_PAGING = ("first", "last")
_OF_A_PAGE = frozenset({"edges", "nodes"})
_REMEMBERED = 16
# Costs are cut off here, so that no document makes numbers of a thousand digits.
MOST = 1_000_000_000


class Sums(NamedTuple):
    """The cost of a selection set: `once`, and for each item of the page that it stands in.

    Only what is selected below a connection has a part for each item. Kept apart, the parts of a
    fragment can be used below pages of any size without walking through it again.
    """

    once: int = 0
    each: int = 0

    def plus(self, other: "Sums") -> "Sums":
        """Both together."""
        return Sums(min(MOST, self.once + other.once), min(MOST, self.each + other.each))


class CostFormula:
    """The formula for the operations of one document, which must be valid.

    An operation is reckoned once for each set of page sizes, of which the last are remembered.
    """

    def __init__(
        self, schema: GraphQLSchema, fragments: Sequence[FragmentDefinitionNode] = ()
    ) -> None:
        """Each of the fragments stands after those that it spreads."""
        self._schema = schema
        self._fragments = fragments
        self._fixed: dict[str | None, int] = {}  # of operations that no variable decides on
        self._deciding: dict[str | None, tuple[str, ...]] = {}
        self._known: RecentlyUsed[int] = RecentlyUsed(capacity=_REMEMBERED, weight=_REMEMBERED)

    def cost(self, operation: OperationDefinitionNode, variables: Mapping[str, object]) -> int:
        """What an operation costs with the variables that a client sent, introspection left out."""
        name = operation.name.value if operation.name else None
        fixed = self._fixed.get(name)
        if fixed is not None:
            return fixed
        deciding = self._deciding.get(name)
        if deciding is None:
            return self._reckoned(name, operation, variables)
        key = _key(name, [variables.get(one, Undefined) for one in deciding])
        known = self._known.get(key)
        if known is None:
            known = self._reckoned(name, operation, variables)
            self._known.put(key, known, weight=1)
        return known

    def introspection_cost(self, operations: Iterable[OperationDefinitionNode]) -> int:
        """What introspection costs by the same formula, in the operation with most of it."""
        reckoning = _Reckoning(self._schema, self._fragments, variables={}, introspection=True)
        return max(map(reckoning.of, operations), default=0)

    def _reckoned(
        self,
        name: str | None,
        operation: OperationDefinitionNode,
        variables: Mapping[str, object],
    ) -> int:
        values = _defaults(operation) | dict(variables)
        reckoning = _Reckoning(self._schema, self._fragments, variables=values)
        cost = reckoning.of(operation)
        if reckoning.deciding:
            self._deciding[name] = tuple(sorted(reckoning.deciding))
        else:
            self._fixed[name] = cost
        return cost


def _key(name: str | None, sizes: Iterable[object]) -> str:
    """What decides of a request; a size that will be refused is as good as the largest page."""
    said = ["absent" if one is Undefined else one is not None and _size(one) for one in sizes]
    return f"{name} {' '.join(map(str, said))}"


def _defaults(operation: OperationDefinitionNode) -> dict[str, object]:
    return {
        each.variable.name.value: value_from_ast_untyped(each.default_value)
        for each in operation.variable_definitions or ()
        if each.default_value is not None
    }


class _Reckoning:
    """One walk through the fragments, each once, and then through operations."""

    def __init__(
        self,
        schema: GraphQLSchema,
        fragments: Iterable[FragmentDefinitionNode],
        *,
        variables: dict[str, object],
        introspection: bool = False,
    ) -> None:
        self._schema = schema
        self._variables = variables
        self._introspection = introspection
        self._roots = (schema.query_type, schema.mutation_type, schema.subscription_type)
        self._known: dict[str, Sums] = {}
        self.deciding: set[str] = set()
        """The variables that pages have their sizes from."""
        for each in fragments:
            sums = self._set(each.selection_set, self._type(each.type_condition))
            self._known[each.name.value] = sums

    def of(self, operation: OperationDefinitionNode) -> int:
        """The cost of an operation."""
        root = self._schema.get_root_type(operation.operation)
        return self._set(operation.selection_set, cast("GraphQLCompositeType", root)).once

    def _type(self, condition: NamedTypeNode) -> GraphQLCompositeType:
        return cast("GraphQLCompositeType", self._schema.get_type(condition.name.value))

    def _set(self, selections: SelectionSetNode, parent: GraphQLCompositeType) -> Sums:
        sums = Sums()
        for selection in selections.selections:
            sums = sums.plus(self._selection(selection, parent))
        return sums

    def _selection(self, selection: SelectionNode, parent: GraphQLCompositeType) -> Sums:
        if isinstance(selection, FragmentSpreadNode):
            return self._known[selection.name.value]
        if isinstance(selection, InlineFragmentNode):
            condition = selection.type_condition
            on = parent if condition is None else self._type(condition)
            return self._set(selection.selection_set, on)
        return self._field(cast("FieldNode", selection), parent)

    def _field(self, node: FieldNode, parent: GraphQLCompositeType) -> Sums:
        name = node.name.value
        if self._is_left_out(name, parent):
            return Sums()
        known = cast("GraphQLField", self._schema.get_field(parent, name))
        below = Sums()
        if node.selection_set is not None:
            type_ = cast("GraphQLCompositeType", get_named_type(known.type))
            below = self._set(node.selection_set, type_)
        whole = own_cost(self._schema, parent, name, known) + below.once
        if below.each:
            whole += below.each * self._page(node, known)
        if name in _OF_A_PAGE and is_connection(parent):
            return Sums(each=min(MOST, whole))
        return Sums(once=min(MOST, whole * _copies(known)))

    def _is_left_out(self, name: str, parent: GraphQLCompositeType) -> bool:
        """Whether a root field is an introspection, when these are left out, or the other way."""
        return parent in self._roots and (name in INTROSPECTION) is not self._introspection

    def _page(self, node: FieldNode, known: GraphQLField) -> int:
        """How many items the connection holds that a field returns."""
        if not any(name in known.args for name in _PAGING):
            return LISTED
        said = [each.value for each in node.arguments or () if each.name.value in _PAGING]
        self.deciding.update(each.name.value for each in said if isinstance(each, VariableNode))
        asked = [value_from_ast_untyped(each, self._variables) for each in said]
        sizes = [_size(value) for value in asked if value is not None and value is not Undefined]
        return max(sizes, default=PAGE)


def _size(asked: object) -> int:
    """A page size that is asked for; what the resolver refuses counts as the largest."""
    fits = isinstance(asked, int) and not isinstance(asked, bool) and 0 < asked < LARGEST_PAGE
    return cast("int", asked) if fits else LARGEST_PAGE


def _copies(field: GraphQLField) -> int:
    """How often what is below a field may come; lists in lists multiply."""
    copies = 1
    type_ = get_nullable_type(field.type)
    while is_list_type(type_):
        copies *= LISTED
        type_ = get_nullable_type(type_.of_type)
    return copies if is_composite_type(type_) else 1
