# Needs git, make and Python 3.11 or newer with venv. Everything else goes into .venv.
PORT ?= 8000
DATA ?= data
T ?= tests
# sqlite, or postgresql: which engine is under web tier and vault in the tests
DATABASE ?= sqlite
# 1: on PostgreSQL, too, every test of the suite, those that open no database among them
ALL ?= 0
# How many test files run at once: one more than two cores, for whoever waits for a real process
WORKERS ?= 3
PY := .venv/bin/python

.DEFAULT_GOAL := help
.PHONY: setup setup-dev run demo test failover faults screenshots clients bench mutate check lock clean help

setup: ## Make .venv with what the three processes need (wheels only)
	@PYTHON="$(PYTHON)" scripts/setup ready requirements.txt

setup-dev: ## The same, with what tests and checks need on top
	@PYTHON="$(PYTHON)" scripts/setup ready-dev requirements.txt requirements-dev.txt

run: setup ## Serve the demo world on 127.0.0.1 (PORT=8000 DATA=data)
	@exec $(PY) -m registry up --demo --data $(DATA) --port $(PORT)

demo: setup ## Play the whole story in the terminal, in a temporary folder of its own
	@exec $(PY) -m registry demo

test: setup-dev ## Every test, three files at a time (T=tests/model for some, DATABASE=postgresql, with ALL=1 all of them there)
	@scripts/browser '$(T)'
	@scripts/softhsm '$(T)'
	@scripts/faults '$(T)'
	@CONSENTRY_TEST_DATABASE=$(DATABASE) CONSENTRY_TEST_ALL=$(ALL) exec $(PY) -m pytest -n $(WORKERS) -rs $(T)

failover: setup-dev ## Kill the primary of a patroni cluster under load; as root it installs patroni and etcd
	@$(PY) scripts/failover install
	@exec $(PY) scripts/failover

faults: setup-dev ## Break the vault's disk and power in more ways than `make test` does (as root it installs strace)
	@scripts/faults
	@CONSENTRY_FAULTS=all CONSENTRY_TEST_DATABASE=$(DATABASE) exec $(PY) -m pytest -n 2 -rs tests/crashes

screenshots: setup-dev ## A picture of every page, in both languages, on a phone and a desk (build/screenshots)
	@REQUIRE_BROWSER=1 scripts/browser
	@exec $(PY) scripts/screenshots

clients: setup-dev ## Clients generated in Python, Java and TypeScript look a contact up (needs a JDK and node)
	@REQUIRE_CLIENTS=1 $(PY) -m pytest tests/clients

bench: setup ## Speed beside the floor, in one run
	@exec $(PY) -m bench

bench-growth: setup ## The same vault at 200,000 and 3,000,000 entries (long, 12 GB of disk)
	@exec $(PY) -m bench.growth

mutate: setup-dev ## Break rules and log formats in some thousand ways and see which no test notices (M=pattern for some)
	@.venv/bin/mutmut run --max-children 2 $(M) > mutants.log 2>&1; tail -n 3 mutants.log; .venv/bin/mutmut results

check: setup-dev ## Lint and types
	@.venv/bin/ruff check .
	@.venv/bin/mypy

lock: setup-dev ## Show what is installed but not pinned
	@$(PY) -m pip --disable-pip-version-check list --format freeze | grep -v '^pip==\|^setuptools==' | \
		grep -Fvxi -f requirements.txt -f requirements-dev.txt || echo "everything installed is pinned"

clean: ## Remove .venv and caches (never data)
	@rm -rf .venv .pytest_cache .mypy_cache .ruff_cache .hypothesis mutants mutants.log

help: ## This list
	@grep -hE '^[a-z-]+:.*## ' $(firstword $(MAKEFILE_LIST)) | sed 's/:.*## /\t/' | \
		while IFS="$$(printf '\t')" read -r name what; do printf '  make %-10s %s\n' "$$name" "$$what"; done
