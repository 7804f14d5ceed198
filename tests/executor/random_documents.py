"""Documents for a schema, with variables, made up from a seed; most of them are valid.

Nothing in them fits together on purpose but types: response keys meet, fragments spread fragments,
conditions contradict one another.
"""

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from graphql import (
    GraphQLArgument,
    GraphQLBoolean,
    GraphQLField,
    GraphQLInputType,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLUnionType,
    get_named_type,
    is_composite_type,
    is_enum_type,
    is_input_object_type,
    is_list_type,
    is_non_null_type,
    is_required_argument,
    is_required_input_field,
)

_INTROSPECTION = (
    '__type(name: "Color") { kind name enumValues { name } fields { name } }',
    "__schema { queryType { name } types { name interfaces { name } possibleTypes { name } } }",
)


_FLAG = GraphQLNonNull(GraphQLBoolean)


@dataclass
class _Variable:
    type_: GraphQLInputType
    declared: str
    optional: bool


@dataclass
class Document:
    """A text, and several sets of variables for it."""

    text: str
    variables: list[dict[str, Any]]


@dataclass
class DocumentMaker:
    """Makes one document.

    `known` are values that are wanted of scalar types, `left_out` fields that are not.
    """

    schema: GraphQLSchema
    random: random.Random
    known: Mapping[str, Sequence[Any]] = field(default_factory=dict)
    left_out: frozenset[str] = frozenset()
    deepest: int = 3
    sets: int = 4
    _variables: dict[str, _Variable] = field(default_factory=dict)
    _fragments: dict[str, list[str]] = field(default_factory=dict)
    _given_to: dict[str, str] = field(default_factory=dict)
    _texts: list[str] = field(default_factory=list)

    def document(self, operation: str) -> Document:
        """A query, a mutation or a subscription."""
        root = {
            "query": self.schema.query_type,
            "mutation": self.schema.mutation_type,
            "subscription": self.schema.subscription_type,
        }[operation]
        assert root is not None
        count = 1 if operation == "subscription" else self.random.randrange(1, 4)
        selection = self._set(root, 0, count)
        if operation == "query" and self.random.random() < 0.05:
            selection = f"{selection[:-1]} {self.random.choice(_INTROSPECTION)} }}"
        declared = [f"${name}: {one.declared}" for name, one in self._variables.items()]
        definitions = f"({' '.join(declared)})" if declared else ""
        text = f"{operation} {definitions} {selection}\n" + "\n".join(self._texts)
        return Document(text, [self._some_variables() for _ in range(self.sets)])

    def _some_variables(self) -> dict[str, Any]:
        return {
            name: self._json(declared.type_, 0)
            for name, declared in self._variables.items()
            if not declared.optional or self.random.random() < 0.7
        }

    def _set(self, type_: GraphQLNamedType, depth: int, count: int | None = None) -> str:
        several = self.random.randrange(1, 4) if count is None else count
        selections = [self._selection(type_, depth) for _ in range(several)]
        if count is None and self.random.random() < 0.2:
            selections.append("__typename")
        return f"{{ {' '.join(selections)} }}"

    def _selection(self, type_: GraphQLNamedType, depth: int) -> str:
        chance = self.random.random()
        if isinstance(type_, GraphQLUnionType) and depth > self.deepest:
            return "__typename"
        if isinstance(type_, GraphQLUnionType) or (chance < 0.15 and depth):
            return self._inline_fragment(type_, depth)
        if chance < 0.22 and depth:
            return self._spread(type_, depth)
        assert isinstance(type_, GraphQLObjectType | GraphQLInterfaceType)
        return self._field(type_, depth)

    def _field(self, type_: GraphQLObjectType | GraphQLInterfaceType, depth: int) -> str:
        leaf_only = depth >= self.deepest
        fields = [
            (name, one)
            for name, one in type_.fields.items()
            if not (leaf_only and is_composite_type(get_named_type(one.type)))
            and name not in self.left_out
        ]
        if not fields:
            return "__typename"
        name, known = self.random.choice(fields)
        alias = f"x{self.random.randrange(9)}: " if self.random.random() < 0.15 else ""
        text = f"{alias}{name}{self._arguments(name, known)}{self._condition()}"
        named = get_named_type(known.type)
        return f"{text} {self._set(named, depth + 1)}" if is_composite_type(named) else text

    def _inline_fragment(self, type_: GraphQLNamedType, depth: int) -> str:
        other = self._overlapping(type_)
        on = "" if other is type_ and self.random.random() < 0.3 else f" on {other.name}"
        return f"...{on}{self._condition()} {self._set(other, depth + 1)}"

    def _spread(self, type_: GraphQLNamedType, depth: int) -> str:
        other = self._overlapping(type_)
        known = self._fragments.setdefault(other.name, [])
        if known and self.random.random() < 0.5:
            return f"...{self.random.choice(known)}{self._condition()}"
        body = self._set(other, max(depth + 1, 2))
        name = f"F{len(self._texts)}"
        known.append(name)
        self._texts.append(f"fragment {name} on {other.name} {body}")
        return f"...{name}{self._condition()}"

    def _overlapping(self, type_: GraphQLNamedType) -> GraphQLNamedType:
        if isinstance(type_, GraphQLObjectType):
            around = [
                one
                for one in self.schema.type_map.values()
                if isinstance(one, GraphQLInterfaceType | GraphQLUnionType)
                and self.schema.is_sub_type(one, type_)
            ]
            return self.random.choice([type_, *around])
        possible = self.schema.get_possible_types(type_)  # type: ignore[arg-type]
        return self.random.choice([type_, *possible])

    def _condition(self) -> str:
        if self.random.random() > 0.12:
            return ""
        name = self.random.choice(("skip", "include"))
        if self.random.random() < 0.3:
            return f" @{name}(if: {self.random.choice(('true', 'false'))})"
        number = self.random.randrange(3)
        default = " = true" if number == 0 else ""
        self._variables[f"c{number}"] = _Variable(_FLAG, f"Boolean!{default}", number == 0)
        return f" @{name}(if: $c{number})"

    def _arguments(self, key: str, known: GraphQLField) -> str:
        """The same for each field of a name: otherwise they mostly could not be merged."""
        if key not in self._given_to:
            self._given_to[key] = self._new_arguments(known)
        return self._given_to[key]

    def _new_arguments(self, known: GraphQLField) -> str:
        given = [
            f"{name}: {self._given(argument)}"
            for name, argument in known.args.items()
            if is_required_argument(argument) or self.random.random() < 0.7
        ]
        return f"({', '.join(given)})" if given else ""

    def _given(self, argument: GraphQLArgument) -> str:
        if self.random.random() < 0.4:
            return self._variable(argument.type)
        return self._literal(argument.type, 0)

    def _variable(self, type_: GraphQLInputType) -> str:
        name = f"v{len(self._variables)}"
        default = f" = {self._literal(type_, 1)}" if self.random.random() < 0.3 else ""
        optional = bool(default) or not is_non_null_type(type_)
        self._variables[name] = _Variable(type_, f"{type_}{default}", optional)
        return f"${name}"

    def _literal(self, type_: GraphQLInputType, depth: int) -> str:
        if is_non_null_type(type_):
            text = self._literal(type_.of_type, depth)
            return self._literal(type_, depth) if text == "null" else text
        if self.random.random() < 0.08 or (depth > 3 and is_input_object_type(type_)):
            return "null"
        if is_list_type(type_):
            count = self.random.randrange(3)
            return f"[{', '.join(self._literal(type_.of_type, depth + 1) for _ in range(count))}]"
        if is_input_object_type(type_):
            fields = [
                f"{name}: {self._literal(one.type, depth + 1)}"
                for name, one in type_.fields.items()
                if is_required_input_field(one) or self.random.random() < 0.4
            ]
            return f"{{{', '.join(fields)}}}"
        if is_enum_type(type_):
            return str(self.random.choice(list(type_.values)))
        return str(self._leaf(str(type_), text=True))

    def _json(self, type_: GraphQLInputType, depth: int) -> Any:  # noqa: ANN401  any JSON
        if is_non_null_type(type_):
            value = self._json(type_.of_type, depth)
            return self._json(type_, depth) if value is None else value
        if self.random.random() < 0.08 or (depth > 3 and is_input_object_type(type_)):
            return None
        if self.random.random() < 0.01:
            return self.random.choice((1, "x", [], {}, True))
        if is_list_type(type_):
            return [self._json(type_.of_type, depth + 1) for _ in range(self.random.randrange(3))]
        return self._json_object(type_, depth)

    def _json_object(self, type_: GraphQLInputType, depth: int) -> Any:  # noqa: ANN401  any JSON
        if is_input_object_type(type_):
            return {
                name: self._json(one.type, depth + 1)
                for name, one in type_.fields.items()
                if is_required_input_field(one) or self.random.random() < 0.4
            }
        if is_enum_type(type_):
            return self.random.choice(list(type_.values))
        return self._leaf(str(type_), text=False)

    def _leaf(self, name: str, *, text: bool) -> Any:  # noqa: ANN401  a value, or its text
        number = self.random.randrange(100)
        values: dict[str, Any] = {
            "Boolean": self.random.random() < 0.5,
            "Float": number / 4,
            "ID": f"id{number}",
            "Int": number,
            "String": f"word {number}",
        }
        wanted = self.known.get(name)
        value = self.random.choice(wanted) if wanted else values[name]
        if not text:
            return value
        if isinstance(value, bool):
            return "true" if value else "false"
        return f'"{value}"' if isinstance(value, str) else str(value)
