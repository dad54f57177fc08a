# `make demo` opens the app on its sandbox, `make test` checks everything. Both set up what they need.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed

.PHONY: demo test lint types rooms unit bench screenshots prices clean

$(STAMP): pyproject.toml constraints.txt
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "stackk-tui needs Python 3.11 or newer")'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[dev]'
	touch $@

demo: $(STAMP)
	$(BIN)/stackk-tui --demo

test: lint types rooms unit

lint: $(STAMP)
	$(BIN)/ruff format --check src tests benchmarks tools screenshots
	$(BIN)/ruff check src tests benchmarks tools screenshots

types: $(STAMP)
	$(BIN)/mypy

rooms: $(STAMP)
	$(BIN)/lint-imports

unit: $(STAMP)
	$(BIN)/pytest -n 2 --dist worksteal

bench: $(STAMP)
	$(BIN)/python -m benchmarks

screenshots: $(STAMP)
	$(BIN)/python -m screenshots.make

prices: $(STAMP)
	$(BIN)/python -m tools.make_prices

clean:
	rm -rf $(VENV)
