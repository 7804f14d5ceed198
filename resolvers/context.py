"""The context of an operation: who asks, and what serves them."""

from functools import cached_property

import strawberry

from chat.application import Application
from chat.errors import UnauthenticatedError
from chat.records import Viewer
from resolvers.fields import LoadedFields


class OperationContext:
    """Lives as long as an HTTP request or a socket; so it holds nothing that grows stale.

    `viewer` is None on a socket until its connection_init was accepted, and `secret` is None but
    on a socket.
    """

    def __init__(self, application: Application, *, viewer: Viewer | None, request_id: str) -> None:
        """`request_id` stands in errors and in the log."""
        super().__init__()
        self.application = application
        self.known_viewer = viewer
        self.request_id = request_id
        self.secret: str | None = None

    @property
    def viewer(self) -> Viewer:
        """Who asks. Raises UnauthenticatedError."""
        if self.known_viewer is None:
            raise UnauthenticatedError
        return self.known_viewer

    async def renew(self) -> None:
        """On a socket, look again who holds its token: it may have been revoked, or run out.

        Raises UnauthenticatedError.
        """
        if self.secret is not None:
            self.known_viewer = await self.application.accounts.authenticate(self.secret)

    @cached_property
    def fields(self) -> LoadedFields:
        """The loaders of nested fields."""
        return LoadedFields(self.application, self.viewer)


Info = strawberry.Info[OperationContext, None]
