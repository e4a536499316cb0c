# Two commands are all it takes on a fresh machine: `make demo` and `make test`.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed

.DEFAULT_GOAL := help
.PHONY: help demo test lint format docs bench soak bench-growth bench-peers bench-quality bench-text chaos clean

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-14s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

$(STAMP): pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Starwatch needs Python 3.11 or newer; set PYTHON=..." >&2; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check --editable '.[dev]'
	@touch $(STAMP)

demo: $(STAMP) ## Watch it work: a local Kafka, a worker, sample events, explained cases
	$(BIN)/starwatch demo

test: $(STAMP) ## Run every test (starts and stops its own Kafka)
	$(BIN)/pytest

lint: $(STAMP) ## Check style, types and generated files
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

format: $(STAMP) ## Format the code
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

docs: $(STAMP) ## Generate the documentation that comes from declarations
	$(BIN)/python -m pipeline.docs docs

bench: $(STAMP) ## Measure throughput, replay and live
	$(BIN)/python -m benchmarks.throughput

bench-growth: $(STAMP) ## Measure whether cost and state stay flat over millions of events
	$(BIN)/python -m benchmarks.growth $(ARGS)

bench-quality: $(STAMP) ## Measure detection on simulated worlds against the committed figures
	$(BIN)/python -m benchmarks.quality $(ARGS)

bench-text: $(STAMP) ## Measure how texts are read, and how fast, against the committed figures
	$(BIN)/python -m benchmarks.text $(ARGS)

bench-peers: $(STAMP) ## Measure Starwatch beside other stream engines, each in an environment of its own
	$(BIN)/python -m benchmarks.peers $(ARGS)

soak: $(STAMP) ## Half an hour of steady load: does memory stay flat, are the cases a replay's?
	$(BIN)/python -m benchmarks.soak $(ARGS)

chaos: $(STAMP) ## Hurt workers and brokers in every way there is; count what is lost or done twice
	$(BIN)/python -m tests.chaos $(ARGS)

clean: ## Remove the environment and caches
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache .hypothesis build dist
