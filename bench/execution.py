"""A page of messages by a compiled plan against graphql-core's executor, in this process."""

from collections.abc import Sequence

from bench import executor
from bench.budgets import Found
from bench.outcome import Outcome, cell, table
from bench.places import Place
from bench.rounds import figure


async def measure(places: Sequence[Place]) -> Outcome:
    """Data in memory: the database would be the same for both."""
    del places
    rounds = await executor.measured(executor.ways(executor.core_schema()))
    core, plan = (figure(some) for some in rounds.values())
    text = (
        f"{executor.ROUNDS} rounds of {executor.RUNS} runs, in turns; data in memory, the answer "
        "encoded. Parsing and validating are not in it: Parley does them once for a document."
    )
    rows = [[name, cell(figure(some))] for name, some in rounds.items()]
    return Outcome(
        "Execution",
        (Found("plan.cpu", "memory", core.over(plan)),),
        (text, "", *table(["", "CPU µs"], rows)),
    )
