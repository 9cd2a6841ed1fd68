# Every target makes .venv/ ready first (at once when it is); `make` alone lists the targets.

PYTHON ?= python3
ARGS ?=
# install: let root install the Debian packages Qt needs; skip: do without them
SYSTEM_LIBRARIES ?= install

BIN := .venv/bin
PYTEST := $(BIN)/python -m pytest
UV := 0.13.8
CACHES := .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache build dist

define SUITABLE
import sys
v = sys.version_info[:2]
if not (3, 11) <= v < (3, 15):
    sys.exit("setup: Benchwright needs Python 3.11 to 3.14 and this is %d.%d (%s); name another one, such as: make PYTHON=python3.12 ..." % (v + (sys.executable,)))
endef
export SUITABLE

.DEFAULT_GOAL := help
.PHONY: help setup run test check format bench soak fuzz screenshots reference bundle smoke lock clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "make %-11s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)
	@echo 'Variables: PYTHON=python3.12 (the interpreter), ARGS="..." (handed on by run, test and bench).'

setup: ## make .venv/ with the pinned packages; on Debian also the libraries Qt needs
	@command -v $(PYTHON) >/dev/null || { echo "setup: there is no $(PYTHON); install Python 3.11 or newer, or name it: make PYTHON=... " >&2; exit 1; }
	@$(PYTHON) -c "$$SUITABLE"
	@$(PYTHON) packaging/setup_environment.py --system-libraries $(SYSTEM_LIBRARIES) $(SETUP_FLAGS)

run: setup ## run Benchwright, such as: make run ARGS="script run scan.lua"
	@$(BIN)/python main.py $(ARGS)

test: setup ## run the tests, such as: make test ARGS="tests/core -x"
	$(PYTEST) -n auto --dist worksteal $(ARGS)

check: setup ## format, lint, import contracts, types, file sizes
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/lint-imports --no-logo
	$(BIN)/mypy
	@find app tests packaging main.py -type f ! -path '*/__pycache__/*' -exec \
		awk 'FNR == 501 { print FILENAME ": longer than 500 lines"; bad = 1 } END { exit bad }' {} +

format: setup ## put the code into shape
	$(BIN)/ruff check --fix-only --exit-zero .
	$(BIN)/ruff format .

bench: setup ## measure the figures of docs/performance.md, as JSON lines
	@$(BIN)/python -m tests.benchmarks $(ARGS)

soak: setup ## run the tests that repeat for minutes
	$(PYTEST) -m soak --timeout 3600 $(ARGS)

fuzz: setup ## run the tests that throw random input at everything, for minutes
	$(PYTEST) -m fuzz --hypothesis-profile fuzz --timeout 3600 $(ARGS)

screenshots: setup ## make the pictures of the window in docs/images/
	QT_QPA_PLATFORM=$${QT_QPA_PLATFORM:-offscreen} $(BIN)/python packaging/screenshots.py $(ARGS)

reference: setup ## make the reference pages of docs/ from the code
	$(BIN)/python packaging/make_reference.py

bundle: ## build the programs that need no Python, in dist/
	@$(MAKE) --no-print-directory setup SETUP_FLAGS=--bundle
	@$(BIN)/python packaging/make_bundle.py

smoke: setup ## try out the bundle, in an empty home and out of reach of this checkout
	@$(BIN)/python packaging/smoke_test.py $(ARGS)

lock: setup ## pin the newest packages that pyproject.toml allows into requirements.lock
	$(PYTHON) -m venv --clear build/lock
	build/lock/bin/pip install --quiet uv==$(UV)
	build/lock/bin/uv pip compile --quiet --upgrade --universal --python-version 3.11 --fork-strategy fewest \
		--generate-hashes --no-annotate --no-header --extra gui --extra hdf5 --extra pymeasure \
		--extra epics --extra dev pyproject.toml --output-file requirements.lock

clean: ## remove .venv/ and everything tools left behind
	rm -rf .venv .venv.previous $(CACHES)
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
