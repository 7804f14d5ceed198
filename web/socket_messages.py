"""What a graphql-transport-ws message must look like, before anything is done with it.

Source: the protocol's specification, https://github.com/enisdenjo/graphql-ws/blob/master/PROTOCOL.md
"""

from collections.abc import Mapping


def well_formed(message: object) -> bool:
    """Whether the parts of a message that are there have the types that the protocol gives them."""
    if not isinstance(message, Mapping) or not isinstance(message.get("type"), str):
        return False
    match message["type"]:
        case "subscribe":
            return isinstance(message.get("id"), str) and _is_operation(message.get("payload"))
        case "complete":
            return isinstance(message.get("id"), str)
        case _:
            return True


def _is_operation(payload: object) -> bool:
    return (
        isinstance(payload, Mapping)
        and isinstance(payload.get("query"), str)
        and isinstance(payload.get("variables"), Mapping | None)
        and isinstance(payload.get("operationName"), str | None)
    )
