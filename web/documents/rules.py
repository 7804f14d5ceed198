"""Validation: graphql-core's rules, one of them with less patience, and introspection on or off."""

from graphql import (
    ASTValidationRule,
    DocumentNode,
    FieldNode,
    GraphQLError,
    GraphQLSchema,
    MaxIntrospectionDepthRule,
    OverlappingFieldsCanBeMergedRule,
    SelectionSetNode,
    ValidationContext,
    specified_rules,
    validate,
)
from graphql.validation.validate import ValidationAbortedError

from chat.errors import QueryTooComplexError
from web.documents.limits import ERRORS, OVERLAPS
from web.documents.outline import INTROSPECTION


class PatientOnlySoLong(OverlappingFieldsCanBeMergedRule):
    """graphql-core's rule for fields of the same name, with a twentieth of its budget.

    The rule compares each of them with each other. It counts what that costs, exactly and through
    fragments, and so is a better judge than any limit on how often a name may stand somewhere.
    """

    def __init__(self, context: ValidationContext) -> None:
        """The rule for one document."""
        super().__init__(context)
        self.rule_context.remaining_complexity_budget = OVERLAPS

    def enter_selection_set(
        self, selection_set: SelectionSetNode, _key: object, parent: object, *args: object
    ) -> None:
        """Compare what is selected here. Raises QueryTooComplexError when the budget is spent."""
        try:
            super().enter_selection_set(selection_set, _key, parent, *args)
        except ValidationAbortedError as error:
            left = self.rule_context.remaining_complexity_budget
            if left >= 0:
                raise  # It was one error too many.
            found = OVERLAPS - left
            raise QueryTooComplexError(limit="overlaps", found=found, allowed=OVERLAPS) from error


class IntrospectionIsOffRule(ASTValidationRule):
    """Refuses `__schema` and `__type`; `__typename` goes on working."""

    def enter_field(self, node: FieldNode, *_args: object) -> None:
        """Report a field that begins an introspection."""
        if node.name.value in INTROSPECTION:
            self.report_error(GraphQLError("Introspection is switched off here.", node))


_RULES: tuple[type[ASTValidationRule], ...] = tuple(
    PatientOnlySoLong if rule is OverlappingFieldsCanBeMergedRule else rule
    for rule in dict.fromkeys((*specified_rules, MaxIntrospectionDepthRule))
)


def validation_errors(
    schema: GraphQLSchema, document: DocumentNode, *, introspection: bool
) -> list[GraphQLError]:
    """What is not valid, or nothing. Ends early, with an entry that says so, at many errors.

    Raises QueryTooComplexError when too many fields of the same name would have to be compared.
    """
    off = () if introspection else (IntrospectionIsOffRule,)
    return validate(
        schema,
        document,
        (*off, *_RULES),
        max_errors=ERRORS,
        # Suggestions tell of the schema too.
        hide_suggestions=not introspection,
    )
