"""Which completer stands for which type."""

from collections.abc import Callable
from functools import partial
from typing import TypeAlias

from graphql import (
    GraphQLAbstractType,
    GraphQLError,
    GraphQLObjectType,
    GraphQLOutputType,
    GraphQLSchema,
    get_nullable_type,
    is_abstract_type,
    is_leaf_type,
    is_list_type,
    is_non_null_type,
)
from graphql.execution.collect_fields import FieldDetailsList

from executor.abstract import AbstractCompleter
from executor.completion import LeafCompleter
from executor.fields import Completer
from executor.lists import ListCompleter
from executor.objects import ObjectCompleter
from executor.ordinary import known_types, ordinary_class
from executor.places import FieldFacts, Spot
from executor.selection import Selection

Below: TypeAlias = Callable[[GraphQLObjectType, FieldDetailsList], Selection | GraphQLError]
"""Gives what is selected of a type below fields."""


def completer_of(
    type_: GraphQLOutputType, facts: FieldFacts, schema: GraphQLSchema, below: Below
) -> Completer:
    """The completer for values of a type at a field; whether null may be, its spot knows."""
    inner = get_nullable_type(type_)
    if is_list_type(inner):
        spot = Spot(facts, None, not is_non_null_type(inner.of_type))
        return ListCompleter(completer_of(inner.of_type, facts, schema, below), spot)
    if is_leaf_type(inner):
        return LeafCompleter(inner)
    if is_abstract_type(inner):
        return _abstract(inner, facts, schema, below)
    return _object(facts, below, inner)  # type: ignore[arg-type]  # no other kind is left


def _object(facts: FieldFacts, below: Below, type_: GraphQLObjectType) -> ObjectCompleter:
    select = partial(below, type_, facts.details)
    return ObjectCompleter(type_, plain=ordinary_class(type_), select=select)


def _abstract(
    type_: GraphQLAbstractType, facts: FieldFacts, schema: GraphQLSchema, below: Below
) -> AbstractCompleter:
    return AbstractCompleter(
        type_, schema, partial(_object, facts, below), known=known_types(type_, schema)
    )
