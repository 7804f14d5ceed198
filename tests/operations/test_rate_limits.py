"""What a user gets who sends too often."""

import pytest

from tests.conftest import StartParley, scaled
from tests.operations.turns import try_edit, try_regenerate
from tests.served import Client

COUNTS = "{ conversations { totalCount } usage { tokensReserved } }"


async def test_a_send_too_many_is_refused_with_when_to_try_again(
    start_parley: StartParley, pytestconfig: pytest.Config
) -> None:
    # The library that counts in Redis tells the end of the window, less what has passed of it.
    shortest = 50 if scaled(pytestconfig) else 60
    async with start_parley(send_rate_limit="3/minute") as parley:
        alice = await parley.client()
        sent = [await alice.send(None, f"Message {number}") for number in range(3)]
        last = sent[-1]
        refused = [
            await alice.try_send(None, "One more"),
            await alice.try_send(None, "One more", idempotencyKey="new", wait=False),
            await try_edit(alice, last["userMessage"]["id"], "Another"),
            await try_regenerate(alice, last["reply"]["id"]),
        ]
        for answer in refused:
            assert answer.code == "RATE_LIMITED"
            extensions = answer.error["extensions"]
            assert extensions["retryable"] is True
            assert shortest < extensions["retryAfterSeconds"] <= 80
        counts = (await alice(COUNTS)).data
        assert counts == {"conversations": {"totalCount": 3}, "usage": {"tokensReserved": 0}}
        assert len(await alice.messages(last["conversation"]["id"])) == 2


async def test_a_repeat_is_answered_and_others_do_not_notice(start_parley: StartParley) -> None:
    async with start_parley(send_rate_limit="1/hour") as parley:
        alice, bob = await parley.client(), await parley.client()
        first = await alice.send(None, "Once", idempotencyKey="k")
        assert (await alice.try_send(None, "Twice")).code == "RATE_LIMITED"
        for _ in range(3):
            assert await alice.send(None, "Once", idempotencyKey="k") == first
        other_input = await alice.try_send(None, "Twice", idempotencyKey="k")
        assert other_input.code == "IDEMPOTENCY_KEY_REUSED"
        assert (await bob.send(None, "Hello"))["reply"]["status"] == "COMPLETE"


async def test_what_is_refused_for_another_reason_does_not_count(
    start_parley: StartParley,
) -> None:
    async with start_parley(send_rate_limit="1/hour") as parley:
        alice = await parley.client()
        assert (await alice.try_send(None, " ")).code == "BAD_USER_INPUT"
        assert (await alice.send(None, "Hello"))["reply"]["status"] == "COMPLETE"


async def test_processes_on_one_redis_count_together(
    start_parley: StartParley, redis_url: str
) -> None:
    shared = {"send_rate_limit": "4/hour", "redis_url": redis_url}
    async with start_parley(**shared) as one, start_parley(**shared) as other:
        alice = await one.client()
        also_alice = Client(other.url, other.session, alice.token, alice.user)
        for client in (alice, also_alice, alice, also_alice):
            await client.send(None, "Hello")
        for client in (alice, also_alice):
            assert (await client.try_send(None, "One more")).code == "RATE_LIMITED"


async def test_limits_that_are_off_limit_nothing(start_parley: StartParley) -> None:
    async with start_parley(send_rate_limit="off") as parley:
        alice = await parley.client()
        for number in range(70):
            await alice.send(None, f"Message {number}", wait=False)
