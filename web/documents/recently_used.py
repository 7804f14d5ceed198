"""A bounded memory for what was used last."""

from collections import OrderedDict
from typing import Generic, TypeVar

Value = TypeVar("Value")


class RecentlyUsed(Generic[Value]):
    """Keeps values by text, and forgets those that were not asked for the longest time.

    Both the number of values and their weights together are bounded.
    """

    def __init__(self, *, capacity: int, weight: int) -> None:
        """`capacity` is the most values; `weight` the most that they may weigh together."""
        self._capacity = capacity
        self._most = weight
        self._weight = 0
        self._kept: OrderedDict[str, tuple[Value, int]] = OrderedDict()

    def __len__(self) -> int:
        """How many values are kept."""
        return len(self._kept)

    def get(self, key: str) -> Value | None:
        """The value, which thereby was used just now."""
        found = self._kept.get(key)
        if found is None:
            return None
        self._kept.move_to_end(key)
        return found[0]

    def put(self, key: str, value: Value, *, weight: int) -> None:
        """Keep a value, even when it takes the place of all others."""
        _, before = self._kept.pop(key, (None, 0))
        self._kept[key] = (value, weight)
        self._weight += weight - before
        while len(self._kept) > 1 and self._is_full():
            _, (_, gone) = self._kept.popitem(last=False)
            self._weight -= gone

    def _is_full(self) -> bool:
        return len(self._kept) > self._capacity or self._weight > self._most
