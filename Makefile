# Every verb a user needs; `make help` lists them. Nothing but Python 3.11+, make and a package
# registry is needed beforehand: each verb sets up what it uses.

TARGETS     ?= # NAME=PATH of interpreters to measure, separated by spaces; empty: those found
EXPERIMENTS ?= # experiment files; empty: all of experiments/*.toml
PRESET      ?= core
RESULTS     ?= results
MACHINE     ?= # name of this machine in the results; empty: made from what affects time
REPORT      ?= report

PYTHON ?= $(shell for each in python3 python3.14 python3.13 python3.12 python3.11; do \
	$$each -c 'import sys, venv; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$each && break; done)
VENV     := .venv
READY    := $(VENV)/.ready
GILSCOPE := $(VENV)/bin/gilscope
CHOSEN    = $(addprefix --target ,$(TARGETS))

# Bytecode of our own environment is cached; without it every command takes seconds to start.
unexport PYTHONDONTWRITEBYTECODE
# Whatever else runs during a measurement is measured too.
.NOTPARALLEL:
.DEFAULT_GOAL := help
.PHONY: help setup run-experiments smoke selftest report targets plan test cases quick-test coverage coverage-of-intervals \
	aa benchmark-load check format lock pythons clean

help: ## List the verbs
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/\1	\2/p' $(MAKEFILE_LIST) | expand -t 24
	@echo
	@echo "Variables: TARGETS='NAME=PATH ...' EXPERIMENTS='FILE ...' PRESET=smoke|core|full RESULTS=DIR MACHINE=NAME"

setup: $(READY) ## Make the project's own environment

$(READY): requirements.lock pyproject.toml
	@[ -n "$(PYTHON)" ] || { echo "make: no Python 3.11 or newer with venv was found; install one, or name it: make PYTHON=/path/to/python3" >&2; exit 2; }
	$(PYTHON) -m venv --clear $(VENV)
	$(VENV)/bin/python -m pip install -qq --disable-pip-version-check --require-hashes --no-deps -r requirements.lock
	$(VENV)/bin/python -m pip install -qq --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

run-experiments: setup ## Measure every trial that has no result on this machine yet, then report
	@status=0; $(GILSCOPE) run $(EXPERIMENTS) --preset $(PRESET) --results $(RESULTS) \
		$(addprefix --machine ,$(MACHINE)) $(CHOSEN) || status=$$?; \
	[ $$status -le 1 ] || exit $$status; \
	$(GILSCOPE) report --results $(RESULTS) --out $(REPORT) && exit $$status

smoke: ## One block of every experiment, about a minute, into a folder of its own
	@$(MAKE) --no-print-directory run-experiments PRESET=smoke RESULTS=build/smoke REPORT=build/smoke-report

selftest: setup ## Is what gilscope tells true on this machine? Known answers, two minutes
	@$(GILSCOPE) selftest $(CHOSEN)

report: setup ## Rebuild every table and figure from the stored results alone
	@$(GILSCOPE) report --results $(RESULTS) --out $(REPORT)

targets: setup ## List the interpreters found and the models each offers
	@$(GILSCOPE) targets $(CHOSEN)

plan: setup ## Print what run-experiments would measure, and for how long
	@$(GILSCOPE) plan $(EXPERIMENTS) --preset $(PRESET) --results $(RESULTS) $(CHOSEN)

test: setup ## Run the whole test suite on real interpreters; the last line says what could not be tested
	@export GILSCOPE_TEST_TARGETS="$(TARGETS)"; status=0; \
	export GILSCOPE_UNTESTED="$$(mktemp)"; trap 'rm -f "$$GILSCOPE_UNTESTED"' EXIT; \
	$(VENV)/bin/python -m pytest -m "not alone and not cases" -n 2 --dist loadfile || status=$$?; \
	$(VENV)/bin/python -m pytest -m "alone and not cases" && exit $$status

cases: setup ## Run other people's code through the command line, four minutes
	@export GILSCOPE_TEST_TARGETS="$(TARGETS)"; status=0; \
	$(VENV)/bin/python -m pytest tests/cases -m "cases and not alone" -n 2 || status=$$?; \
	$(VENV)/bin/python -m pytest tests/cases -m "cases and alone" && exit $$status

quick-test: setup ## Run the tests that take no minutes
	GILSCOPE_TEST_TARGETS="$(TARGETS)" $(VENV)/bin/python -m pytest -m "not slow and not cases" -x -q

coverage: setup ## Which lines the tests run, the commands they start included; under 90 % fails
	@rm -rf build/coverage && mkdir -p build/coverage
	GILSCOPE_TEST_TARGETS="$(TARGETS)" $(VENV)/bin/coverage run -m pytest -q \
		-m "not alone and not cases" -n 2 --dist loadfile
	$(VENV)/bin/coverage combine -q
	$(VENV)/bin/coverage report

coverage-of-intervals: setup ## Simulate how often the intervals hold the truth, about two minutes
	$(VENV)/bin/python tests/analysis/stats/interval_coverage.py

aa: setup ## Compare identical code with itself, on trials recorded here: ours, pyperf's way
	@$(VENV)/bin/python benchmarks/aa.py

benchmark-load: setup ## Time the reading of 20 000 trials, and of 10 million values; makes the sets first
	$(VENV)/bin/python -m benchmarks.load

# One workload of the self-test changes its items on purpose.
check: setup ## Lint, types, dependencies, conformance of workloads and experiments
	$(VENV)/bin/ruff format --check .
	$(VENV)/bin/ruff check .
	$(VENV)/bin/pyright
	$(VENV)/bin/deptry .
	$(GILSCOPE) check experiments/*.toml experiments/samples/*.toml experiments/selftest/*.toml \
		experiments/workloads/*.py experiments/samples/workloads/*.py \
		$(filter-out %/changed_items.py,$(wildcard experiments/selftest/workloads/*.py))

format: setup ## Format the code
	$(VENV)/bin/ruff format .
	$(VENV)/bin/ruff check --fix .

lock: setup ## Resolve the dependencies anew into requirements.lock
	$(VENV)/bin/uv --no-config pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header \
		--group dev pyproject.toml -o requirements.lock

pythons: setup ## Bring CPython 3.14 and 3.14t by uv, where the network allows
	@$(GILSCOPE) install-pythons

clean: ## Remove what can be made again; never results
	rm -rf $(VENV) build dist $(REPORT) .pytest_cache .ruff_cache .hypothesis
