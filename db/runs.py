"""The store of the runs: accepting, starting, checkpoints, stops and ends. One transaction each."""

from collections.abc import Collection, Sequence
from datetime import datetime
from functools import partial
from uuid import UUID

from chat.drafts import (
    Checkpoint,
    Lease,
    LeaseState,
    OpenedRun,
    RunDraft,
    RunOutcome,
    SettledRun,
    StopRequest,
)
from chat.errors import StoreUnavailableError
from chat.history import HistoryLimits
from chat.metrics import OpenRuns
from chat.records import Run, RunStatus
from db import leases, rows
from db.database import Database, Transaction, UniqueViolationError
from db.opening import KEY_LIFETIME, Opening
from db.queue import start_run
from db.settling import interrupt_run, request_stop, settle_run

_TAKEN_AT_ONCE = 100


class SqlRunStore:
    """The `RunStore` port on a database."""

    def __init__(self, database: Database) -> None:
        """Keep the database."""
        self._database = database

    async def open(self, draft: RunDraft) -> OpenedRun:
        """Accept a send. Of two at once with one key the second finds the first's run."""
        opening = Opening(draft)
        try:
            return await self._database.write(opening.run)
        except UniqueViolationError:
            return await self._database.write(opening.run)

    async def key_is_known(self, user_id: UUID, key: str, *, now: datetime) -> bool:
        """Whether an idempotency key stands for a run of the user."""
        found = await self._database.row(
            "SELECT id FROM runs WHERE user_id = :user_id AND idempotency_key = :key "
            "AND started_at >= :oldest",
            user_id=user_id,
            key=key,
            oldest=now - KEY_LIFETIME,
        )
        return found is not None

    async def start(
        self, run_id: UUID, *, lease: Lease, history: HistoryLimits
    ) -> OpenedRun | None:
        """Start a run that waited, if it is its turn."""
        return await self._database.write(
            partial(start_run, run_id=run_id, lease=lease, history=history)
        )

    async def waiting(self) -> Sequence[UUID]:
        """Runs whose turn it is and that nobody has started; some of them, if there are many."""
        found = await self._database.rows(
            "SELECT r.id FROM runs r JOIN conversations c ON c.active_run_id = r.id "
            "AND c.id = r.conversation_id WHERE r.status = :queued LIMIT :limit",
            queued=RunStatus.QUEUED,
            limit=_TAKEN_AT_ONCE,
        )
        return [rows.uuid(row["id"]) for row in found]

    async def request_stop(
        self, user_id: UUID, run_id: UUID, *, now: datetime
    ) -> StopRequest | None:
        """Ask whoever drives the run to stop it; one that waits is settled at once."""
        return await self._database.write(
            partial(request_stop, user_id=user_id, run_id=run_id, now=now)
        )

    async def checkpoint(self, run_id: UUID, checkpoint: Checkpoint) -> LeaseState:
        """Store the text so far and renew the lease, if the run still is the owner's."""

        async def body(transaction: Transaction) -> LeaseState:
            row = await transaction.row(
                f"UPDATE runs SET lease_expires_at = {leases.UNTIL}, "
                "first_token_at = COALESCE(first_token_at, :first_token_at) "
                "WHERE id = :id AND lease_owner = :owner AND status = :running "
                "RETURNING reply_id, stop_requested_at",
                id=run_id,
                owner=checkpoint.lease.owner,
                running=RunStatus.RUNNING,
                lease_seconds=checkpoint.lease.seconds,
                first_token_at=checkpoint.first_token_at,
            )
            if row is None:
                return LeaseState.LOST
            if checkpoint.text is not None:
                await transaction.rows(
                    "UPDATE messages SET content = :text WHERE id = :id",
                    text=checkpoint.text,
                    id=rows.uuid(row["reply_id"]),
                )
            stop = row["stop_requested_at"] is not None
            return LeaseState.STOP_REQUESTED if stop else LeaseState.HELD

        return await self._database.write(body)

    async def settle(self, run_id: UUID, outcome: RunOutcome) -> SettledRun | None:
        """Make the run final, if it still is the owner's."""
        return await self._database.write(partial(settle_run, run_id=run_id, outcome=outcome))

    async def interrupt_expired(
        self, now: datetime, *, sparing: Collection[UUID] = ()
    ) -> Sequence[SettledRun]:
        """Settle as INTERRUPTED every run whose lease has run out, each exactly once.

        When the database goes away in between, those that were settled are told all the same.
        """
        found = await self._database.rows(
            f"SELECT id FROM runs WHERE status = :running AND {leases.RAN_OUT} "
            "ORDER BY lease_expires_at LIMIT :limit",
            running=RunStatus.RUNNING,
            limit=_TAKEN_AT_ONCE,
        )
        settled: list[SettledRun] = []
        for run_id in (rows.uuid(row["id"]) for row in found):
            if run_id not in sparing:
                expired = partial(interrupt_run, run_id=run_id, now=now)
                try:
                    done = await self._database.write(expired)
                except StoreUnavailableError:
                    if settled:
                        break
                    raise
                settled += [done] if done else []
        return settled

    async def by_id(self, user_id: UUID, ids: Sequence[UUID]) -> dict[UUID, Run]:
        """Those of these runs that are the user's."""
        found = await self._database.rows(
            f"SELECT {rows.RUN} FROM runs WHERE user_id = :user_id AND id IN (:ids)",
            user_id=user_id,
            ids=list(ids),
        )
        return {run.id: run for run in map(rows.run, found)}

    async def open_runs(self, *, now: datetime) -> Sequence[OpenRuns]:
        """How many runs of all users are QUEUED and RUNNING, those states that have any."""
        # The literal lets both databases use the index of open runs.
        found = await self._database.rows(
            "SELECT status, COUNT(*) AS runs, MIN(started_at) AS oldest FROM runs "
            "WHERE status IN ('QUEUED', 'RUNNING') GROUP BY status"
        )
        return [
            OpenRuns(
                status=RunStatus(row["status"]),
                count=row["runs"],
                oldest_seconds=max((now - rows.time(row["oldest"])).total_seconds(), 0.0),
            )
            for row in found
        ]
