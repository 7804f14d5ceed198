"""What a token let in ends soon after the token, whoever ended it."""

import asyncio
import logging
from collections.abc import Collection
from datetime import timedelta
from uuid import UUID

import pytest

from chat.accounts import Accounts
from chat.errors import StoreUnavailableError
from chat.options import Options
from chat.records import User, Viewer
from chat.token_watch import TokenWatch
from tests.chat.examples import NOW, a_user
from tests.chat.fake_stores import FakeUsers
from tests.chat.fakes import ManualClock

Asked = tuple[set[UUID], set[UUID]]


class Users(FakeUsers):
    """Notes what it is asked; `trouble` keeps it from answering."""

    def __init__(self, users: Collection[User]) -> None:
        super().__init__(users)
        self.asked: list[Asked] = []
        self.trouble: Exception | asyncio.Event | None = None

    async def gone(
        self, *, token_ids: Collection[UUID], user_ids: Collection[UUID]
    ) -> frozenset[UUID]:
        self.asked.append((set(token_ids), set(user_ids)))
        if isinstance(self.trouble, Exception):
            raise self.trouble
        if self.trouble is not None:
            await self.trouble.wait()
        return await super().gone(token_ids=token_ids, user_ids=user_ids)


class Scene:
    """A watch, and two users."""

    def __init__(self, *, check_seconds: float = 2.0) -> None:
        self.ada, self.bob = a_user(), a_user(email="bob@x.org")
        self.store = Users([self.ada, self.bob])
        self.clock = ManualClock()
        self.options = Options(token_check_seconds=check_seconds)
        self.accounts = Accounts(store=self.store, clock=self.clock, options=self.options)
        self.watch = TokenWatch(store=self.store, clock=self.clock, options=self.options)
        self.ended: list[str] = []

    async def by_token(self, user: User, *, lasts: float | None = None) -> Viewer:
        """One who came with an API token."""
        expires_at = None if lasts is None else NOW + timedelta(seconds=lasts)
        _, secret = await self.accounts.create_token(user.id, "t", expires_at=expires_at)
        return await self.accounts.authenticate(secret)

    def by_claims(self, user: User, *, lasts: float = 3600) -> Viewer:
        """One who came with a token of another issuer."""
        return Viewer(user, None, NOW + timedelta(seconds=lasts))

    async def revoke(self, viewer: Viewer) -> None:
        assert viewer.token is not None
        await self.accounts.revoke_any_token(viewer.token.id)

    def ends(self, name: str) -> None:
        self.ended.append(name)


async def test_what_a_revoked_token_let_in_ends_once() -> None:
    scene = Scene()
    first, second = await scene.by_token(scene.ada), await scene.by_token(scene.ada)
    with (
        scene.watch.watching(first, lambda: scene.ends("first")),
        scene.watch.watching(first, lambda: scene.ends("first again")),
        scene.watch.watching(second, lambda: scene.ends("second")),
    ):
        assert await scene.watch.look() == 0
        await scene.revoke(first)
        assert await scene.watch.look() == 2
        assert sorted(scene.ended) == ["first", "first again"]
        assert await scene.watch.look() == 0
    assert len(scene.ended) == 2


async def test_all_that_is_watched_is_one_question_and_nothing_is_none() -> None:
    scene = Scene()
    token, claims = await scene.by_token(scene.ada), scene.by_claims(scene.bob)
    assert token.token is not None
    await scene.watch.look()
    assert scene.store.asked == []
    with (
        scene.watch.watching(token, lambda: scene.ends("token")),
        scene.watch.watching(token, lambda: scene.ends("token")),
        scene.watch.watching(claims, lambda: scene.ends("claims")),
    ):
        await scene.watch.look()
    assert scene.store.asked == [({token.token.id}, {scene.bob.id})]
    await scene.watch.look()
    assert len(scene.store.asked) == 1


async def test_what_an_erased_user_does_ends_however_it_came_in() -> None:
    scene = Scene()
    with scene.watch.watching(scene.by_claims(scene.ada), lambda: scene.ends("claims")):
        await scene.store.erase(scene.ada.id)
        await scene.watch.look()
    assert scene.ended == ["claims"]


async def test_a_token_that_runs_out_ends_by_the_clock_without_the_store() -> None:
    scene = Scene()
    token = await scene.by_token(scene.ada, lasts=4)
    claims = scene.by_claims(scene.bob, lasts=2)
    scene.store.trouble = StoreUnavailableError()
    with (
        scene.watch.watching(token, lambda: scene.ends("token")),
        scene.watch.watching(claims, lambda: scene.ends("claims")),
    ):
        scene.watch.start()
        await scene.clock.until_asleep(2)
        assert scene.ended == []
        await scene.clock.let_pass(2)
        await scene.clock.until_asleep(2)
        assert scene.ended == ["claims"]
        await scene.clock.let_pass(2)
        await scene.clock.until_asleep(2)
        assert scene.ended == ["claims", "token"]
        await scene.watch.close()


@pytest.mark.parametrize("trouble", [StoreUnavailableError(), asyncio.Event()])
async def test_a_store_that_does_not_answer_ends_nobody_until_it_does(
    trouble: Exception | asyncio.Event,
) -> None:
    scene = Scene(check_seconds=0.01)
    viewer = await scene.by_token(scene.ada)
    await scene.revoke(viewer)
    scene.store.trouble = trouble
    with scene.watch.watching(viewer, lambda: scene.ends("token")):
        assert await scene.watch.look() == 0
        scene.store.trouble = None
        assert await scene.watch.look() == 1
    assert scene.ended == ["token"]


async def test_what_is_over_by_itself_is_not_ended() -> None:
    scene = Scene()
    viewer = await scene.by_token(scene.ada)
    with scene.watch.watching(viewer, lambda: scene.ends("token")):
        pass
    await scene.revoke(viewer)
    assert await scene.watch.look() == 0
    assert scene.ended == []


async def test_what_is_over_while_the_store_is_asked_is_not_ended() -> None:
    scene = Scene()
    viewer = await scene.by_token(scene.ada)
    await scene.revoke(viewer)
    gate = scene.store.trouble = asyncio.Event()
    with scene.watch.watching(viewer, lambda: scene.ends("token")):
        looking = asyncio.create_task(scene.watch.look())
        await asyncio.sleep(0)
    gate.set()
    assert await looking == 0
    assert scene.ended == []


async def test_it_looks_every_two_seconds_and_says_what_it_ended(
    caplog: pytest.LogCaptureFixture,
) -> None:
    scene = Scene()
    viewer = await scene.by_token(scene.ada)
    scene.watch.start()
    await scene.clock.until_asleep(2)
    with (
        caplog.at_level(logging.INFO),
        scene.watch.watching(viewer, lambda: scene.ends("token")),
    ):
        await scene.revoke(viewer)
        await scene.clock.let_pass(2)
        await scene.clock.until_asleep(2)
        assert scene.ended == ["token"]
        await scene.watch.close()
    assert [record.levelno for record in caplog.records] == [logging.INFO]


async def test_a_look_that_fails_is_logged_and_the_next_one_works(
    caplog: pytest.LogCaptureFixture,
) -> None:
    scene = Scene()
    viewer = await scene.by_token(scene.ada)
    await scene.revoke(viewer)
    scene.store.trouble = ConnectionError()
    with scene.watch.watching(viewer, lambda: scene.ends("token")):
        scene.watch.start()
        await scene.clock.until_asleep(2)
        assert [record.levelno for record in caplog.records] == [logging.ERROR]
        scene.store.trouble = None
        await scene.clock.let_pass(2)
        await scene.clock.until_asleep(2)
        assert scene.ended == ["token"]
        await scene.watch.close()


async def test_one_that_cannot_be_ended_keeps_no_other_from_its_end(
    caplog: pytest.LogCaptureFixture,
) -> None:
    scene = Scene()
    viewer = await scene.by_token(scene.ada)

    def refuse() -> None:
        raise ConnectionError

    await scene.revoke(viewer)
    with (
        scene.watch.watching(viewer, refuse),
        scene.watch.watching(viewer, lambda: scene.ends("token")),
        scene.watch.watching(viewer, refuse),
    ):
        assert await scene.watch.look() == 3
    assert scene.ended == ["token"]
    assert [record.levelno for record in caplog.records] == [logging.ERROR] * 2


async def test_closing_what_was_never_started_is_nothing() -> None:
    await asyncio.wait_for(Scene().watch.close(), 1)
