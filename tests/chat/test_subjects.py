"""Signing in by a token of another issuer: who the holder becomes."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from chat.accounts import Accounts
from chat.errors import IssuerUnavailableError, StoreUnavailableError, UnauthenticatedError
from chat.newcomers import LOCAL_ADMIN_EMAIL
from chat.options import Options
from chat.records import Claims, User, UserRole
from tests.chat.examples import NOW, a_user
from tests.chat.fake_stores import FakeUsers
from tests.chat.fakes import ManualClock

TOKEN = "e30.e30.c2ln"
CLAIMS = Claims("ada-1", "https://issuer.example", NOW + timedelta(hours=1), "Ada", "ada@x.org")


class FakeVerifier:
    """Lets `TOKEN` in, with these claims."""

    def __init__(self, claims: Claims = CLAIMS) -> None:
        self.claims = claims
        self.asked: list[str] = []
        self.error: Exception | None = None

    async def verify(self, token: str, *, now: datetime) -> Claims:
        self.asked.append(token)
        if self.error is not None:
            raise self.error
        if token != TOKEN:
            raise UnauthenticatedError
        return self.claims


class Scene:
    """The verbs, with a verifier."""

    def __init__(self, store: FakeUsers | None = None, claims: Claims = CLAIMS) -> None:
        self.store = store or FakeUsers()
        self.verifier = FakeVerifier(claims)
        self.accounts = Accounts(
            store=self.store, clock=ManualClock(), options=Options(), verifier=self.verifier
        )

    async def user(self) -> User:
        """Who `TOKEN` signs in as."""
        return (await self.accounts.authenticate(TOKEN)).user


async def test_a_subject_becomes_a_member_on_first_sight_and_is_known_from_then_on() -> None:
    scene = Scene()
    first = await scene.accounts.authenticate(TOKEN)
    again = await scene.accounts.authenticate(TOKEN)
    assert first == again
    assert first.user == User(first.user.id, "Ada", "ada@x.org", UserRole.MEMBER, None, NOW)
    assert (first.token, first.expires_at) == (None, CLAIMS.expires_at)
    assert scene.store.subjects == {"https://issuer.example ada-1": first.user.id}


async def test_the_same_subject_of_another_issuer_is_another_user() -> None:
    scene = Scene()
    first = await scene.user()
    scene.verifier.claims = replace(CLAIMS, issuer="https://other.example", email=None)
    assert (await scene.user()).id != first.id


async def test_an_address_in_a_token_never_leads_to_the_user_who_has_it() -> None:
    ada = a_user(email="ada@x.org", role=UserRole.ADMIN)
    scene = Scene(FakeUsers([ada]))
    user = await scene.user()
    assert user.id != ada.id
    assert (user.role, user.email) == (UserRole.MEMBER, f"{user.id.hex}@users.invalid")
    assert scene.store.known[ada.id] == ada


@pytest.mark.parametrize(
    "email", [None, "", "ada", "a b@x.org", "\ud800@x.org", LOCAL_ADMIN_EMAIL, "1@Users.Invalid"]
)
async def test_what_is_no_address_of_ones_own_is_not_taken(email: str | None) -> None:
    user = await Scene(claims=replace(CLAIMS, email=email)).user()
    assert user.email == f"{user.id.hex}@users.invalid"


async def test_an_address_is_stored_in_one_case() -> None:
    assert (await Scene(claims=replace(CLAIMS, email=" Ada@X.org ")).user()).email == "ada@x.org"


@pytest.mark.parametrize(
    ("name", "stored"),
    [
        (" Ada Lovelace ", "Ada Lovelace"),
        ("x" * 300, "x" * 200),
        (None, "ada-1"),
        ("  ", "ada-1"),
        ("A\x00da", "ada-1"),
        ("\udfff", "ada-1"),
    ],
)
async def test_the_name_is_that_of_the_token_or_the_subject(name: str | None, stored: str) -> None:
    assert (await Scene(claims=replace(CLAIMS, name=name)).user()).name == stored


async def test_a_long_subject_without_a_name_is_shortened_to_a_name() -> None:
    claims = replace(CLAIMS, subject="s" * 255, name=None)
    assert (await Scene(claims=claims).user()).name == "s" * 200


class RacingUsers(FakeUsers):
    """Another request makes the user just before this one does."""

    async def add_user(self, user: User, *, subject: str | None = None) -> User | None:
        other = a_user(email="first@x.org")
        await super().add_user(other, subject=subject)
        return await super().add_user(user, subject=subject)


async def test_of_two_first_sights_at_once_one_finds_the_others_user() -> None:
    scene = Scene(RacingUsers())
    user = await scene.user()
    assert user.email == "first@x.org"
    assert list(scene.store.known) == [user.id]


class StubbornUsers(FakeUsers):
    """Somebody is always in the way, and gone again when one looks."""

    async def add_user(self, user: User, *, subject: str | None = None) -> User | None:
        return None


async def test_who_can_neither_be_made_nor_found_may_try_again() -> None:
    with pytest.raises(StoreUnavailableError):
        await Scene(StubbornUsers()).user()


async def test_who_was_erased_and_comes_again_is_somebody_new() -> None:
    scene = Scene()
    first = await scene.user()
    del scene.store.subjects[CLAIMS.key]
    await scene.store.erase(first.id)
    assert (await scene.user()).id != first.id


@pytest.mark.parametrize("error", [UnauthenticatedError(), IssuerUnavailableError()])
async def test_what_the_verifier_says_is_what_the_holder_hears(error: Exception) -> None:
    scene = Scene()
    scene.verifier.error = error
    with pytest.raises(type(error)):
        await scene.user()
    assert scene.store.known == {}


@pytest.mark.parametrize(
    "secret",
    ["a.b", "a.b.", ".b.c", "a..c", "a.b.c.d", "a.b.c=", "a.b.c ", "a.b.é", "a.b." + "c" * 8189],
)
async def test_what_is_not_shaped_like_a_token_is_not_verified(secret: str) -> None:
    scene = Scene()
    with pytest.raises(UnauthenticatedError):
        await scene.accounts.authenticate(secret)
    assert scene.verifier.asked == []


async def test_an_api_token_is_never_shown_to_the_verifier() -> None:
    scene = Scene(FakeUsers([ada := a_user()]))
    _, secret = await scene.accounts.create_token(ada.id, "laptop")
    assert (await scene.accounts.authenticate(secret)).user == ada
    assert scene.verifier.asked == []
