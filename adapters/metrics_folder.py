"""Where several processes count together: files in a folder, one for each process and kind.

prometheus_client reads the variable when it is imported, so it has to be set before a process
starts. The folder belongs to one start of the program and goes with it.
"""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from tempfile import TemporaryDirectory

from prometheus_client.multiprocess import mark_process_dead

_VARIABLE = "PROMETHEUS_MULTIPROC_DIR"


@dataclass(frozen=True, slots=True)
class MetricsFolder:
    """A folder for the metrics of processes that are yet to be started."""

    path: str

    @property
    def environment(self) -> Mapping[str, str]:
        """What these processes must see."""
        return {**os.environ, _VARIABLE: self.path}

    def forget(self, pid: int) -> None:
        """Leave out what was true of a process that has ended; what it counted stays counted."""
        mark_process_dead(pid, self.path)  # type: ignore[no-untyped-call]


@contextmanager
def metrics_folder() -> Iterator[MetricsFolder]:
    """A new folder, which is removed at the end."""
    with TemporaryDirectory(prefix="parley-metrics-") as path:
        yield MetricsFolder(path)
