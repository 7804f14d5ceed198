"""What not everyone may do, and the least role that may.

The one place where roles are compared. What is one's own (conversations, tokens, usage) needs no
right: stores find nothing of anybody else.
"""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType

from chat.errors import ForbiddenError
from chat.records import UserRole, Viewer


class Right(StrEnum):
    """What may be done that not everyone may do."""

    ADD_USERS = "ADD_USERS"
    SET_TOKEN_LIMITS = "SET_TOKEN_LIMITS"  # noqa: S105  a right, not a secret
    READ_METRICS = "READ_METRICS"


LEAST_ROLE: Mapping[Right, UserRole] = MappingProxyType(
    {
        Right.ADD_USERS: UserRole.ADMIN,
        Right.SET_TOKEN_LIMITS: UserRole.ADMIN,
        Right.READ_METRICS: UserRole.ADMIN,
    }
)

# Each role may do what those before it may.
_ASCENDING = (UserRole.MEMBER, UserRole.ADMIN)


def may(role: UserRole, right: Right) -> bool:
    """Whether a role has a right."""
    return _ASCENDING.index(role) >= _ASCENDING.index(LEAST_ROLE[right])


def require(viewer: Viewer, right: Right) -> None:
    """Raise ForbiddenError unless the viewer's role has the right."""
    if not may(viewer.user.role, right):
        raise ForbiddenError
