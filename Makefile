# make report   set up if needed, render the main report, print its path and its answer
# make test     set up if needed, run all tests that need no browser and no minutes of time
PYTHON ?= python3
RUN := .venv/bin/python

.PHONY: report reports test test-all mutate lab bench check install clean

report: .venv/ready
	$(RUN) -m analysis render effect --again

reports: .venv/ready
	$(RUN) -m analysis render --all

test: .venv/ready
	$(RUN) -m pytest -m "not slow and not browser and not benchmark"

test-all: .venv/ready
	$(RUN) -m pytest -m "not benchmark"

# Which small changes of the estimating core no test notices; a part of it with, for example,
# make mutate ARGS="models/gls --share 0.3"
mutate: build/mutate
	PYTHONPATH=build/mutate $(RUN) tests/mutation.py $(ARGS)

build/mutate: | .venv/ready
	$(RUN) -m pip install --quiet --disable-pip-version-check --target $@ "cosmic-ray==8.7.*"

lab: .venv/ready
	.venv/bin/jupyter lab notebooks

bench: .venv/ready
	$(RUN) -m pytest tests/benchmarks --benchmark-enable --benchmark-only

check: .venv/ready
	.venv/bin/ruff check . && .venv/bin/ruff format --check . && .venv/bin/mypy

install: .venv/ready

# The lock pins every distribution with its hashes. pip compiles bytecode as it installs.
.venv/ready: requirements.lock pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit("Python 3.11 or newer is needed.") if sys.version_info < (3, 11) else None'
	$(PYTHON) -m venv .venv
	$(RUN) -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(RUN) -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	$(RUN) -m compileall -q analysis
	touch .venv/ready

clean:
	rm -rf .venv build *.egg-info .pytest_cache .mypy_cache .ruff_cache
