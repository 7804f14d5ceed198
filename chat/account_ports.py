"""What the rules on users, tokens and rates need from outside, as Protocols.

Every method that takes a `user_id` sees only that user's rows.
"""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Protocol
from uuid import UUID

from chat.drafts import Erased
from chat.rates import RateKind
from chat.records import ApiToken, Claims, MonthlyUsage, User, Viewer


class RateLimits(Protocol):
    """How often each user may do something."""

    async def hit(self, kind: RateKind, user_id: UUID) -> float | None:
        """Count one and return None, or the seconds until it would be allowed."""
        ...


class TokenVerifier(Protocol):
    """Tells whether a JSON Web Token is good, and what it says."""

    async def verify(self, token: str, *, now: datetime) -> Claims:
        """What a good token says.

        Raises UnauthenticatedError for every other one, and IssuerUnavailableError when the keys
        that would tell cannot be had just now.
        """
        ...


class UserStore(Protocol):
    """Users, their tokens and their budgets."""

    async def authenticate(self, token_hash: str, *, now: datetime) -> Viewer | None:
        """Who holds this token; None when it is unknown, revoked or expired."""
        ...

    async def add_user(self, user: User, *, subject: str | None = None) -> User | None:
        """Store a user; None when the e-mail address or the subject is taken.

        `subject` is the key of the claims by which the user signs in, if there are any.
        """
        ...

    async def user_by_subject(self, subject: str) -> User | None:
        """The user who signs in by claims with this key."""
        ...

    async def user_by_email(self, email: str) -> User | None:
        """The user with this case-folded address."""
        ...

    async def set_token_limit(self, user_id: UUID, token_limit: int | None) -> User | None:
        """Set a user's own limit, with None the deployment's; None: there is no such user."""
        ...

    async def add_token(self, token: ApiToken, *, token_hash: str) -> ApiToken:
        """Store a token's hash."""
        ...

    async def revoke_token(self, token_id: UUID, *, user_id: UUID | None = None) -> bool:
        """Delete a token (of this user only, when one is given); False when there is none."""
        ...

    async def delete_expired_tokens(self, now: datetime) -> int:
        """Forget tokens that have run out; returns how many."""
        ...

    async def tokens(self, user_id: UUID) -> Sequence[ApiToken]:
        """A user's tokens, oldest first."""
        ...

    async def tokens_by_id(self, user_id: UUID, ids: Sequence[UUID]) -> dict[UUID, ApiToken]:
        """Those of these tokens that are the user's."""
        ...

    async def gone(
        self, *, token_ids: Collection[UUID], user_ids: Collection[UUID]
    ) -> frozenset[UUID]:
        """Which of these tokens and users are there no longer; one statement for 500 of them."""
        ...

    async def erase(self, user_id: UUID) -> Erased:
        """Delete every row of the user, and the user."""
        ...

    async def usage(self, user_id: UUID, month: str) -> MonthlyUsage:
        """What the user used in that month; zeros when nothing was used."""
        ...
