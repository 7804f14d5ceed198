"""Users, their tokens and their monthly budgets."""

from collections.abc import Collection, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from functools import partial
from uuid import UUID

from chat.drafts import Erased
from chat.errors import StoreUnavailableError
from chat.records import ApiToken, MonthlyUsage, User, Viewer
from db import rows, sql
from db.database import Database, Row, Transaction, UniqueViolationError
from db.deletion import erase_user

# A token's last use is written at most this often: authentication is a read.
_LAST_USE_PRECISION = timedelta(minutes=1)
_NOTED_TOKENS = 10_000
_MOST_IDS = 500

_AUTHENTICATE = f"""
    SELECT {rows.qualified(rows.API_TOKEN, "t")}, u.name AS user_name, u.email, u.role,
           u.token_limit, u.created_at AS user_created_at
    FROM api_tokens t JOIN users u ON u.id = t.user_id
    WHERE t.token_hash = :token_hash AND (t.expires_at IS NULL OR t.expires_at > :now)
"""


class SqlUserStore:
    """The `UserStore` port on a database."""

    def __init__(self, database: Database) -> None:
        """Keep the database."""
        self._database = database
        self._noted: dict[UUID, datetime] = {}

    async def authenticate(self, token_hash: str, *, now: datetime) -> Viewer | None:
        """Who holds this token, noting that it was used."""
        row = await self._database.row(_AUTHENTICATE, token_hash=token_hash, now=now)
        if row is None:
            return None
        token = rows.api_token(row)
        noted = self._noted.get(token.id) or token.last_used_at
        if noted is None or now - noted > _LAST_USE_PRECISION:
            await self._note_use(token.id, now)
        return Viewer(rows.user(_user_columns(row)), token, token.expires_at)

    async def _note_use(self, token_id: UUID, now: datetime) -> None:
        """Write the time of use; reading goes on when that cannot be written."""
        if len(self._noted) >= _NOTED_TOKENS:
            self._noted.clear()
        self._noted[token_id] = now

        async def body(transaction: Transaction) -> None:
            await transaction.rows(
                "UPDATE api_tokens SET last_used_at = :now WHERE id = :id", now=now, id=token_id
            )

        with suppress(StoreUnavailableError):
            await self._database.write(body)

    async def add_user(self, user: User, *, subject: str | None = None) -> User | None:
        """Store a user; None when the e-mail address or the subject is taken."""
        columns: dict[str, object] = {
            "id": user.id,
            "name": user.name,
            "email": user.email,
            "role": user.role,
            "token_limit": user.token_limit,
            "created_at": user.created_at,
        }
        if subject is not None:
            columns["subject"] = subject

        async def body(transaction: Transaction) -> User:
            await transaction.rows(sql.insert("users", columns), **columns)
            return user

        try:
            return await self._database.write(body)
        except UniqueViolationError:
            return None

    async def user_by_email(self, email: str) -> User | None:
        """The user with this case-folded address."""
        row = await self._database.row(
            f"SELECT {rows.USER} FROM users WHERE email = :email", email=email
        )
        return None if row is None else rows.user(row)

    async def user_by_subject(self, subject: str) -> User | None:
        """The user who signs in by claims with this key."""
        row = await self._database.row(
            f"SELECT {rows.USER} FROM users WHERE subject = :subject", subject=subject
        )
        return None if row is None else rows.user(row)

    async def set_token_limit(self, user_id: UUID, token_limit: int | None) -> User | None:
        """Set a user's own limit."""

        async def body(transaction: Transaction) -> Row | None:
            return await transaction.row(
                f"UPDATE users SET token_limit = :token_limit WHERE id = :id RETURNING {rows.USER}",
                token_limit=token_limit,
                id=user_id,
            )

        row = await self._database.write(body)
        return None if row is None else rows.user(row)

    async def add_token(self, token: ApiToken, *, token_hash: str) -> ApiToken:
        """Store a token's hash."""
        columns = {
            "id": token.id,
            "user_id": token.user_id,
            "name": token.name,
            "token_hash": token_hash,
            "created_at": token.created_at,
            "expires_at": token.expires_at,
        }

        async def body(transaction: Transaction) -> ApiToken:
            await transaction.rows(sql.insert("api_tokens", columns), **columns)
            return token

        return await self._database.write(body)

    async def revoke_token(self, token_id: UUID, *, user_id: UUID | None = None) -> bool:
        """Delete a token, of this user only when one is given."""
        owned = "AND user_id = :user_id" if user_id else ""

        async def body(transaction: Transaction) -> bool:
            statement = f"DELETE FROM api_tokens WHERE id = :id {owned} RETURNING id"
            return bool(await transaction.rows(statement, id=token_id, user_id=user_id))

        return await self._database.write(body)

    async def delete_expired_tokens(self, now: datetime) -> int:
        """Forget tokens that have run out; returns how many."""

        async def body(transaction: Transaction) -> int:
            statement = "DELETE FROM api_tokens WHERE expires_at < :now RETURNING id"
            return len(await transaction.rows(statement, now=now))

        return await self._database.write(body)

    async def tokens(self, user_id: UUID) -> Sequence[ApiToken]:
        """A user's tokens, oldest first."""
        found = await self._database.rows(
            f"SELECT {rows.API_TOKEN} FROM api_tokens WHERE user_id = :user_id ORDER BY id",
            user_id=user_id,
        )
        return [rows.api_token(row) for row in found]

    async def tokens_by_id(self, user_id: UUID, ids: Sequence[UUID]) -> dict[UUID, ApiToken]:
        """Those of these tokens that are the user's."""
        found = await self._database.rows(
            f"SELECT {rows.API_TOKEN} FROM api_tokens WHERE user_id = :user_id AND id IN (:ids)",
            user_id=user_id,
            ids=list(ids),
        )
        return {token.id: token for token in map(rows.api_token, found)}

    async def gone(
        self, *, token_ids: Collection[UUID], user_ids: Collection[UUID]
    ) -> frozenset[UUID]:
        """Which of these tokens and users are there no longer."""
        asked = [*token_ids, *user_ids]
        there: set[UUID] = set()
        for start in range(0, len(asked), _MOST_IDS):
            some = asked[start : start + _MOST_IDS]
            # Ids are unique over all tables, so it does not matter which of them is looked up in.
            found = await self._database.rows(
                "SELECT id FROM api_tokens WHERE id IN (:ids) "
                "UNION ALL SELECT id FROM users WHERE id IN (:ids)",
                ids=some,
            )
            there.update(rows.uuid(row["id"]) for row in found)
        return frozenset(asked) - there

    async def erase(self, user_id: UUID) -> Erased:
        """Delete every row of the user."""
        return await self._database.write(partial(erase_user, user_id=user_id))

    async def usage(self, user_id: UUID, month: str) -> MonthlyUsage:
        """What the user used in that month."""
        row = await self._database.row(
            "SELECT month, used, reserved FROM monthly_usage "
            "WHERE user_id = :user_id AND month = :month",
            user_id=user_id,
            month=month,
        )
        return rows.monthly_usage(row) if row else MonthlyUsage(month, used=0, reserved=0)


def _user_columns(row: Row) -> Row:
    names = {"id": row["user_id"], "name": row["user_name"], "created_at": row["user_created_at"]}
    return dict(row) | names
