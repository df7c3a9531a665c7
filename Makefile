# Everything a person or a machine does with this checkout. `make` alone prints what there is.

# without compiling every library beforehand, setting up takes a third of the time
VENV     := .venv
BIN      := $(VENV)/bin
ORDERS   ?=
BENCH    ?=
CUSTOMERS   ?= 1000000
ORDERS_EACH ?= 5
KILLS    ?= 20
SEED     ?= 7
CRASH    ?=
PIP      := PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_ROOT_USER_ACTION=ignore $(BIN)/python -m pip install -q --no-compile
UV        = $(shell command -v uv || echo $(VENV)/tools/bin/uv)
COMPILE   = UV_CUSTOM_COMPILE_COMMAND="make lock" $(UV) pip compile -q --upgrade --generate-hashes \
            --no-emit-index-url --universal --python-version 3.11 pyproject.toml
# a process a core; the tests of a file stay together, for they share what is slow to make
SPREAD   := -n logical --maxprocesses 4 --dist loadfile
FAST     := -q -m "not server and not browser and not slow and not rasa" --hypothesis-profile=check
TYPES    := .mypy_cache/said

# compiled on first use (see PIP), and kept: else every process would compile all libraries again
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help setup run test test-rasa check fmt lock model bench crash-test million demo-cdnow clean

help: ## Print this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: $(VENV)/.ready ## Install into .venv (alone downloads); leaves .venv/bin/winback

run: $(VENV)/.ready ## Start everything with a demo shop: no account, no server, no key
	@$(BIN)/winback up

test: $(VENV)/.ready-dev ## All tests, with real PostgreSQL, Valkey and Chromium
	@CHROMIUM="$$(.ci/chromium)" $(BIN)/pytest $(SPREAD)

test-rasa: $(VENV)/.ready-dev ## The tests with a real Rasa; installs it once (2.7 GB), needs a Python 3.10
	@$(BIN)/winback nlu rasa setup
	@$(BIN)/pytest -m rasa tests/nlu/test_served_rasa.py

check: $(VENV)/.ready-dev ## Format, lint, types, imports and the fast tests; no server needed
	@$(BIN)/ruff format --check -q .
	@$(BIN)/ruff check -q .
	@$(BIN)/lint-imports --no-cache
	@mkdir -p .mypy_cache; $(BIN)/mypy >$(TYPES) 2>&1 & types=$$!; \
	    $(BIN)/python -m tests.support.shares $(FAST); failed=$$?; wait $$types || failed=1; cat $(TYPES); exit $$failed

fmt: $(VENV)/.ready-dev ## Format, and mend what the linter can
	@$(BIN)/ruff format -q .
	@$(BIN)/ruff check --fix -q .

lock: $(VENV)/.ready ## Resolve the dependencies anew, with hashes and no index addresses
	@test -x "$$(command -v $(UV))" || { python3 -m venv $(VENV)/tools && $(VENV)/tools/bin/pip install -q uv; }
	@$(COMPILE) --extra build -o requirements.lock
	@$(COMPILE) --extra dev -o requirements-dev.lock
	@$(COMPILE) --extra model -o requirements-model.lock

model: $(VENV)/.ready-model ## Make the sentence encoder anew from its base weights and nlu/data (gigabytes, half an hour)
	@$(VENV)/model/bin/python -m nlu.encoder_train

bench: $(VENV)/.ready-dev ## Measure; writes benchmarks/results/latest.json (BENCH='--only accept' for a part)
	@$(BIN)/python -m benchmarks $(BENCH)

crash-test: $(VENV)/.ready-dev ## Kill processes at random while customers text, then judge (KILLS=20 SEED=7)
	@$(BIN)/python -m benchmarks.crash --kills $(KILLS) --seed $(SEED) $(CRASH)

million: $(VENV)/.ready-dev ## A million customers on PostgreSQL; CUSTOMERS=, ORDERS_EACH=, ORDERS=FILE
	@$(BIN)/python -m benchmarks.million --customers $(CUSTOMERS) --orders-each $(ORDERS_EACH) \
	    $(if $(ORDERS),--orders $(ORDERS))

demo-cdnow: $(VENV)/.ready-dev ## The whole loop on real orders; ORDERS=FILE names another file
	@$(BIN)/python -m benchmarks.cdnow $(ORDERS)

clean: ## Remove caches and build leftovers (never var/, where the data is)
	@rm -rf build *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	@find bot flows nlu webhooks console tests benchmarks -name __pycache__ -prune -exec rm -rf {} +

$(VENV)/.ready: requirements.lock pyproject.toml
	@.ci/venv $(VENV)
	@echo "installing what requirements.lock names"
	@$(PIP) --require-hashes -r requirements.lock
	@$(PIP) --no-deps --no-build-isolation -e .
	@touch $@

$(VENV)/.ready-model: requirements-model.lock $(VENV)/.ready
	@.ci/venv $(VENV)/model
	@echo "installing what the training of the encoder needs"
	@PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_ROOT_USER_ACTION=ignore $(VENV)/model/bin/python -m pip install -q --no-compile \
	    --require-hashes -r requirements-model.lock
	@touch $@

$(VENV)/.ready-dev: requirements-dev.lock $(VENV)/.ready
	@echo "installing what the tests need"
	@$(PIP) --require-hashes -r requirements-dev.lock
	@touch $@
