"""Which channels Redis is asked for, and when a reader may trust that it hears everything."""

from dataclasses import dataclass, field

from adapters.redis_channels import Channels


@dataclass
class Noted:
    """An ear that remembers."""

    subscriptions: int = 0
    payloads: list[bytes] = field(default_factory=list[bytes])

    def subscribed(self) -> None:
        self.subscriptions += 1

    def heard(self, payload: bytes) -> None:
        self.payloads.append(payload)


def answer(channel: bytes) -> list[object]:
    """What Redis says to a SUBSCRIBE."""
    return [b"subscribe", channel, 1]


def test_an_ear_is_told_when_redis_has_answered_and_then_hears() -> None:
    channels, ear = Channels(), Noted()
    channels.add(b"a", ear)
    assert channels.next_command() == (b"SUBSCRIBE", b"a")
    assert channels.next_command() == ()
    assert ear.subscriptions == 0
    channels.take(answer(b"a"))
    assert ear.subscriptions == 1
    channels.take([b"message", b"a", b"hello"])
    channels.take([b"message", b"b", b"for nobody"])
    channels.take([b"pong", b""])
    channels.take(b"PONG")
    assert ear.payloads == [b"hello"]


def test_who_leaves_is_unsubscribed_and_hears_no_more() -> None:
    channels, ear = Channels(), Noted()
    channels.add(b"a", ear)
    channels.next_command()
    channels.remove(b"a")
    channels.take(answer(b"a"))
    channels.take([b"message", b"a", b"hello"])
    assert channels.next_command() == (b"UNSUBSCRIBE", b"a")
    assert (ear.subscriptions, ear.payloads) == (0, [])


def test_who_comes_before_redis_was_asked_to_unsubscribe_hears_at_once() -> None:
    channels, ear = Channels(), Noted()
    channels.add(b"a", Noted())
    channels.next_command()
    channels.take(answer(b"a"))
    channels.remove(b"a")
    channels.add(b"a", ear)
    assert ear.subscriptions == 1
    assert channels.next_command() == ()


def test_an_answer_to_an_earlier_request_is_not_taken_for_that_to_a_later_one() -> None:
    channels, ear = Channels(), Noted()
    channels.add(b"a", Noted())
    channels.next_command()
    channels.remove(b"a")
    channels.next_command()
    channels.add(b"a", ear)
    assert channels.next_command() == (b"SUBSCRIBE", b"a")
    channels.take(answer(b"a"))
    assert ear.subscriptions == 0
    channels.take(answer(b"a"))
    assert ear.subscriptions == 1


def test_a_new_connection_is_asked_for_everything_again() -> None:
    channels, one, other = Channels(), Noted(), Noted()
    channels.add(b"a", one)
    channels.next_command()
    channels.take(answer(b"a"))
    channels.disconnected()
    channels.add(b"a", other)
    assert other.subscriptions == 0
    assert channels.next_command() == (b"SUBSCRIBE", b"a")
    channels.take(answer(b"a"))
    assert (one.subscriptions, other.subscriptions) == (1, 1)


def test_many_channels_are_asked_for_in_parts() -> None:
    channels = Channels()
    names = {str(number).encode() for number in range(1234)}
    for name in names:
        channels.add(name, Noted())
    commands: list[tuple[bytes, ...]] = []
    while command := channels.next_command():
        commands.append(command)
    assert {name for command in commands for name in command[1:]} == names
    assert [len(command) - 1 for command in commands] == [500, 500, 234]
