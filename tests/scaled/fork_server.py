"""A program that has imported everything and forks one Parley for each connection to its socket.

Starting an interpreter for each would take seconds. It has no event loop and no thread, which a
fork would tear apart. It ends when its standard input ends, that is with the tests at the latest,
and its children end with it.

    python -m tests.scaled.fork_server SOCKET
"""

import gc
import os
import select
import signal
import socket
import sys
from typing import NoReturn

from resolvers.graphql_schema import core_schema
from tests.scaled.forked_parley import end_with_parent, serve_order


def main(path: str) -> None:
    """Serve orders until standard input ends."""
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for the children
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # a Ctrl-C is for the tests, which then end
    core_schema()
    gc.collect()
    gc.freeze()
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(path)
        listening.listen(64)
        sys.stdout.write("ready\n")
        sys.stdout.flush()
        while True:
            ready, _, _ = select.select([sys.stdin, listening], [], [])
            if sys.stdin in ready:
                return
            connection, _ = listening.accept()
            with connection:
                if os.fork() == 0:
                    listening.close()
                    _become_parley(connection)


def _become_parley(connection: socket.socket) -> NoReturn:
    """Never return to what the fork server does."""
    end_with_parent()
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    with connection.dup():  # open to the very end of the process, which the tests wait for
        code = serve_order(connection)
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


if __name__ == "__main__":
    main(sys.argv[1])
