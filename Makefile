# `make` lists the targets. Each does its own set-up and needs Python 3.11 or later, cargo and a C compiler, no more.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
# cargo and pytest use all cores by themselves, and what a target prints shall stay in order.
.NOTPARALLEL:
MAKEFLAGS += --no-builtin-rules

VENV := .venv
BIN := $(VENV)/bin
# The first that runs and is new enough: a version manager's shim may be there and lead nowhere.
PYTHON ?= $(shell for name in python3.11 python3 python3.12 python3.13 python3.14; do \
	if "$$name" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then echo "$$name"; break; fi; done)
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet
DEMO_SIZE ?= 50MB
# Of `make test-long`: the seed (random if empty; it is printed) and the number of examples of each property.
SEED ?=
EXAMPLES ?= 2000
# Of `make fuzz`: the time of all targets together, and the names of some targets, separated by commas.
MINUTES ?= 10
TARGETS ?=
# Of `make bench`; what is empty is everything. BENCH_ARGS: more options, see `python -m bench --help` (`-m bare`).
BENCH_MB ?= 1000
BENCH_ROUNDS ?= 5
BENCH_SIZES ?= 0.2,1,4
BENCH_INPUTS ?=
BENCH_READERS ?=
BENCH_SECTIONS ?=
BENCH_ARGS ?=
# Of `make bench-scale`: the size of its input.
SCALE_MB ?= 200

# Where rustup puts cargo, for shells that do not have it in their PATH.
export PATH := $(PATH):$(HOME)/.cargo/bin
# One interpreter for every build of the bindings: another one would build them again.
export PYO3_PYTHON := $(CURDIR)/$(BIN)/python

# Stamps: what they stand for is done again only if something it depends on has changed.
MADE := $(VENV)/.made
BUILT := $(VENV)/.built
TOOLS := $(VENV)/.tools
EXTENSION := python/crowdarrow/_core.abi3.so
RUST := Cargo.toml Cargo.lock $(shell find rust -name Cargo.toml -o -name '*.rs' -not -name tests.rs \
	-not -path '*/tests/*' -not -path 'rust/benches/*' -not -path 'rust/fuzz/*')

# Two or more workers take tests from each other; tests that measure time or cores run after them, alone.
PYTEST := $(BIN)/python -m pytest -q
PARALLEL := -n auto --maxprocesses 8 --dist worksteal
# Tests of single modules and of the declarations, without whole conversions.
UNIT_TESTS := tests/unit tests/docs/test_packaging.py tests/docs/test_docs.py
# zig has the C library of old systems, and links for other processors. pyarrow's wheels need glibc 2.28 as well.
WHEEL_ARGS := --strip --zig --compatibility manylinux_2_28
BUILD_WHEEL = CARGO_TARGET_DIR=$(CURDIR)/target/wheels CARGO_PROFILE_RELEASE_DEBUG=false PATH="$(CURDIR)/$(BIN):$$PATH" \
	$(BIN)/python -m pip wheel --no-deps --no-build-isolation --no-cache-dir --wheel-dir dist dist/*.tar.gz
CROSS := aarch64-unknown-linux-gnu
ISSUE_FORMS := $(filter-out %/config.yml,$(wildcard .github/ISSUE_TEMPLATE/*.yml))

.PHONY: help demo test check test-long fuzz lint types rust-test python-test unit-test instructions build fmt bench \
	bench-bare bench-scale bench-stages test-engines audit docs wheels clean FORCE

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-13s %s\n", $$1, $$2 }' Makefile

demo: $(BUILT) ## Convert a synthetic export and show the result (DEMO_SIZE=50MB)
	@$(BIN)/python -m crowdarrow.synthetic.demo demo --size $(DEMO_SIZE)

test: lint types rust-test python-test instructions ## Run every check: formats, lints, types, tests, instruction counts

check: lint types unit-test ## Run the checks of each commit: formats, lints, types, unit tests

test-long: $(BUILT) $(TOOLS) ## Run the tests with new random examples (EXAMPLES=2000; SEED=... repeats a run)
	@seed=$(SEED); seed=$${seed:-$$(od -An -N4 -tu4 /dev/urandom | tr -d ' ')}; \
	again="make test-long SEED=$$seed EXAMPLES=$(EXAMPLES)"; echo "$$again"; \
	trap 'test $$? = 0 || echo "repeat with: $$again"' EXIT; \
	PROPTEST_RNG_SEED=$$seed PROPTEST_CASES=$$(( $(EXAMPLES) * 256 / 100 )) cargo test --locked --quiet -p crowdarrow-core; \
	CROWDARROW_EXAMPLES=$(EXAMPLES) $(PYTEST) $(PARALLEL) --hypothesis-profile=long --hypothesis-seed=$$seed; \
	if command -v $${CXX:-c++} >/dev/null; then $(MAKE) fuzz MINUTES=4; else echo 'no C++ compiler: no fuzzing'; fi

fuzz: $(BUILT) $(TOOLS) ## Run the fuzz targets (MINUTES=10, TARGETS=csv_records,...; needs a C++ compiler)
	@cd tests && ../$(BIN)/python -m support.fuzz --minutes $(MINUTES) --targets "$(TARGETS)"

lint: $(TOOLS) ## Check formats, lints and the direction of imports
	@# A cargo from rustup may lack the two; others have them or say what to do.
	@cargo fmt --version >/dev/null 2>&1 && cargo clippy --version >/dev/null 2>&1 || rustup component add rustfmt clippy
	cargo fmt --all --check
	$(BIN)/ruff format --check
	$(BIN)/ruff check
	PYTHONPATH=python $(BIN)/lint-imports --no-cache
	$(BIN)/zizmor --offline --quiet --strict-collection .github
	$(BIN)/check-jsonschema --quiet --builtin-schema vendor.github-workflows .github/workflows/*.yml
	$(BIN)/check-jsonschema --quiet --builtin-schema vendor.dependabot .github/dependabot.yml
	$(BIN)/check-jsonschema --quiet --builtin-schema vendor.github-issue-forms $(ISSUE_FORMS)
	$(BIN)/check-jsonschema --quiet --builtin-schema vendor.citation-file-format CITATION.cff
	cargo clippy --locked --quiet --workspace --all-targets -- -D warnings

types: $(BUILT) $(TOOLS) ## Check types: mypy strict, and the stub of the extension against the extension
	$(BIN)/mypy
	$(BIN)/python -m mypy.stubtest --mypy-config-file pyproject.toml crowdarrow._core

rust-test: $(MADE) ## Run the Rust tests
	PROPTEST_RNG_SEED=1 cargo test --locked --quiet -p crowdarrow-core -p crowdarrow-fuzz

python-test: $(BUILT) $(TOOLS) ## Run the Python tests
	$(PYTEST) $(PARALLEL) -m 'not serial'
	$(PYTEST) -m serial

test-engines: $(BUILT) $(TOOLS) ## Run the tests on Dask, Ray and Spark, of which Spark needs Java 17 or later
	@$(PIP) install --only-binary :all: --no-binary pyspark --group engines
	CROWDARROW_ENGINES=1 $(PYTEST) tests/engines

unit-test: $(BUILT) $(TOOLS)
	$(PYTEST) $(PARALLEL) $(UNIT_TESTS)

instructions: $(MADE) ## Compare the kernels' instructions per byte with those written down (needs valgrind)
	@$(BIN)/python benchmarks/instructions.py

build: $(BUILT) ## Build the extension (release) and install the package into .venv

fmt: $(TOOLS) ## Format Rust and Python, and mend what ruff can mend
	cargo fmt --all
	$(BIN)/ruff check --fix --quiet || true
	$(BIN)/ruff format --quiet

bench: $(BUILT) $(TOOLS) ## Measure crowdarrow and its peers, with a page and charts (BENCH_MB=1000, most of an hour)
	@# As an installed package has it; the peers' came with theirs.
	@$(BIN)/python -m compileall -q python/crowdarrow benchmarks
	PYTHONPATH=benchmarks:tests $(BIN)/python -m bench --mb $(BENCH_MB) --rounds $(BENCH_ROUNDS) --sizes "$(BENCH_SIZES)" \
		--inputs "$(BENCH_INPUTS)" --readers "$(BENCH_READERS)" --sections "$(BENCH_SECTIONS)" $(BENCH_ARGS)

bench-bare: $(BUILT) ## Compare the decode with a bare C++ simdjson parse of the same cells (needs a C++ compiler)
	@PYTHONPATH=benchmarks:tests $(BIN)/python -m bare $(BENCH_ARGS)

bench-scale: $(BUILT) $(TOOLS) ## Measure what a run on many machines is made of, and replay it (SCALE_MB=200)
	@# Engines that are installed are measured; `make test-engines` installs them.
	@PYTHONPATH=benchmarks:tests $(BIN)/python -m scale --measure --mb $(SCALE_MB)

bench-stages: $(BUILT) $(TOOLS) ## Time single stages of crowdarrow with pytest-benchmark
	$(BIN)/python -m pytest benchmarks --benchmark-only

wheels: $(MADE) ## Build the source distribution and the wheels (x86_64, aarch64) into dist/, and try them (on Linux)
	@$(PIP) install --only-binary :all: --group release
	@rm -rf dist
	$(BIN)/maturin sdist --out dist
	@# Wheels are built from the source distribution, outside of this folder: nothing else of the checkout is used.
	MATURIN_PEP517_ARGS='$(WHEEL_ARGS)' $(BUILD_WHEEL)
	@if [ "$$(uname -m)" = aarch64 ]; then exit; fi; \
	if [ -d "$$(rustc --print target-libdir --target $(CROSS))" ]; then \
		echo 'the same for $(CROSS)'; MATURIN_PEP517_ARGS='$(WHEEL_ARGS) --target $(CROSS)' $(BUILD_WHEEL); \
	else echo 'no wheel for aarch64; for one, run `rustup target add $(CROSS)`'; fi
	$(BIN)/twine check --strict dist/*
	$(BIN)/abi3audit --strict dist/*.whl
	cd tests && ../$(BIN)/python -m support.try_wheel ../dist --every

docs: $(MADE) ## Build the site of the docs into site/; broken links and anchors are errors
	@$(PIP) install --only-binary :all: --group docs
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict --quiet

audit: $(MADE) ## Check licences, sources, duplicates and advisories of crates and packages (needs cargo-deny, a network)
	cargo deny check licenses bans sources
	cargo deny check advisories
	@$(PIP) install --only-binary :all: --group audit
	$(BIN)/pip-audit --strict .

clean: ## Remove all that was built, and the environment
	rm -rf $(VENV) target dist demo site benchmarks/data $(EXTENSION) .mypy_cache .ruff_cache .pytest_cache .hypothesis .benchmarks
	rm -rf rust/fuzz/artifacts rust/fuzz/corpus rust/fuzz/plans rust/fuzz/seeds
	find python tests benchmarks -name __pycache__ -type d -prune -exec rm -rf {} +

$(MADE):
	@if [ -z "$(PYTHON)" ]; then echo 'crowdarrow needs Python 3.11 or later: install it, or name it: make PYTHON=...' >&2; exit 1; fi
	@if ! command -v cargo >/dev/null; then echo 'crowdarrow needs cargo (Rust 1.90 or later)' >&2; exit 1; fi
	@echo 'setting up $(VENV)'
	@$(PYTHON) -m venv $(VENV)
	@$(PIP) install --upgrade --only-binary :all: 'pip>=25.1' 'maturin>=1.15,<2'
	@touch $@

$(TOOLS): pyproject.toml $(MADE)
	@echo 'installing what the checks need'
	@$(PIP) install --only-binary :all: --group test --group lint --group bench
	@touch $@

$(BUILT): $(RUST) pyproject.toml $(MADE) $(if $(wildcard $(EXTENSION)),,FORCE)
	@echo 'building the extension (a few minutes the first time)'
	@VIRTUAL_ENV=$(CURDIR)/$(VENV) $(BIN)/maturin develop --release --locked --quiet
	@touch $@

FORCE:
