"""Leases of runs by the database's clock, in the words of its statements.

Whoever writes a lease and whoever judges it ask the same clock, inside their statements: so it
does not matter whether the clocks of their processes agree.
"""

# The end of a lease that begins now; without `lease_seconds` there is none.
UNTIL = "clock_timestamp() + :lease_seconds * interval '1 second'"
# By the time at which the statement began: PostgreSQL can use the index for that, not for a time
# that moves on. While a statement waits for a lock it is the earlier one, so nobody is hurried.
RAN_OUT = "lease_expires_at < statement_timestamp()"
