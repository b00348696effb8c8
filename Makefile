# run, test, check, bench: each sets up what it needs. `make help` lists them.

PYTHON ?= python3
PORT ?= 8080
DEVICES ?= 3
DATA ?= var/demo
ARGS ?=

VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps
PATIENCE := echo "Đang chuẩn bị môi trường $(VENV); lần đầu mất một, hai phút…" >&2
READY_TO_RUN := $(VENV)/.ready-to-run
READY_TO_TEST := $(VENV)/.ready-to-test

# tests/fixtures/order.py says how many workers there are, and in which order they take the tests.
PYTEST := $(BIN)/python -m pytest -n auto --dist loadgroup --no-loadscope-reorder

# Compiled modules are kept between processes, whatever the shell says: the tests start hundreds of them.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help setup setup-dev run test test-fast test-tools check bench pictures format lock

help:  ## List what can be made
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | expand -t 12

setup: $(READY_TO_RUN)  ## Make .venv with the commands `broadcaster` and `device-agent`

setup-dev: $(READY_TO_TEST)  ## The same with what tests and checks need

run: setup  ## Start a whole demonstration station (PORT=8080 DEVICES=3 DATA=var/demo)
	@exec $(BIN)/broadcaster demo --data $(DATA) --port $(PORT) --devices $(DEVICES) $(ARGS)

test: setup-dev test-tools  ## Run every test (ARGS="tests/wire -k chunk" for some)
	$(PYTEST) $(ARGS)

test-fast: setup-dev  ## Run the tests that need no real time and no real processes
	$(PYTEST) -m "not slow" $(ARGS)

test-tools:
	@sh deploy/setup/test-tools.sh

check: setup-dev  ## Format, lint, types, imports, architecture
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo
	$(BIN)/python -m pytest -q tests/test_architecture.py tests/test_import_contracts.py

bench: setup-dev  ## Run the benchmarks: one JSON line each
	@for benchmark in benchmarks/[a-z]*.py; do $(BIN)/python $$benchmark || exit 1; done

pictures: setup-dev test-tools  ## Take the pictures in docs/screenshots anew, in a whole station
	$(BIN)/python -m tests.pictures

format: setup-dev  ## Bring the code into its form
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

lock: setup-dev  ## Pin the newest versions that pyproject.toml allows into requirements/
	sh deploy/setup/lock.sh

# Both stamps stand for `.venv` as the pinned files describe it; what is ready to test is ready to run.
$(READY_TO_RUN): pyproject.toml requirements/server.txt deploy/setup/venv.sh
	@if [ -e $(READY_TO_TEST) ]; then $(MAKE) --no-print-directory $(READY_TO_TEST); else \
	$(PATIENCE); sh deploy/setup/venv.sh $(VENV) $(PYTHON) && $(PIP) -r requirements/server.txt -e .; fi
	@touch $@

$(READY_TO_TEST): pyproject.toml requirements/dev.txt deploy/setup/venv.sh
	@$(PATIENCE)
	@sh deploy/setup/venv.sh $(VENV) $(PYTHON)
	@$(PIP) -r requirements/dev.txt -e .
	@touch $@ $(READY_TO_RUN)
