"""The Node interface of the Relay specification."""

import strawberry


@strawberry.interface(description="Anything with an id of its own.")
class Node:
    """Anything with an id of its own."""

    id: strawberry.ID = strawberry.field(
        description="Opaque, and unique across all types. Pass it on as it is."
    )
