"""What processes call out to one another about runs and accounts, as Protocols.

A signal that is lost delays, and loses nothing: what it is about is in the store, where checkpoints
and sweeps find it. A signal that is wrong does no harm either: it only has a process look into the
store sooner.
"""

from typing import Protocol
from uuid import UUID


class RunSignals(Protocol):
    """Calling out. Nobody waits for it, and nobody learns whether it was heard."""

    def stop(self, run_id: UUID) -> None:
        """Somebody has asked for this run to be stopped: whoever drives it should look."""
        ...

    def turn(self, run_id: UUID) -> None:
        """It is this run's turn, and the caller will not start it: somebody should."""
        ...


class RunListener(Protocol):
    """Who hears what is called out. Signals come one after the other."""

    async def stop_called(self, run_id: UUID) -> None:
        """The run, if it goes on here, may have to stop."""
        ...

    async def turn_called(self, run_id: UUID) -> None:
        """The run may be waiting for somebody to start it."""
        ...


class AccountSignals(Protocol):
    """Calling out what was changed or ended of users and their tokens."""

    async def account_changed(self, id_: UUID) -> None:
        """What is known of this user or API token is not true any more.

        Returns when it was called out, or could not be.
        """
        ...


class AccountListener(Protocol):
    """Who hears that. It must not block."""

    def account_changed(self, id_: UUID) -> None:
        """What is known of this user or API token is not true any more."""
        ...


class Signals(RunSignals, AccountSignals, Protocol):
    """All that is called out."""


class NoSignals:
    """For a process that is alone: there is nobody to hear."""

    def stop(self, run_id: UUID) -> None:
        """Do nothing."""

    def turn(self, run_id: UUID) -> None:
        """Do nothing."""

    async def account_changed(self, id_: UUID) -> None:
        """Do nothing."""
