"""Users, their tokens and their budgets."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

import strawberry

from schema.context import Info
from schema.enums import UserRole
from schema.node import Node


@strawberry.type(description="What a user's month allows, in tokens. Months are UTC.")
class Usage:
    """A user's month."""

    month: str = strawberry.field(description='The month, for example "2026-11".')
    tokens_used: int = strawberry.field(description="Tokens of settled runs.")
    tokens_reserved: int = strawberry.field(
        description="Tokens set aside for runs that are going on."
    )
    token_limit: int | None = strawberry.field(
        description="The month's limit; null when there is none."
    )
    tokens_remaining: int | None = strawberry.field(
        description="What is left of the limit; null when there is none."
    )
    resets_at: datetime = strawberry.field(description="When the next month begins.")


@strawberry.type(description="A token that a program signs in with. Its secret is shown only once.")
class ApiToken(Node):
    """A token without its secret."""

    name: str = strawberry.field(description="What it is for.")
    created_at: datetime = strawberry.field(description="When it was made.")
    last_used_at: datetime | None = strawberry.field(
        description="When it was last used, to the minute; null when never."
    )
    expires_at: datetime | None = strawberry.field(
        description="When it stops working; null when never."
    )


@strawberry.type(description="A person, or a program that acts as one.")
class User(Node):
    """A person, or a program that acts as one."""

    key: strawberry.Private[UUID]
    own_token_limit: strawberry.Private[int | None]
    name: str = strawberry.field(description="The name.")
    email: str = strawberry.field(description="The e-mail address, in lower case.")
    role: UserRole = strawberry.field(description="What the user may do.")
    created_at: datetime = strawberry.field(description="When the user was added.")

    @strawberry.field(description="Tokens used and left in a month.")
    async def usage(
        self,
        info: Info,
        month: Annotated[
            str | None,
            strawberry.argument(description='For example "2026-11"; omitted: the current month.'),
        ] = None,
    ) -> Usage:
        """Tokens used and left in a month."""
        return await info.context.fields.usage(self, month)

    @strawberry.field(
        description="Your API tokens, oldest first. Of another user, as admins may be shown, none."
    )
    async def api_tokens(self, info: Info) -> list[ApiToken]:
        """The user's API tokens, to nobody but that user."""
        return await info.context.fields.api_tokens(self)
