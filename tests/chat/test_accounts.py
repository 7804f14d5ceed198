"""Users, tokens and budgets."""

import hashlib
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from chat.accounts import Accounts, BudgetReport, NewUser
from chat.errors import BadUserInputError, ForbiddenError, NotFoundError, UnauthenticatedError
from chat.identifiers import uuid7
from chat.newcomers import LOCAL_ADMIN_EMAIL
from chat.options import Options
from chat.records import MonthlyUsage, User, UserRole, Viewer
from tests.chat.examples import NOW, a_user, a_viewer
from tests.chat.fake_stores import FakeUsers
from tests.chat.fakes import ManualClock

ADMIN = a_viewer(role=UserRole.ADMIN)
MEMBER = a_viewer()


class Scene:
    """The verbs, and one user."""

    def __init__(self, store: FakeUsers | None = None, limit: int | None = None) -> None:
        self.user = a_user()
        self.store = store or FakeUsers([self.user])
        self.clock = ManualClock()
        self.accounts = Accounts(
            store=self.store, clock=self.clock, options=Options(monthly_token_limit=limit)
        )


async def test_the_secret_of_a_token_tells_who_holds_it() -> None:
    scene = Scene()
    token, secret = await scene.accounts.create_token(scene.user.id, "laptop")
    viewer = await scene.accounts.authenticate(secret)
    assert (viewer.user, viewer.token) == (scene.user, token)
    assert (token.name, token.created_at, token.expires_at) == ("laptop", NOW, None)


async def test_of_a_secret_only_its_digest_is_stored() -> None:
    scene = Scene()
    token, secret = await scene.accounts.create_token(scene.user.id, "laptop")
    assert secret.startswith("parley_")
    assert scene.store.hashes == {hashlib.sha256(secret.encode()).hexdigest(): token}


async def test_no_two_secrets_are_alike() -> None:
    scene = Scene()
    made = [await scene.accounts.create_token(scene.user.id, "laptop") for _ in range(20)]
    assert len({secret for _, secret in made}) == 20


@pytest.mark.parametrize("secret", [None, "", "parley_" + "x" * 43, "x" * 200, "parley_\ud800"])
async def test_without_a_known_secret_nobody_is_signed_in(secret: str | None) -> None:
    with pytest.raises(UnauthenticatedError):
        await Scene().accounts.authenticate(secret)


class SilentUsers(FakeUsers):
    """Whoever asks this store for a token fails the test."""

    async def authenticate(self, token_hash: str, *, now: datetime) -> Viewer | None:
        raise AssertionError

    async def user_by_subject(self, subject: str) -> User | None:
        raise AssertionError


@pytest.mark.parametrize(
    "secret",
    [
        "parley_" + "x" * 42,
        "parley_" + "x" * 44,
        "parley_" + "x" * 42 + "é",
        "parley_" + "x" * 42 + "\n",
        "x" * 50,
        "a.b.c",
        "x" * 100_000,
    ],
)
async def test_what_is_not_shaped_like_a_token_is_refused_without_asking_the_store(
    secret: str,
) -> None:
    with pytest.raises(UnauthenticatedError):
        await Scene(SilentUsers()).accounts.authenticate(secret)


async def test_a_token_that_has_run_out_is_no_token() -> None:
    scene = Scene()
    _, secret = await scene.accounts.create_token(
        scene.user.id, "laptop", expires_at=NOW + timedelta(seconds=1)
    )
    scene.store.hashes = {
        one: replace(token, expires_at=NOW) for one, token in scene.store.hashes.items()
    }
    with pytest.raises(UnauthenticatedError):
        await scene.accounts.authenticate(secret)


@pytest.mark.parametrize(
    ("values", "field"),
    [({"name": " "}, "name"), ({"name": "laptop", "expires_at": NOW}, "expiresAt")],
)
async def test_a_token_with_a_bad_field_is_not_stored(values: dict[str, Any], field: str) -> None:
    scene = Scene()
    with pytest.raises(BadUserInputError) as caught:
        await scene.accounts.create_token(scene.user.id, **values)
    assert caught.value.field == field
    assert not scene.store.hashes


async def test_a_user_revokes_an_own_token_and_no_other() -> None:
    scene = Scene()
    token, secret = await scene.accounts.create_token(scene.user.id, "laptop")
    with pytest.raises(NotFoundError) as caught:
        await scene.accounts.revoke_token(uuid7(), token.id)
    assert caught.value.field == "id"
    await scene.accounts.revoke_token(scene.user.id, token.id)
    with pytest.raises(UnauthenticatedError):
        await scene.accounts.authenticate(secret)


async def test_an_operator_revokes_any_token_once() -> None:
    scene = Scene()
    token, _ = await scene.accounts.create_token(scene.user.id, "laptop")
    await scene.accounts.revoke_any_token(token.id)
    with pytest.raises(NotFoundError):
        await scene.accounts.revoke_any_token(token.id)


async def test_an_operator_makes_a_token_for_an_address_in_any_case() -> None:
    scene = Scene()
    expires_at = NOW + timedelta(days=1)
    token, secret = await scene.accounts.create_token_for(
        " Ada@Example.COM ", "laptop", expires_at=expires_at
    )
    assert (token.user_id, token.expires_at) == (scene.user.id, expires_at)
    assert (await scene.accounts.authenticate(secret)).user == scene.user


async def test_an_address_that_nobody_has_is_not_found() -> None:
    with pytest.raises(NotFoundError) as caught:
        await Scene().accounts.create_token_for("bob@example.com", "laptop")
    assert caught.value.field == "email"
    assert str(caught.value) == "There is no user with this address."


async def test_an_admin_adds_a_user() -> None:
    scene = Scene()
    new = NewUser("Bob", "Bob@Example.com", UserRole.ADMIN, 500)
    user = await scene.accounts.create_user(ADMIN, new)
    assert user == User(user.id, "Bob", "bob@example.com", UserRole.ADMIN, 500, NOW)
    assert scene.store.known[user.id] == user


async def test_a_member_adds_nobody() -> None:
    scene = Scene()
    with pytest.raises(ForbiddenError):
        await scene.accounts.create_user(MEMBER, NewUser("Bob", "bob@example.com"))
    assert list(scene.store.known) == [scene.user.id]


async def test_an_address_belongs_to_one_user() -> None:
    with pytest.raises(BadUserInputError) as caught:
        await Scene().accounts.add_user(NewUser("Other Ada", "ADA@example.com"))
    assert caught.value.field == "email"


@pytest.mark.parametrize(
    ("new", "field"),
    [
        (NewUser("", "bob@example.com"), "name"),
        (NewUser("Bob", "bob"), "email"),
        (NewUser("Bob", "bob@example.com", token_limit=-1), "tokenLimit"),
    ],
)
async def test_a_user_with_a_bad_field_is_not_stored(new: NewUser, field: str) -> None:
    scene = Scene()
    with pytest.raises(BadUserInputError) as caught:
        await scene.accounts.add_user(new)
    assert caught.value.field == field
    assert list(scene.store.known) == [scene.user.id]


@pytest.mark.parametrize("limit", [0, 500, None])
async def test_an_admin_sets_a_limit_or_takes_it_away(limit: int | None) -> None:
    scene = Scene()
    user = await scene.accounts.set_token_limit(ADMIN, scene.user.id, limit)
    assert user.token_limit == limit
    assert scene.store.known[user.id] == user


async def test_a_member_sets_no_limit() -> None:
    scene = Scene()
    with pytest.raises(ForbiddenError):
        await scene.accounts.set_token_limit(MEMBER, scene.user.id, 1)
    assert scene.store.known[scene.user.id].token_limit is None


async def test_a_negative_limit_and_an_unknown_user_are_refused() -> None:
    scene = Scene()
    with pytest.raises(BadUserInputError):
        await scene.accounts.set_token_limit(ADMIN, scene.user.id, -1)
    with pytest.raises(NotFoundError) as caught:
        await scene.accounts.set_token_limit(ADMIN, uuid7(), 1)
    assert caught.value.field == "userId"


async def test_usage_is_this_months_unless_another_is_named() -> None:
    scene = Scene()
    scene.store.used = {
        (scene.user.id, "2026-11"): MonthlyUsage("2026-11", 70, 20),
        (scene.user.id, "2026-10"): MonthlyUsage("2026-10", 5, 0),
    }
    resets_at = datetime(2026, 12, 1, tzinfo=UTC)
    assert await scene.accounts.usage(scene.user.id, 100) == BudgetReport(
        "2026-11", 70, 20, 100, 10, resets_at
    )
    october = await scene.accounts.usage(scene.user.id, 100, "2026-10")
    assert (october.month, october.used, october.remaining) == ("2026-10", 5, 95)
    assert (await scene.accounts.usage(uuid7(), 100)).used == 0


@pytest.mark.parametrize(
    ("own", "deployment", "limit"),
    [(None, None, None), (None, 50, 50), (0, 50, 0), (100, 50, 100)],
)
async def test_a_users_own_limit_goes_before_the_deployments(
    own: int | None, deployment: int | None, limit: int | None
) -> None:
    scene = Scene(limit=deployment)
    report = await scene.accounts.usage(scene.user.id, own)
    assert (report.limit, report.remaining) == (limit, limit)


async def test_usage_of_a_month_that_is_none_is_refused() -> None:
    scene = Scene()
    with pytest.raises(BadUserInputError) as caught:
        await scene.accounts.usage(scene.user.id, None, "November")
    assert caught.value.field == "month"


async def test_the_first_sign_in_makes_the_local_admin_and_later_ones_find_it() -> None:
    scene = Scene()
    first = await scene.accounts.authenticate(await scene.accounts.sign_in_local_admin())
    second = await scene.accounts.authenticate(await scene.accounts.sign_in_local_admin())
    assert first.user == second.user
    assert (first.user.email, first.user.role) == (LOCAL_ADMIN_EMAIL, UserRole.ADMIN)
    assert first.token != second.token
    assert first.expires_at == NOW + timedelta(hours=12)


async def test_signing_in_clears_away_tokens_that_have_run_out() -> None:
    scene = Scene()
    await scene.accounts.sign_in_local_admin()
    assert scene.store.expired_before == [NOW]


class RacingUsers(FakeUsers):
    """Another process adds the user just before this one does."""

    async def add_user(self, user: User, *, subject: str | None = None) -> User | None:
        await super().add_user(replace(user, id=uuid7()))
        return await super().add_user(user)


async def test_of_two_processes_that_make_the_local_admin_at_once_one_finds_the_others() -> None:
    scene = Scene(RacingUsers())
    viewer = await scene.accounts.authenticate(await scene.accounts.sign_in_local_admin())
    assert list(scene.store.known) == [viewer.user.id]
