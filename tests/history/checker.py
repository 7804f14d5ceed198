"""The checker of histories: what clients saw against what is stored. Pure; no I/O.

The checks are told apart by what they are about: `paths`, `turns`, `keys`, `runs`, `sightings`,
`streams`, `staying`.
"""

from tests.history.dump import Dump
from tests.history.keys import check_keys
from tests.history.log import Log
from tests.history.paths import check_branches, check_paths, read_paths
from tests.history.runs import check_final, check_interrupted, check_times, check_usage
from tests.history.sightings import check_pages, check_refusals, check_seen
from tests.history.staying import check_stayed
from tests.history.streams import check_overheard, check_streams
from tests.history.turns import check_accepted, check_contents, check_deleted, check_variants


def check(log: Log, dump: Dump) -> list[str]:
    """Every violation as a sentence that names the ids it is about; none for a clean history.

    The database is at rest: nothing writes to it, and runs had the time to become final.
    """
    paths = read_paths(dump)
    return [
        *check_paths(dump, paths),
        *check_branches(log, dump, paths),
        *check_accepted(log, dump, paths),
        *check_deleted(log, dump),
        *check_contents(log, dump),
        *check_variants(log, dump),
        *check_keys(log, dump),
        *check_final(log, dump),
        *check_times(log, dump),
        *check_interrupted(log, dump),
        *check_usage(log, dump),
        *check_seen(log, dump),
        *check_pages(log),
        *check_streams(log, dump),
        *check_overheard(log, dump),
        *check_stayed(log, dump),
        *check_refusals(log),
    ]
