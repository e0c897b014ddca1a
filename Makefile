# The two commands: `make run` (with SONG=path for a song of yours) and `make test`.
PYTHON ?= python3
BIN := .venv/bin
CONSTRAINTS := resources/setup/constraints.txt
LIBRARIES := resources/setup/system-libraries.sh

ON_SCREEN := QT_QPA_PLATFORM=xcb xvfb-run -a -s "-screen 0 1920x1200x24"

.PHONY: all run test lint bench train clean
all: .venv/installed

.venv/installed: pyproject.toml $(CONSTRAINTS) $(LIBRARIES)
	PYTHON=$(PYTHON) $(LIBRARIES)
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint $(CONSTRAINTS) --editable .
	touch $@

.venv/installed-development: .venv/installed
	PYTHON=$(PYTHON) $(LIBRARIES) test
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint $(CONSTRAINTS) --editable ".[train,dev]"
	touch $@

run: .venv/installed
	$(BIN)/python main.py $(if $(SONG),"$(SONG)",--demo)

lint: .venv/installed-development
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

test: lint
	$(ON_SCREEN) $(BIN)/python -m pytest

bench: .venv/installed-development
	$(ON_SCREEN) $(BIN)/python -m tests.bench

# make train DATA=synthetic:folder RUN=folder [CONFIG=iass-six] [ARGUMENTS="--minutes 60 --validation folder:PATH"]
CONFIG ?= iass-six
train: .venv/installed-development
	nice -n 10 $(BIN)/python -m models.train --config "$(CONFIG)" --data "$(DATA)" --output "$(RUN)" $(ARGUMENTS)

clean:
	rm -rf .venv build *.egg-info .mypy_cache .pytest_cache .ruff_cache .hypothesis .import_linter_cache
