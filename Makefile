# Communiqué. `make help` lists what can be made.

PYTHON ?= $(shell command -v python3.11 || command -v python3)
ARGS ?=
BIN := .venv/bin
UV := $(shell command -v uv)

# Versions and hashes come from the lock alone; the project itself is built from what the lock brought.
ifdef UV
INSTALL := VIRTUAL_ENV=.venv $(UV) pip install --quiet
else
INSTALL := $(BIN)/python -m pip install -qq --disable-pip-version-check
endif

COMPILE := $(BIN)/uv pip compile pyproject.toml --quiet --upgrade --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --no-emit-find-links --custom-compile-command "make lock"

.DEFAULT_GOAL := help
.PHONY: help install demo up migrate test check lint format lock benchmark chaos screenshots messages clean

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

demo: .venv/.installed-local ## Start everything with sample data and watch a statement go out (ARGS=--once: then stop)
	@$(BIN)/communique demo $(ARGS)

up: .venv/.installed-local ## Run the service on this machine, with the settings in communique.env
	@$(BIN)/communique up $(ARGS)

migrate: .venv/.installed-local ## Bring the database up to this version
	@$(BIN)/communique migrate $(ARGS)

install: .venv/.installed-dev ## Make .venv and install all that developing needs

test: .venv/.installed-dev ## Run all tests, on servers started for them (ARGS="-k word": some)
	$(BIN)/python -m pytest -n logical --maxprocesses 8 --dist worksteal $(ARGS)

check: lint test ## Check format, style, types and imports, then run all tests

lint: .venv/.installed-dev ## Check format, style, types and imports
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: .venv/.installed-dev ## Put all Python files into the agreed form
	$(BIN)/ruff check --fix-only .
	$(BIN)/ruff format .

lock: .venv/.installed-dev ## Renew requirements/*.txt: newest allowed versions, with their hashes
	$(COMPILE) --extra local --extra dev --output-file requirements/dev.txt
	$(COMPILE) --extra local --constraint requirements/dev.txt --output-file requirements/local.txt
	$(COMPILE) --constraint requirements/dev.txt --output-file requirements/service.txt

benchmark: .venv/.installed-dev ## Measure the delivery engine, an hour (ARGS=--quick: minutes; ARGS=campaign: one)
	$(BIN)/python -m benchmarks $(ARGS)

chaos: .venv/.installed-dev ## Shoot at campaigns of 20,000 until nobody can be lost, ten minutes (ARGS="--only clock")
	$(BIN)/python -m tests.chaos $(ARGS)

screenshots: .venv/.installed-dev ## Take pictures of the pages and mails for the documentation
	$(BIN)/python -m docs.screenshots $(ARGS)

messages: .venv/.installed-dev ## Collect what readers are told into the catalogues, and say what is not translated (ARGS=pt: begin one)
	$(BIN)/python -m app.translations $(ARGS)

clean: ## Remove .venv and what tools have left; var/, your data, stays
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache build *.egg-info
	find app worker tests migrations benchmarks -name __pycache__ -type d -prune -exec rm -rf {} +

$(BIN)/python:
	@test -n "$(PYTHON)" || { echo "Python 3.11 or newer is needed: install python3.11, or say where it is: make PYTHON=..." >&2; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed; $(PYTHON) is older. Say where one is: make PYTHON=..." >&2; exit 1; }
	@echo "Making .venv with $(PYTHON) ..."
	@$(PYTHON) -m venv .venv

.venv/.installed-local: requirements/local.txt pyproject.toml | $(BIN)/python
	@echo "Installing what the service needs (a minute or so the first time) ..."
	@$(INSTALL) --require-hashes -r requirements/local.txt
	@$(INSTALL) --no-deps --no-build-isolation --editable .
	@touch $@

.venv/.installed-dev: requirements/dev.txt .venv/.installed-local
	@echo "Installing what developing needs ..."
	@$(INSTALL) --require-hashes -r requirements/dev.txt
	@touch $@
