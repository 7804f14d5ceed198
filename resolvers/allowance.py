"""How much text one answer may hold. A query's cost counts objects, whatever their length."""

from collections.abc import Iterable

from chat.errors import QueryTooComplexError
from chat.records import Message

# The longest page, a hundred messages of 100,000 characters, twice.
ANSWER_CHARACTERS = 20_000_000


class Allowance:
    """Counts the characters of the messages that go into an answer."""

    def __init__(self, characters: int = ANSWER_CHARACTERS) -> None:
        """`characters` is the most that one answer may hold."""
        self._most = characters
        self._used = 0

    def renew(self) -> None:
        """The next answer begins: that of a subscription's next event."""
        self._used = 0

    def take(self, messages: Iterable[Message]) -> None:
        """Count messages. Raises QueryTooComplexError when the answer has become too long."""
        self._used += _characters(messages)
        self._refuse_over(self._used)

    def took_all(self, messages: Iterable[Message]) -> bool:
        """Count messages, unless all of them together are too much; then none is counted."""
        used = self._used + _characters(messages)
        fits = used <= self._most
        if fits:
            self._used = used
        return fits

    def check(self, messages: Iterable[Message]) -> None:
        """Raise QueryTooComplexError when these messages alone are too much for an answer."""
        self._refuse_over(_characters(messages))

    def _refuse_over(self, characters: int) -> None:
        if characters > self._most:
            raise QueryTooComplexError(
                limit="answerCharacters", found=characters, allowed=self._most
            )


def _characters(messages: Iterable[Message]) -> int:
    return sum([len(message.content) for message in messages])
