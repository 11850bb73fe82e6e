# Every target sets up what it needs: a machine with Python 3.11+, its venv module and make is enough.
#
#   make demo       train a CNN on real pictures and use it
#   make test       the tests that need no heavy library
#   make check      format, lint, types, who may import whom
#   make test-all   make test, make docs, and the comparisons with PyTorch
#   make docs       the site: tutorial, how-to, reference; build/docs/index.html
#   make bench      measured figures: time to start, konv beside its peers (ARGS=--all for all)
#   make clean      remove what these targets made

PYTHON ?= python3
VENV := .venv
ORACLES := .venv-oracles
BENCH := .venv-bench
DOCS := .venv-docs
PIP := bin/python -m pip --quiet --disable-pip-version-check --no-input

.PHONY: demo test check format test-all docs bench translations clean

demo: $(VENV)/.installed
	$(VENV)/bin/konv demo $(ARGS)
	@echo "(the command konv is in $(VENV)/bin; this makes it known: source $(VENV)/bin/activate)" >&2

test: $(VENV)/.installed-dev
	$(VENV)/bin/python -m pytest -q -m "not oracle" -n auto --dist worksteal $(ARGS)

check: $(VENV)/.installed-dev
	$(VENV)/bin/ruff format --check .
	$(VENV)/bin/ruff check .
	$(VENV)/bin/mypy
	$(VENV)/bin/python -m pytest -q tests/test_import_directions.py

format: $(VENV)/.installed-dev
	$(VENV)/bin/ruff format .
	$(VENV)/bin/ruff check --fix .

test-all: test docs $(ORACLES)/.installed
	$(ORACLES)/bin/python -m pytest -q -m oracle tests $(ARGS)

# Everything on the pages is computed anew, and every warning is an error.
docs: $(DOCS)/.installed
	$(DOCS)/bin/python -m sphinx -q -E -n -W --keep-going -j auto -b html docs build/docs
	@echo "the site: build/docs/index.html"

bench: $(VENV)/.installed
	$(VENV)/bin/python benchmarks/start_time.py
	$(VENV)/bin/python -m benchmarks --environments $(BENCH) $(ARGS)

# Gather the texts that a person reads and compile the Korean catalogue.
translations: $(VENV)/.installed-dev
	$(VENV)/bin/python tools/translations.py

clean:
	rm -rf $(VENV) $(ORACLES) $(DOCS) $(BENCH) .mypy_cache .ruff_cache .hypothesis build dist

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "konv needs Python 3.11 or newer; say which: make PYTHON=python3.12 …" >&2; exit 1; }
	$(PYTHON) -m venv $(VENV)

$(VENV)/.installed: pyproject.toml | $(VENV)/bin/python
	$(VENV)/$(PIP) install -e .
	@touch $@

$(VENV)/.installed-dev: pyproject.toml | $(VENV)/bin/python
	$(VENV)/$(PIP) install -e '.[dev]'
	@touch $@ $(VENV)/.installed

$(ORACLES)/.installed: pyproject.toml
	$(PYTHON) -m venv $(ORACLES)
	$(ORACLES)/$(PIP) install -e '.[dev,oracles]'
	@touch $@

$(DOCS)/.installed: pyproject.toml
	$(PYTHON) -m venv $(DOCS)
	$(DOCS)/$(PIP) install -e '.[docs]'
	@touch $@
