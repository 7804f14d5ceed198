"""Whatever a document asks for, refusing it takes little."""

import asyncio
import json
import os
import sys
from pathlib import Path

from tests.operations.excessive_documents import EXCESSES

ROOT = Path(__file__).parents[3]
# Seven were seen at the most; what has no bound takes hundreds.
MOST_TIMES = 12


async def test_no_document_is_refused_with_much_more_work_than_the_usual_one_is_accepted() -> None:
    env = {name: value for name, value in os.environ.items() if not name.startswith("COV")}
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.web.documents.refusing"),
        cwd=ROOT,
        env=env,
        stdout=asyncio.subprocess.PIPE,
    )
    output, _ = await asyncio.wait_for(process.communicate(), 60)
    taken: dict[str, float] = json.loads(output)
    assert taken.keys() == EXCESSES.keys()
    assert {name: times for name, times in taken.items() if times >= MOST_TIMES} == {}
