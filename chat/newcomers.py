"""Who somebody becomes that another issuer's token names for the first time.

Always a member: roles are never taken from a token. Never a user that is there already: an address
in a token proves nothing about the account that has it here.
"""

from collections.abc import Iterator
from datetime import datetime

from chat import checks
from chat.errors import BadUserInputError
from chat.identifiers import uuid7
from chat.records import Claims, User, UserRole

LOCAL_ADMIN_EMAIL = "admin@localhost"
_NOWHERE = "@users.invalid"  # a domain that RFC 2606 keeps free of mail


def newcomers(claims: Claims, *, now: datetime) -> Iterator[User]:
    """The user to store, and if the address is taken, the one to store then."""
    id_ = uuid7()
    fallback = f"{id_.hex}{_NOWHERE}"
    for email in dict.fromkeys((_address(claims.email) or fallback, fallback)):
        yield User(
            id=id_,
            name=_name(claims),
            email=email,
            role=UserRole.MEMBER,
            token_limit=None,
            created_at=now,
        )


def _name(claims: Claims) -> str:
    """The name in the token, shortened where it must be; the subject where there is none."""
    try:
        return checks.name("name", (claims.name or "").strip()[: checks.LONGEST_NAME])
    except BadUserInputError:
        return claims.subject[: checks.LONGEST_NAME]


def _address(email: str | None) -> str | None:
    """The address in the token, if it is one and none that Parley gives away itself."""
    try:
        address = checks.email(email or "")
    except BadUserInputError:
        return None
    return None if address == LOCAL_ADMIN_EMAIL or address.endswith(_NOWHERE) else address
