"""Several real Parley processes on one database and one Redis, behind a round-robin proxy."""
