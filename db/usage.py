"""Monthly budgets: reserving when a run is accepted, booking when it is settled.

Both are single conditional statements, so that no two transactions can both take what is left.
"""

from uuid import UUID

from chat import budget
from chat.errors import TokenLimitExceededError
from chat.identifiers import uuid7
from chat.records import Run
from db.database import Transaction
from db.together import Statement, together

_RESERVE = """
    UPDATE monthly_usage SET reserved = reserved + :tokens
    WHERE user_id = :user_id AND month = :month AND used + reserved + :tokens <= COALESCE(
        (SELECT token_limit FROM users WHERE id = :user_id), :limit::bigint, 9223372036854775807
    )
    RETURNING id
"""


async def reserve(
    transaction: Transaction, user_id: UUID, *, month: str, tokens: int, default_limit: int | None
) -> None:
    """Take `tokens` from what is left of the month; TokenLimitExceededError when it is not there.

    The user's own limit goes before the deployment's; None means no limit.
    """
    parameters: dict[str, object] = {
        "user_id": user_id,
        "month": month,
        "tokens": tokens,
        "limit": default_limit,
    }
    if await transaction.rows(_RESERVE, **parameters):
        return
    # In most cases there is too little left. In the first run of a month there is no row yet.
    await transaction.rows(
        "INSERT INTO monthly_usage (id, user_id, month, used, reserved) "
        "VALUES (:id, :user_id, :month, 0, 0) ON CONFLICT (user_id, month) DO NOTHING",
        id=uuid7(),
        user_id=user_id,
        month=month,
    )
    if not await transaction.rows(_RESERVE, **parameters):
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
    await together(transaction, [booking(run, used=used)])


def booking(run: Run, *, used: int) -> Statement:
    """What books a run."""
    return Statement(
        "UPDATE monthly_usage SET reserved = reserved - :reserved, used = used + :used "
        "WHERE user_id = :user_id AND month = :month",
        {
            "reserved": run.reserved_tokens,
            "used": used,
            "user_id": run.user_id,
            "month": budget.month_of(run.started_at),
        },
    )
