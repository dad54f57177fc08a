# `make demo` opens the app on its sandbox, `make test` checks everything. Both set up what they need.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
PIP_QUIET := --quiet --disable-pip-version-check
UV := uv==0.13.9
# Bytecode that is kept is compiled once, not once a process: the tests start hundreds.
export PYTHONDONTWRITEBYTECODE :=

.PHONY: demo test lint types rooms checks unit compiled bench screenshots prices lock clean

# Every file that is installed is one whose hash stands in the lock, the build backend's too.
$(STAMP): pyproject.toml requirements-dev.lock hatch_build.py $(wildcard src/stackk_tui/providers/claude_code/compiled/*.[ch])
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "stackk-tui needs Python 3.11 or newer")'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install $(PIP_QUIET) --require-hashes -r requirements-dev.lock
	$(BIN)/python -m pip install $(PIP_QUIET) --no-index --no-deps --no-build-isolation -e .
	touch $@

demo: $(STAMP)
	$(BIN)/stackk-tui --demo

# One checks the sources while another compiles the tests, so that no worker has to.
test: $(STAMP)
	$(MAKE) --no-print-directory -j 2 compiled checks
	$(MAKE) --no-print-directory unit

checks: lint types rooms

compiled: $(STAMP)
	@$(BIN)/pytest --collect-only --quiet >/dev/null || true

lint: $(STAMP)
	$(BIN)/ruff format --check src tests benchmarks tools screenshots
	$(BIN)/ruff check src tests benchmarks tools screenshots

types: $(STAMP)
	$(BIN)/mypy

rooms: $(STAMP)
	$(BIN)/lint-imports

unit: $(STAMP)
	$(BIN)/pytest -n 4 --dist worksteal

bench: $(STAMP)
	$(BIN)/python -m benchmarks

screenshots: $(STAMP)
	$(BIN)/python -m screenshots.make

prices: $(STAMP)
	$(BIN)/python -m tools.make_prices

# Pins what pyproject.toml asks for, for every system and Python. Newer versions: make lock UPGRADE=--upgrade
lock:
	$(PYTHON) -m venv $(VENV)-lock
	$(VENV)-lock/bin/python -m pip install $(PIP_QUIET) $(UV)
	$(VENV)-lock/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-annotate \
		$(UPGRADE) --custom-compile-command 'make lock' --extra dev pyproject.toml -o requirements-dev.lock

clean:
	rm -rf $(VENV) $(VENV)-lock
