"""Ports that are measured: each does what the one behind it does, and tells of it.

They add nothing else: no rule, no waiting, no error.
"""

from contextlib import AbstractAsyncContextManager
from uuid import UUID

from chat.account_ports import RateLimits
from chat.events import BusEvent
from chat.metrics import Count, Metrics
from chat.ports import EventBus, Subscription
from chat.rates import RateKind


class MeasuredRates:
    """The `RateLimits` port."""

    def __init__(self, rates: RateLimits, metrics: Metrics) -> None:
        """`rates` do the counting."""
        self._rates = rates
        self._metrics = metrics

    async def hit(self, kind: RateKind, user_id: UUID) -> float | None:
        """Count one, if every limit allows it; otherwise the seconds until all would."""
        wait = await self._rates.hit(kind, user_id)
        if wait is not None:
            self._metrics.rate_limited(kind)
        return wait


class MeasuredBus:
    """The `EventBus` port."""

    def __init__(self, bus: EventBus, metrics: Metrics) -> None:
        """`bus` does the carrying."""
        self._bus = bus
        self._metrics = metrics

    async def publish(self, conversation_id: UUID, event: BusEvent) -> None:
        """Hand the event to every subscription of the conversation."""
        try:
            await self._bus.publish(conversation_id, event)
        except Exception:
            self._metrics.count(Count.EVENTS_LOST)
            raise
        self._metrics.count(Count.EVENTS_PUBLISHED)

    def subscribe(self, conversation_id: UUID) -> AbstractAsyncContextManager[Subscription]:
        """Events published after the context was entered are not missed."""
        return self._bus.subscribe(conversation_id)

    def close(self) -> None:
        """End every subscription, now and to come."""
        self._bus.close()
