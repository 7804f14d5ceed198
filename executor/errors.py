"""What cannot be compiled."""


class NotCompilableError(Exception):
    """A document asks for something that plans do not do; graphql-core's executor may do it."""
