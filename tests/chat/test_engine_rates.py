"""How often a user may send."""

import pytest

from chat.errors import BadUserInputError, RateLimitedError
from chat.rates import RateKind
from chat.turn import Edit, Regenerate
from tests.chat.stage import Stage


async def test_every_send_counts_for_its_user() -> None:
    stage = Stage()
    first = await stage.finished(await stage.send())
    for ask in (Edit(first.user_message.id, "Again"), Regenerate(first.reply.id)):
        await stage.finished(await stage.engine.send(stage.user, ask))
    assert stage.rates.hits == [(RateKind.SEND, stage.user.id)] * 3


async def test_one_too_many_is_refused_and_leaves_nothing() -> None:
    stage = Stage()
    stage.rates.wait = 2.5
    with pytest.raises(RateLimitedError) as caught:
        await stage.send()
    assert caught.value.extensions == {
        "code": "RATE_LIMITED",
        "retryable": True,
        "retryAfterSeconds": 2.5,
    }
    assert stage.runs.opening == 0
    assert not stage.tables.runs


async def test_a_repeat_of_a_key_is_free_and_the_first_use_of_one_is_not() -> None:
    stage = Stage()
    first = await stage.finished(await stage.send("Once", idempotency_key="k"))
    stage.rates.wait = 1
    again = await stage.send("Once", idempotency_key="k")
    assert again.reply.id == first.reply.id
    with pytest.raises(RateLimitedError):
        await stage.send("Once", idempotency_key="another")
    assert len(stage.rates.hits) == 2


async def test_what_could_not_be_sent_anyway_does_not_count() -> None:
    stage = Stage()
    with pytest.raises(BadUserInputError):
        await stage.send(" ")
    assert stage.rates.hits == []
