"""The context of an operation: who asks, and what serves them."""

import time
from functools import cached_property

import strawberry

from chat.application import Application
from chat.metrics import Transport
from chat.records import Viewer
from resolvers.allowance import Allowance
from resolvers.at_once import AtOnce, Deliver
from resolvers.fields import LoadedFields


class OperationContext:
    """Lives as long as one operation. Of a subscription that may be days: nothing here is cached.

    `wait_seconds` is how long it may wait for replies, counted from its beginning. The request id
    stands in errors and in the log, the transport in what is measured.
    """

    def __init__(
        self,
        application: Application,
        *,
        viewer: Viewer,
        request_id: str,
        wait_seconds: float,
        transport: Transport = "http",
        deliver: Deliver | None = None,
    ) -> None:
        """The operation begins now."""
        self.application = application
        self.viewer = viewer
        self.request_id = request_id
        self.transport: Transport = transport
        self.deliver = deliver
        self.at_once: AtOnce | None = None
        self.begun = time.monotonic()
        self.allowance = Allowance()
        self._wait_seconds = wait_seconds

    @property
    def elapsed_seconds(self) -> float:
        """How long the operation has taken so far."""
        return time.monotonic() - self.begun

    @property
    def wait_seconds(self) -> float:
        """How long it may still wait for replies."""
        return max(self._wait_seconds - self.elapsed_seconds, 0.0)

    @cached_property
    def fields(self) -> LoadedFields:
        """The loaders of nested fields."""
        return LoadedFields(self.application, self.viewer, self.allowance)


Info = strawberry.Info[OperationContext, None]
