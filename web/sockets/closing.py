"""Why a socket is closed. The codes are the protocol's, and those of RFC 6455 below 4000."""

from enum import IntEnum

# What a close frame has room for, in bytes, behind its code.
LONGEST_REASON = 123


class CloseCode(IntEnum):
    """Close codes."""

    TRY_AGAIN_LATER = 1013
    INTERNAL_ERROR = 1011
    BAD_REQUEST = 4400
    UNAUTHORIZED = 4401
    FORBIDDEN = 4403
    SUBPROTOCOL_NOT_ACCEPTABLE = 4406
    INIT_TIMEOUT = 4408
    SUBSCRIBER_ALREADY_EXISTS = 4409
    TOO_MANY_INITS = 4429


def cut(reason: str) -> str:
    """As much of a reason as a close frame has room for."""
    return reason.encode("utf-8", "replace")[:LONGEST_REASON].decode("utf-8", "ignore")
