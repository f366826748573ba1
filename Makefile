# `make` alone lists what there is. Everything happens in .venv and ./var, also in a path with spaces.
PYTHON ?= python3
BIN := .venv/bin
INSTALLED := .venv/.installed
# A virtual environment does not survive being moved: the file holds the place that it was made for.
ifneq ($(shell cat $(INSTALLED) 2>/dev/null),$(CURDIR))
.PHONY: $(INSTALLED)
endif
COMPILE := $(BIN)/uv pip compile --quiet --generate-hashes --universal --no-header --python-version 3.11

.PHONY: help install run test lint prove bench lock
.DEFAULT_GOAL := help

help: ## Show this list
	@awk 'BEGIN {FS = ":.*## "} /^[a-z]+:.*## / {printf "make %-9s %s\n", $$1, $$2}' Makefile

install: $(INSTALLED) ## Make .venv with the locked requirements and the `booking` command

$(INSTALLED): deploy/requirements-dev.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or later is needed: make PYTHON=...")'
	@test -x $(BIN)/pip || $(PYTHON) -m venv .venv
	@echo "Installing the requirements (the first time takes a minute)"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-input --require-hashes -r deploy/requirements-dev.txt
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-input --no-deps --no-build-isolation --force-reinstall --editable .
	@printf %s "$(CURDIR)" > $(INSTALLED)

run: install ## Serve on 127.0.0.1:8000 (PORT) with a demo, a worker and PostgreSQL; Ctrl-C stops all
	@$(BIN)/python -m app.cli run

lint: install ## Format, lint, types, floors of the house
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/python -m mypy
	$(BIN)/python $(BIN)/lint-imports

test: lint ## All checks and tests, on a throwaway PostgreSQL (TEST_DATABASE_URL for another)
	$(BIN)/python -m pytest -n 2 --dist worksteal

prove: install ## The long proofs: 10,000 examples, races, crashes; seeds are printed
	$(BIN)/python -m pytest -m prove -s -v --timeout 1800

bench: install ## Measure beside references from the same run (BENCH="--quick --json ROW")
	$(BIN)/python -m tests.bench $(BENCH)

lock: ## Resolve the requirements anew into deploy/ (after `make install`)
	$(COMPILE) --upgrade -o deploy/requirements.txt pyproject.toml
	$(COMPILE) --upgrade -o deploy/requirements-dev.txt --extra dev --constraint deploy/requirements.txt pyproject.toml
