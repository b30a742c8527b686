# One command each; every target brings what it needs. `make` alone lists them.
MAKEFLAGS += --no-print-directory
.DEFAULT_GOAL := help
.PHONY: help run test demo bench screenshots contracts rules check lint lock clean

PYTHON ?= python3
BOOTSTRAP = @$(PYTHON) deploy/bootstrap.py
IN_VENV = .venv/bin/python
export PYTHONUNBUFFERED = 1
export PYTHONDONTWRITEBYTECODE =# compile once, not in each of two dozen processes

# The quick tests side by side, then the long ones: they wait a lot, so three of them share the machine.
define both
rm -f build/rules.json; status=0; \
$(IN_VENV) -m pytest -q -n auto --dist worksteal --timeout=900 -m "$(1)" || status=1; \
$(IN_VENV) -m pytest -v -n 3 --dist loadgroup --no-loadscope-reorder --timeout=1800 --durations=20 --rules-add -m "$(2)" || status=1; \
[ $$status = 0 ]
endef

help: ## list the commands
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-11s %s\n", $$1, $$2}' Makefile
	@echo "  Another Python: make PYTHON=python3.12 ..."

run: ## start the whole hall on this machine (Ctrl-C stops it, the data stays in var/)
	$(BOOTSTRAP) run
	@$(IN_VENV) -m deploy.run

test: ## run every test; brings PostgreSQL and RabbitMQ itself
	$(BOOTSTRAP) run test
	@$(call both,not slow,slow)

demo: ## play the main chain against the running hall
	$(BOOTSTRAP) run
	@$(IN_VENV) -m deploy.demo

bench: ## measure messages and gateway beside their peers, then every service and the pages under load
	$(BOOTSTRAP) run test bench
	@$(IN_VENV) -m tests.benchmarks

screenshots: ## take the pictures of the main pages for the documents (docs/screens)
	$(BOOTSTRAP) run test
	@$(IN_VENV) -m tests.portal.screenshots

contracts: ## write JSON Schemas, asyncapi.yaml and openapi/*.yaml
	$(BOOTSTRAP) run
	@$(IN_VENV) -m contracts.generate

rules: ## run the tests that prove a rule, then print rule, tests and result
	$(BOOTSTRAP) run test
	@$(call both,rule and not slow,rule and slow); $(IN_VENV) -m tests.rules_report

check: ## the inner loop, within a minute: format, lint, types and unit tests
	$(BOOTSTRAP) run test
	@$(MAKE) lint
	@$(IN_VENV) -m pytest -q -n auto --dist worksteal --timeout=60 --durations=5 -m "not system and not slow and not integration"

lint: ## format, lint and types only
	$(BOOTSTRAP) run test
	@$(IN_VENV) -m ruff format --check --quiet . || { echo "unformatted: .venv/bin/ruff format ."; exit 1; }
	@$(IN_VENV) -m ruff check --quiet .
	@$(IN_VENV) -m mypy --no-error-summary .

lock: ## resolve requirements/*.in anew into the locks (UPGRADE=1 takes the newest)
	@$(PYTHON) -m deploy.lock $(if $(UPGRADE),--upgrade)

clean: ## remove the environment and what was built; var/ with the data stays
	@rm -rf .venv build .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +
