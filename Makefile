# The two commands: `make run` (with SONG=path for a song of yours) and `make test`.
PYTHON ?= python3
BIN := .venv/bin
CONSTRAINTS := resources/setup/constraints.txt
LIBRARIES := resources/setup/system-libraries.sh

# torch frees and maps its large tensors on each step unless the allocator keeps them: a third of a training step.
KEEP_MEMORY := MALLOC_MMAP_MAX_=0 MALLOC_TRIM_THRESHOLD_=17179869184 MALLOC_TOP_PAD_=268435456 GLIBC_TUNABLES=glibc.malloc.hugetlb=1
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

# make train DATA=folder RUN=folder [ARGUMENTS="--minutes 60 --validation folder"]
train: .venv/installed-development
	$(KEEP_MEMORY) nice -n 10 $(BIN)/python -m models.train --data "$(DATA)" --output "$(RUN)" $(ARGUMENTS)

clean:
	rm -rf .venv build *.egg-info .mypy_cache .pytest_cache .ruff_cache .hypothesis .import_linter_cache
