"""The user store on both databases: subjects, and what is there no longer."""

import asyncio
import logging
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from chat.identifiers import uuid7
from chat.records import ApiToken, User, UserRole
from tests.contracts.stage import NOW, Stage, staged


@pytest.fixture
async def stage(database_url: str) -> AsyncIterator[Stage]:
    """Stores on a fresh database."""
    async with staged(database_url) as made:
        yield made


def a_user() -> User:
    """One who is not stored yet."""
    id_ = uuid7()
    return User(id_, "Ada", f"{id_.hex}@x.org", UserRole.MEMBER, None, NOW)


async def a_token(stage: Stage, user: User) -> ApiToken:
    """A stored token."""
    token = ApiToken(uuid7(), user.id, "laptop", NOW, None, None)
    return await stage.users.add_token(token, token_hash=token.id.hex)


async def test_a_user_is_found_by_the_very_subject(stage: Stage) -> None:
    ada = a_user()
    assert await stage.users.add_user(ada, subject="https://i.example Ada") == ada
    assert await stage.users.user_by_subject("https://i.example Ada") == ada
    for other in ("https://i.example ada", "https://i.example Ada ", "Ada", ""):
        assert await stage.users.user_by_subject(other) is None


async def test_a_subject_belongs_to_one_user_however_many_add_it_at_once(stage: Stage) -> None:
    added = await asyncio.gather(*(stage.users.add_user(a_user(), subject="i s") for _ in range(5)))
    [made] = [user for user in added if user is not None]
    assert await stage.users.user_by_subject("i s") == made


async def test_any_number_of_users_have_no_subject(stage: Stage) -> None:
    assert await stage.users.add_user(a_user()) is not None
    assert await stage.users.add_user(a_user()) is not None


async def test_a_subject_that_meets_a_taken_address_is_not_stored(stage: Stage) -> None:
    assert (
        await stage.users.add_user(replace(a_user(), email=stage.user.email), subject="i") is None
    )
    assert await stage.users.user_by_subject("i") is None


async def test_a_subject_is_erased_with_its_user(stage: Stage) -> None:
    ada = a_user()
    await stage.users.add_user(ada, subject="i s")
    await stage.users.erase(ada.id)
    assert await stage.users.user_by_subject("i s") is None
    assert await stage.users.add_user(a_user(), subject="i s") is not None


async def test_revoked_tokens_and_erased_users_are_gone(stage: Stage) -> None:
    ada = a_user()
    await stage.users.add_user(ada)
    kept, revoked = await a_token(stage, stage.user), await a_token(stage, stage.user)
    hers = await a_token(stage, ada)
    watched = {"token_ids": {kept.id, revoked.id, hers.id}, "user_ids": {stage.user.id, ada.id}}
    assert await stage.users.gone(**watched) == frozenset()
    await stage.users.revoke_token(revoked.id)
    assert await stage.users.gone(**watched) == {revoked.id}
    await stage.users.erase(ada.id)
    assert await stage.users.gone(**watched) == {revoked.id, hers.id, ada.id}


async def test_five_hundred_ids_take_one_statement_and_none_takes_none(
    stage: Stage, caplog: pytest.LogCaptureFixture
) -> None:
    token = await a_token(stage, stage.user)
    unknown = [uuid7() for _ in range(998)]
    for ids, statements in (([], 0), (unknown[:498], 1), (unknown[:499], 2), (unknown, 2)):
        caplog.clear()
        with caplog.at_level(logging.DEBUG, logger="tortoise.db_client"):
            found = await stage.users.gone(
                token_ids=[token.id, *ids] if ids else [], user_ids=[stage.user.id] if ids else []
            )
        assert found == frozenset(ids)
        assert len(caplog.records) == statements
