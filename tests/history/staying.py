"""What must hold of subscriptions that stay: in the end they have told everything.

The other checks would find nothing wrong with a stream that stands still.
"""

from collections import defaultdict
from collections.abc import Iterator

from tests.history.dump import Dump, StoredMessage
from tests.history.log import Listened, Log, Streamed


def check_stayed(log: Log, dump: Dump) -> Iterator[str]:
    """Whoever listened until everything was at rest heard the end of every message."""
    told = {(one.subscription, one.message) for one in log.all(Streamed)}
    messages: dict[str, list[StoredMessage]] = defaultdict(list)
    for message in dump.messages.values():
        messages[message.conversation].append(message)
    for heard in log.all(Listened):
        for message in messages[heard.conversation] if heard.stayed else ():
            missing = (heard.subscription, message.id) not in told
            if message.index > heard.after_index and missing:
                yield f"{message.id} was never told to one who stayed: {heard}"
