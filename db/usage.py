"""Monthly budgets: reserving when a run is accepted, booking when it is settled.

Both are single conditional statements, so that no two transactions can both take what is left.
"""

from uuid import UUID

from chat import budget
from chat.errors import TokenLimitExceededError
from chat.identifiers import uuid7
from chat.records import Run
from db.database import Transaction


async def reserve(
    transaction: Transaction, user_id: UUID, *, month: str, tokens: int, default_limit: int | None
) -> None:
    """Take `tokens` from what is left of the month; TokenLimitExceededError when it is not there.

    The user's own limit goes before the deployment's; None means no limit.
    """
    await transaction.rows(
        "INSERT INTO monthly_usage (id, user_id, month, used, reserved) "
        "VALUES (:id, :user_id, :month, 0, 0) ON CONFLICT (user_id, month) DO NOTHING",
        id=uuid7(),
        user_id=user_id,
        month=month,
    )
    own = await transaction.row("SELECT token_limit FROM users WHERE id = :id", id=user_id)
    limit = default_limit if own is None or own["token_limit"] is None else own["token_limit"]
    condition = "" if limit is None else "AND used + reserved + :tokens <= :limit"
    taken = await transaction.rows(
        "UPDATE monthly_usage SET reserved = reserved + :tokens "
        f"WHERE user_id = :user_id AND month = :month {condition} RETURNING id",
        user_id=user_id,
        month=month,
        tokens=tokens,
        limit=limit,
    )
    if not taken:
        raise TokenLimitExceededError(resets_at=budget.resets_at(month))


async def reserve_again(transaction: Transaction, run: Run, *, tokens: int) -> None:
    """Replace a run's reservation by another. It was accepted, so no limit is asked."""
    await transaction.rows(
        "UPDATE monthly_usage SET reserved = reserved + :more "
        "WHERE user_id = :user_id AND month = :month",
        more=tokens - run.reserved_tokens,
        user_id=run.user_id,
        month=budget.month_of(run.started_at),
    )


async def book(transaction: Transaction, run: Run, *, used: int) -> None:
    """Replace a run's reservation by what it used, in the month in which it was accepted."""
    await transaction.rows(
        "UPDATE monthly_usage SET reserved = reserved - :reserved, used = used + :used "
        "WHERE user_id = :user_id AND month = :month",
        reserved=run.reserved_tokens,
        used=used,
        user_id=run.user_id,
        month=budget.month_of(run.started_at),
    )
