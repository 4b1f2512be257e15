# make bench   environment, build, and the benchmark, ending in the factor tables and a document
# make test    environment, build, lint, types and tests
# make docs-results    the pages that show docs/results/, after a document was added there
#
# The first two redo only what changed. BENCH='--profile default ...' passes options to the benchmark,
# TEST='-k name ...' to pytest, which runs in WORKERS processes. On a machine with a GPU both use it.
PYTHON ?= python3
VENV ?= .venv
PY := $(VENV)/bin/python
BENCH ?= --profile quick
TEST ?=
FAULTS ?=
FUZZ ?=
WORKERS ?= 2
ENDURANCE ?=
# Whole files in turn; those with the fewest tests, of which some are long, are not kept to the end.
SPREAD = -n $(WORKERS) --dist loadfile --no-loadscope-reorder
SANITIZED = -q $(SPREAD) tests/dlib_net
# Not in the environment: a variable of the caller's must not reach pip or the compiler.
unexport BENCH TEST FAULTS FUZZ ENDURANCE

.PHONY: bench test build lint types verify faults fuzz asan sanitize endurance cuda-tools docs-results clean
.DEFAULT_GOAL := bench

bench: build
	@mkdir -p results
	@$(VENV)/bin/benchcore --headless $(BENCH) --output results/$$(date -u +%Y%m%dT%H%M%SZ).json

test: build lint types
	@$(PY) -m pytest $(SPREAD) $(TEST)

lint: $(VENV)/installed
	@$(PY) -m ruff check --quiet . && $(PY) -m ruff format --quiet --check .

types: $(VENV)/installed
	@$(PY) -m mypy --no-error-summary

verify: build
	@$(VENV)/bin/benchcore verify

# The native modules; the object cache decides what is to be compiled.
build: $(VENV)/installed
	@$(PY) scripts/cuda_tools.py --if-needed
	@$(PY) setup.py --quiet build_ext --inplace

# The environment with everything that pyproject.toml names, and this folder as a package in it.
$(VENV)/installed: pyproject.toml scripts/environment.py
	@$(PYTHON) scripts/environment.py $(VENV)
	@touch $@

# The CPU backend under AddressSanitizer, in a folder of its own: builds it and runs its tests.
asan: $(VENV)/installed
	@scripts/sanitize.sh address $(VENV) $(SANITIZED)

# The same, and then its facade and dlib's library under UndefinedBehaviorSanitizer.
sanitize: asan
	@scripts/sanitize.sh undefined $(VENV) $(SANITIZED)

# Thousands of calls, hundreds of networks and cells, eight threads: nothing may grow or differ.
# ENDURANCE='--parts forwards,threads' passes options.
endurance: build
	@$(PY) -m benchmarks.endurance $(ENDURANCE)

# 20,000 broken inputs; FUZZ='--seed 123 --only documents' makes others.
fuzz: build
	@$(PY) tests/fuzz/run.py $(FUZZ)

# The faults of docs/reliability.md, each in a run of its own and a line. FAULTS="worker killed" makes
# those whose name has the words.
faults: build
	@$(PY) tests/faults/run_faults.py $(FAULTS)

# nvcc from the package index, of the CUDA version that the installed PyTorch has.
cuda-tools: $(VENV)/installed
	@$(PY) scripts/cuda_tools.py

# What README.md and docs/ show of the documents in docs/results/; a test fails where it is not so.
docs-results: $(VENV)/installed
	@$(PY) scripts/docs_results.py

clean:
	rm -rf build dlib_net/*.so *.egg-info
