# Parley's commands; `make` lists them. Each sets up what it needs in .venv, once.

PYTHON ?= python3
UV_VERSION := 0.13.9
PIP := .venv/bin/python -m pip --disable-pip-version-check --no-input -qq
UV_COMPILE = .venv/lock/bin/uv pip compile -q --universal --python-version 3.11 \
	--no-python-downloads --generate-hashes --no-header --no-emit-index-url \
	--no-emit-find-links $(LOCK_FLAGS) pyproject.toml

# The pages are built by the Node in .venv; the machine need have none, nor any settings of npm. Node
# trusts the authorities that the machine trusts, as pip does.
PAGES := web/page web/graphiql
PACKAGES := $(PAGES:%=%/node_modules/.package-lock.json)
BUILT := $(PAGES:%=%/dist/index.html)
NPM = PATH="$(CURDIR)/.venv/bin:$$PATH" NODE_USE_SYSTEM_CA=1 npm --loglevel=error --no-update-notifier
page_sources = $(shell find $(1) \( -name node_modules -o -name dist \) -prune \
	-o -type f -not -name '*.test.*' -print)

.DEFAULT_GOAL := help
.NOTPARALLEL:
.PHONY: help run setup demo test soak fuzz sameness large check docs bench scaling lock clean FORCE

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "make %-8s %s\n", $$1, $$2 }' Makefile

run: .venv/.run-ready $(BUILT) ## Start Parley and print a link that signs in
	@exec .venv/bin/parley serve --sign-in-link

setup: .venv/.run-ready $(BUILT) ## Set up what `run` needs, and start nothing

demo: .venv/.run-ready $(BUILT) ## The same with a stand-in model server: no key needed
	@exec .venv/bin/parley demo

check: .venv/.dev-ready $(PACKAGES) ## Check format, rules, types, and who imports whom
	.venv/bin/ruff format --check --quiet
	.venv/bin/ruff check --quiet
	.venv/bin/mypy
	.venv/bin/pyright
	.venv/bin/lint-imports --no-logo
	cd web/page && $(NPM) run check
	cd web/graphiql && $(NPM) run check

# The runs are in tests/runs.mk. RUNS=2 has them go on side by side, which takes more than two cores:
# the histories kill and restart servers, and have their time for that.
RUNS ?= 1
SIDE_BY_SIDE := $(if $(filter-out 1,$(RUNS)),-j$(RUNS) --output-sync=target)

test: .venv/.dev-ready .venv/.clients-ready $(BUILT) ## Run the tests; with PARLEY_TEST_DATABASE_URL and PARLEY_TEST_REDIS_URL on these too
	cd web/page && $(NPM) test --silent -- --passWithNoTests --reporter=dot
	@.venv/bin/coverage erase
	@$(MAKE) --no-print-directory --keep-going $(SIDE_BY_SIDE) -f tests/runs.mk all
	@.venv/bin/coverage combine --quiet
	.venv/bin/coverage report --include='chat/*' --fail-under=100
	.venv/bin/coverage report --omit='chat/*' --fail-under=90

# SEED repeats the choices of an earlier run. A run takes six seconds a kill.
KILLS ?= 20
SEED ?=
SOAK = PARLEY_TEST_KILLS=$(KILLS) PARLEY_TEST_SEED=$(SEED) .venv/bin/python -m pytest \
	-o faulthandler_timeout=3600 -o log_cli=true -o log_cli_level=INFO \
	tests/history/test_history

soak: .venv/.dev-ready ## Kill Parley, and all that two of them share, under load, KILLS=20 times
	env -u PARLEY_TEST_DATABASE_URL $(SOAK).py
ifdef PARLEY_TEST_DATABASE_URL
	$(SOAK).py
endif
	$(SOAK)_of_two_processes.py

# FUZZ_SEED repeats the documents of an earlier run.
FUZZ_SECONDS ?= 120
FUZZ_SEED ?= $(shell date +%s)
FUZZ = PARLEY_TEST_FUZZ_SECONDS=$(FUZZ_SECONDS) PARLEY_TEST_FUZZ_SEED=$(FUZZ_SEED) \
	.venv/bin/python -m pytest -o faulthandler_timeout=3600 -o log_cli=true -o log_cli_level=INFO \
	tests/operations/test_random_documents.py

fuzz: .venv/.dev-ready ## Send random documents for FUZZ_SECONDS=120; with PARLEY_TEST_DATABASE_URL there too
	env -u PARLEY_TEST_DATABASE_URL $(FUZZ)
ifdef PARLEY_TEST_DATABASE_URL
	$(FUZZ)
endif

# CASES for each of the kinds of schemas; SAMENESS_SEED is where to begin.
CASES ?= 10000
SAMENESS_SEED ?= $(shell date +%s)

sameness: .venv/.dev-ready ## Compare both executors in CASES=10000 random cases of each kind
	env -u PARLEY_TEST_DATABASE_URL PARLEY_TEST_CASES=$(CASES) PARLEY_TEST_SEED=$(SAMENESS_SEED) \
		.venv/bin/python -m pytest -o faulthandler_timeout=7200 -o log_cli=true \
		-o log_cli_level=INFO tests/executor/test_random_sameness.py

LARGE = PARLEY_TEST_MESSAGES=$(MESSAGES) .venv/bin/python -m pytest \
	-o faulthandler_timeout=3600 tests/contracts/test_interchange_size.py
MESSAGES ?= 100000

large: .venv/.dev-ready ## Export and import MESSAGES=100000; with PARLEY_TEST_DATABASE_URL there too
	env -u PARLEY_TEST_DATABASE_URL $(LARGE)
ifdef PARLEY_TEST_DATABASE_URL
	$(LARGE)
endif

docs: .venv/.dev-ready ## Make the site of docs/ in site/
	.venv/bin/sphinx-build -q -n -W --keep-going -d .venv/doctrees docs site

bench: .venv/.dev-ready .venv/.others-ready ## Measure what Parley must reach, for bench/RESULTS.md, in ten minutes
	@exec .venv/bin/python -m bench

scaling: .venv/.dev-ready ## Measure 1, 2 and 4 processes for docs/scaling.md, in six minutes
	@exec timeout 1200 .venv/bin/python -m bench.scaling

lock: .venv/.made-in ## Bring the lock files in line with pyproject.toml (LOCK_FLAGS=--upgrade)
	@test -x .venv/lock/bin/uv || .venv/bin/python -m venv .venv/lock
	@.venv/lock/bin/python -m pip --disable-pip-version-check -qq install uv==$(UV_VERSION)
	$(UV_COMPILE) --group build --output-file requirements.lock
	$(UV_COMPILE) --extra otel --constraints requirements.lock --output-file requirements-otel.lock
	$(UV_COMPILE) --group dev --extra otel --constraints requirements.lock --output-file requirements-dev.lock

clean: ## Remove .venv and what the tools left; data stays
	rm -rf .venv .coverage .coverage.* .hypothesis .import_linter_cache .mypy_cache .pytest_cache \
		.ruff_cache build dist htmlcov artifacts tests/clients/node_modules bench/others/node_modules \
		$(PAGES:%=%/dist) $(PAGES:%=%/node_modules) \
		site docs/pictures docs/recipes docs/reference
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

.venv/.run-ready: .venv/.made-in requirements.lock pyproject.toml
	@echo "Setting up Parley in .venv (once, half a minute) ..."
	@$(PIP) install --require-hashes -r requirements.lock
	@$(PIP) install --no-deps --no-build-isolation -e .
	@touch $@

.venv/.dev-ready: .venv/.made-in requirements-dev.lock pyproject.toml
	@echo "Setting up the development tools in .venv (once, half a minute) ..."
	@$(PIP) install --require-hashes -r requirements-dev.lock
	@$(PIP) install --no-deps --no-build-isolation -e .
	@touch $@ .venv/.run-ready

$(PACKAGES): %/node_modules/.package-lock.json: %/package.json %/package-lock.json | .venv/.run-ready
	@echo "Setting up what $* is built with (once, ten seconds) ..."
	@cd $* && $(NPM) ci --ignore-scripts --no-audit --no-fund --prefer-offline >/dev/null
	@touch $@

$(BUILT): %/dist/index.html: %/node_modules/.package-lock.json
	@echo "Building $* ..."
	@cd $* && $(NPM) run --silent build -- --logLevel error

web/page/dist/index.html: $(call page_sources,web/page)
web/graphiql/dist/index.html: $(call page_sources,web/graphiql)

.venv/.clients-ready: tests/clients/package.json tests/clients/package-lock.json | .venv/.dev-ready
	@echo "Setting up the GraphQL clients that the tests use (once, ten seconds) ..."
	@cd tests/clients && $(NPM) ci >/dev/null
	@touch $@

.venv/.others-ready: bench/others/package.json bench/others/package-lock.json | .venv/.dev-ready
	@echo "Setting up the server that reads are measured against (once, fifteen seconds) ..."
	@cd bench/others && $(NPM) ci >/dev/null
	@touch $@

.venv/.made-in:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
		echo "Parley needs Python 3.11 or newer, and '$(PYTHON)' is none." \
		"Name one: make run PYTHON=python3.12" >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { \
		echo "'$(PYTHON)' has no venv module. Install it" \
		"(Debian and Ubuntu: apt-get install python3-venv)." >&2; exit 1; }
	@$(PYTHON) -m venv --clear .venv
	@echo "$(CURDIR)" > $@

# A virtual environment survives neither a move of this folder nor the loss of its Python.
ifneq ($(shell test -x .venv/bin/python && cat .venv/.made-in 2>/dev/null),$(CURDIR))
.venv/.made-in: FORCE
endif
