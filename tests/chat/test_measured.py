"""Ports that are measured do what the ones behind them do, and tell of it."""

import pytest

from chat.events import ConversationDeleted
from chat.identifiers import uuid7
from chat.measured import MeasuredBus, MeasuredRates
from chat.metrics import NO_METRICS, Count, Held
from chat.rates import RateKind
from chat.tracing import NO_TRACING
from tests.chat.fake_observers import RecordingMetrics
from tests.chat.fakes import CountingRates, RecordingBus

CONVERSATION = uuid7()
EVENT = ConversationDeleted(CONVERSATION)


class BrokenBus(RecordingBus):
    """Takes nothing."""

    async def publish(self, conversation_id: object, event: object) -> None:
        """Fail."""
        raise ConnectionResetError


async def test_only_what_is_refused_for_its_rate_is_counted() -> None:
    rates, metrics = CountingRates(), RecordingMetrics()
    measured = MeasuredRates(rates, metrics)
    assert await measured.hit(RateKind.SEND, CONVERSATION) is None
    rates.wait = 2.5
    assert await measured.hit(RateKind.OPERATION, CONVERSATION) == 2.5
    assert metrics.refused == [RateKind.OPERATION]
    assert len(rates.hits) == 2


async def test_events_arrive_and_are_counted() -> None:
    bus, metrics = RecordingBus(), RecordingMetrics()
    measured = MeasuredBus(bus, metrics)
    async with measured.subscribe(CONVERSATION) as subscription:
        await measured.publish(CONVERSATION, EVENT)
        assert await anext(aiter(aiter(subscription))) == EVENT
        measured.close()
        assert [event async for event in subscription] == []
    assert metrics.counts == {Count.EVENTS_PUBLISHED: 1}


async def test_an_event_that_is_not_taken_is_lost_and_told_all_the_same() -> None:
    metrics = RecordingMetrics()
    with pytest.raises(ConnectionResetError):
        await MeasuredBus(BrokenBus(), metrics).publish(CONVERSATION, EVENT)
    assert metrics.counts == {Count.EVENTS_LOST: 1}


async def test_where_nobody_watches_nothing_is_kept() -> None:
    with NO_METRICS.holding(Held.SOCKETS):
        assert NO_METRICS.exposition("").body == b""
    with NO_TRACING.span("x") as span:
        span.note({"a": 1})
        span.failed("b")
        NO_TRACING.event("c")
        assert span.traceparent is None
    await NO_TRACING.close()
