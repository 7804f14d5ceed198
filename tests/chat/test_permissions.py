"""Rights and roles."""

import pytest

from chat.errors import ForbiddenError
from chat.permissions import LEAST_ROLE, Right, may, require
from chat.records import UserRole
from tests.chat.examples import a_viewer


def test_every_right_has_a_least_role() -> None:
    assert set(LEAST_ROLE) == set(Right)


@pytest.mark.parametrize("right", Right)
def test_an_admin_has_every_right(right: Right) -> None:
    require(a_viewer(role=UserRole.ADMIN), right)
    assert may(UserRole.ADMIN, right)


@pytest.mark.parametrize("right", [Right.ADD_USERS, Right.SET_TOKEN_LIMITS])
def test_a_member_neither_adds_users_nor_sets_limits(right: Right) -> None:
    assert not may(UserRole.MEMBER, right)
    with pytest.raises(ForbiddenError):
        require(a_viewer(), right)


@pytest.mark.parametrize("right", Right)
def test_each_role_may_do_what_those_below_it_may(right: Right) -> None:
    allowed = [may(role, right) for role in UserRole]
    assert allowed == sorted(allowed)
