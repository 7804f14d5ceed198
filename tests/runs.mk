# The runs of `make test`. Tortoise caches queries without regard to the dialect, hence a process for
# each database; coverage is combined afterwards.

# In CI nothing is left out: where something is missing, pytest says what.
TWICE := $(or $(and $(PARLEY_TEST_DATABASE_URL),$(PARLEY_TEST_REDIS_URL)),$(filter true,$(CI)))

.PHONY: all sqlite postgres two-processes
all: sqlite $(if $(PARLEY_TEST_DATABASE_URL),postgres) $(if $(TWICE),two-processes)

sqlite:
	env -u PARLEY_TEST_DATABASE_URL .venv/bin/coverage run -m pytest

# What runs on two processes besides need not run in one here, too.
postgres:
	.venv/bin/coverage run -m pytest -m "database$(if $(TWICE), and not scaled)"

two-processes:
	.venv/bin/python -m pytest --processes 2
