"""Users, tokens and budgets: who may do what, and what a month still allows."""

import hashlib
import re
import secrets
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from uuid import UUID

from chat import budget, checks
from chat.account_ports import TokenVerifier, UserStore
from chat.errors import (
    BadUserInputError,
    NotFoundError,
    StoreUnavailableError,
    UnauthenticatedError,
)
from chat.identifiers import uuid7
from chat.newcomers import LOCAL_ADMIN_EMAIL, newcomers
from chat.options import Options
from chat.permissions import Right, require
from chat.ports import Clock
from chat.records import ApiToken, Claims, User, UserRole, Viewer
from chat.signals import NoSignals
from chat.viewers import Viewers

SIGN_IN_LIFETIME = timedelta(hours=12)
_SECRET_PREFIX = "parley_"  # noqa: S105  what every secret starts with, no secret itself
_SECRET_BYTES = 32
LONGEST_SECRET = 8 * 1024
_API_TOKEN = re.compile(_SECRET_PREFIX + r"[A-Za-z0-9_-]{43}")
_JSON_WEB_TOKEN = re.compile(r"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+")


@dataclass(frozen=True, slots=True)
class NewUser:
    """Input of createUser."""

    name: str
    email: str
    role: UserRole = UserRole.MEMBER
    token_limit: int | None = None


@dataclass(frozen=True, slots=True)
class BudgetReport:
    """A user's month. `limit` and `remaining` are None where there is no limit."""

    month: str
    used: int
    reserved: int
    limit: int | None
    remaining: int | None
    resets_at: datetime


class Accounts:
    """The verbs on users and tokens."""

    def __init__(
        self,
        *,
        store: UserStore,
        clock: Clock,
        options: Options,
        verifier: TokenVerifier | None = None,
        viewers: Viewers | None = None,
    ) -> None:
        """Without a `verifier`, API tokens are the only way in.

        `viewers` are those of the process; None for a program that serves nobody.
        """
        self._store = store
        self._clock = clock
        self._options = options
        self._verifier = verifier
        self._viewers = viewers or Viewers(signals=NoSignals(), seconds=0)

    async def authenticate(self, secret: str | None) -> Viewer:
        """Who holds this secret: the one of an API token, or a JSON Web Token.

        What looks like neither is refused without asking the store. Raises UnauthenticatedError,
        and what the store and the verifier raise.
        """
        if not secret or len(secret) > LONGEST_SECRET:
            raise UnauthenticatedError
        now = self._clock.now()
        viewer: Viewer | None = None
        if _API_TOKEN.fullmatch(secret):
            token_hash = hashed(secret)
            viewer = self._viewers.known(token_hash, now=now)
            if viewer is None:
                look_up = partial(self._store.authenticate, token_hash, now=now)
                viewer = await self._viewers.of(token_hash, look_up, now=now)
        elif self._verifier is not None and _JSON_WEB_TOKEN.fullmatch(secret):
            viewer = await self._viewer_of(await self._verifier.verify(secret, now=now), now)
        if viewer is None:
            raise UnauthenticatedError
        return viewer

    async def _viewer_of(self, claims: Claims, now: datetime) -> Viewer | None:
        """Who signs in by claims. Whether these are good is asked each time; who it is, is kept."""

        async def look_up() -> Viewer:
            return Viewer(await self._user_of(claims), None, None)

        found = await self._viewers.of(f"claims {claims.key}", look_up, now=now)
        return None if found is None else replace(found, expires_at=claims.expires_at)

    async def _user_of(self, claims: Claims) -> User:
        """The user that the claims name, who is made on first sight."""
        found = await self._store.user_by_subject(claims.key)
        return found or await self._make_user_of(claims)

    async def _make_user_of(self, claims: Claims) -> User:
        """A new user; of several that make it at once, one does and the others find it."""
        for user in newcomers(claims, now=self._clock.now()):
            made = await self._store.add_user(user, subject=claims.key)
            found = made or await self._store.user_by_subject(claims.key)
            if found is not None:
                return found
        raise StoreUnavailableError

    async def create_token(
        self, user_id: UUID, name: str, *, expires_at: datetime | None = None
    ) -> tuple[ApiToken, str]:
        """A new token and its secret, which is not stored and so cannot be shown again."""
        now = self._clock.now()
        secret = _SECRET_PREFIX + secrets.token_urlsafe(_SECRET_BYTES)
        token = ApiToken(
            id=uuid7(),
            user_id=user_id,
            name=checks.name("name", name),
            created_at=now,
            last_used_at=None,
            expires_at=checks.expires_at(expires_at, now=now),
        )
        return await self._store.add_token(token, token_hash=hashed(secret)), secret

    async def revoke_token(self, user_id: UUID, token_id: UUID) -> None:
        """Delete one of the user's own tokens."""
        if not await self._store.revoke_token(token_id, user_id=user_id):
            raise NotFoundError(field="id")
        await self._viewers.forget(token_id)

    async def create_token_for(
        self, email: str, name: str, *, expires_at: datetime | None = None
    ) -> tuple[ApiToken, str]:
        """A new token of the user with this address, and its secret."""
        user = await self._store.user_by_email(checks.email(email))
        if user is None:
            raise NotFoundError("There is no user with this address.", field="email")
        return await self.create_token(user.id, name, expires_at=expires_at)

    async def revoke_any_token(self, token_id: UUID) -> None:
        """Delete a token, whosever it is; for operators."""
        if not await self._store.revoke_token(token_id):
            raise NotFoundError(field="id")

    async def create_user(self, viewer: Viewer, new: NewUser) -> User:
        """Add a user; for admins."""
        require(viewer, Right.ADD_USERS)
        return await self.add_user(new)

    async def add_user(self, new: NewUser) -> User:
        """Add a user; BadUserInputError when the address is taken."""
        user = User(
            id=uuid7(),
            name=checks.name("name", new.name),
            email=checks.email(new.email),
            role=new.role,
            token_limit=checks.token_limit(new.token_limit),
            created_at=self._clock.now(),
        )
        added = await self._store.add_user(user)
        if added is None:
            raise BadUserInputError("email", "belongs to another user already")
        return added

    async def set_token_limit(self, viewer: Viewer, user_id: UUID, limit: int | None) -> User:
        """Set a user's monthly limit, or with None the deployment's; for admins."""
        require(viewer, Right.SET_TOKEN_LIMITS)
        user = await self._store.set_token_limit(user_id, checks.token_limit(limit))
        if user is None:
            raise NotFoundError(field="userId")
        await self._viewers.forget(user_id)
        return user

    async def usage(
        self, user_id: UUID, own_limit: int | None, month: str | None = None
    ) -> BudgetReport:
        """What a user used in a month, the current one when none is named."""
        now = budget.month_of(self._clock.now())
        usage = await self._store.usage(user_id, now if month is None else checks.month(month))
        limit = self._options.monthly_token_limit if own_limit is None else own_limit
        return BudgetReport(
            month=usage.month,
            used=usage.used,
            reserved=usage.reserved,
            limit=limit,
            remaining=budget.remaining(limit, used=usage.used, reserved=usage.reserved),
            resets_at=budget.resets_at(usage.month),
        )

    async def sign_in_local_admin(self) -> str:
        """A secret of the local admin, made on the first call, that is good for 12 hours."""
        now = self._clock.now()
        await self._store.delete_expired_tokens(now)
        admin = await self._local_admin()
        _, secret = await self.create_token(
            admin.id, "Sign-in link", expires_at=now + SIGN_IN_LIFETIME
        )
        return secret

    async def _local_admin(self) -> User:
        """The local admin; of two processes that make it at once one finds the other's."""
        found = await self._store.user_by_email(LOCAL_ADMIN_EMAIL)
        if found is not None:
            return found
        new = User(
            id=uuid7(),
            name="Local admin",
            email=LOCAL_ADMIN_EMAIL,
            role=UserRole.ADMIN,
            token_limit=None,
            created_at=self._clock.now(),
        )
        return await self._store.add_user(new) or await self._local_admin()


def hashed(secret: str) -> str:
    """What is stored of a secret. 32 random bytes need no slow hash."""
    return hashlib.sha256(secret.encode()).hexdigest()
