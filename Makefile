# Every command a person needs. Each one sets up what it lacks, and asks nothing.

# The coverage gates, in per cent of lines and branches. Here and nowhere else.
COVERAGE_WHOLE ?= 95
COVERAGE_DOMAIN ?= 100
WORKERS ?= 2
# Of the tests of views every so manieth runs on PostgreSQL besides.
TWINS ?= 3

BIN := .venv/bin

# Two installs into one .venv at once would spoil it.
.NOTPARALLEL:
.PHONY: help run code test lint types imports check bench quality chaos mutants words format lock clean

help:
	@echo 'make run     start Cairn with demo people (PORT=8000, CAIRN_DATA=./data); Ctrl-C stops it'
	@echo 'make code    the demo people again, with the code of the moment for care team and admin'
	@echo 'make test    set up browser and PostgreSQL if they are missing, then run every check and test (TWINS=1: views on both databases)'
	@echo 'make check   lint, types and who-may-import-whom, without the tests'
	@echo 'make lint    ruff: rules and format'
	@echo 'make bench   what pages, encrypted pushes, backups and reminders cost, each beside something known'
	@echo 'make quality what people meet: weight, speed, accessibility, offline, each beside its goal (PARTS="pages …")'
	@echo 'make chaos   kill jobs and web a hundred times on each database and count what is there (CHAOS="--kills 12 …")'
	@echo 'make mutants make mistakes in the rules of access and see which test notices (MUTANTS="--only access …")'
	@echo 'make words   collect every sentence into the catalogues; what is new there waits for a translation'
	@echo 'make format  let ruff put the format right'
	@echo 'make lock    lock every dependency again, with hashes (needs uv)'
	@echo 'make clean   remove .venv and caches; never data'

# exec: the server takes the place of the recipe's shell, so that a signal to make reaches it.
run:
	@scripts/environment run
	@exec env PORT="$${PORT:-8000}" CAIRN_DATA="$${CAIRN_DATA:-$(CURDIR)/data}" $(BIN)/cairn serve --demo

code:
	@CAIRN_DATA="$${CAIRN_DATA:-$(CURDIR)/data}" $(BIN)/cairn demo

test:
	@scripts/setup-tests
	@$(MAKE) --no-print-directory check
	CAIRN_TWINS=$(TWINS) $(BIN)/pytest -n $(WORKERS) --dist worksteal --cov --cov-branch --cov-report=term:skip-covered --cov-fail-under=$(COVERAGE_WHOLE)
	$(BIN)/coverage report --include='webapp/domain/*' --show-missing --fail-under=$(COVERAGE_DOMAIN)

lint:
	@scripts/environment test
	$(BIN)/ruff check
	$(BIN)/ruff format --check

types:
	@scripts/environment test
	$(BIN)/mypy

imports:
	@scripts/environment test
	$(BIN)/lint-imports

check: lint types imports

bench:
	@scripts/setup-tests
	$(BIN)/python -m benchmarks.pages
	$(BIN)/python -m benchmarks.push
	$(BIN)/python -m benchmarks.restoring
	$(BIN)/python -m benchmarks.reminders $(BENCH)

quality:
	@scripts/setup-quality
	$(BIN)/python -m benchmarks.quality $(PARTS)

chaos:
	@scripts/setup-tests
	$(BIN)/python -m tests.chaos $(CHAOS)

mutants:
	@scripts/environment test
	$(BIN)/python -m tests.mutants $(MUTANTS)

words:
	@scripts/environment test
	@scripts/words

format:
	@scripts/environment test
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

lock:
	@scripts/lock

clean:
	rm -rf .venv build dist htmlcov .coverage .coverage.* *.egg-info
	rm -rf .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -not -path './.git/*' -prune -exec rm -rf {} +
