# make report   set up if needed, render the main report, print its path and its answer
# make lab      set up if needed, open the notebooks in JupyterLab at a page that says which is which
# make test     set up if needed, run all tests that need no browser and no minutes of time
# make api      write the reference of all public names from their docstrings, to build/api
# make bench    time what matters beside rivals, write benchmarks/
PYTHON ?= python3
RUN := .venv/bin/python
# Threads of the linear algebra help nobody on matrices this small, and make times jump.
ONE_THREAD := OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 MKL_NUM_THREADS=1
STRIP := --keep-id --extra-keys metadata.language_info
TEST := $(ONE_THREAD) $(RUN) -m pytest -n auto --dist worksteal

.PHONY: report reports test test-slow test-all mutate surface coverage honesty lab filter api bench bench-scaling check install licences release-check clean

report: .venv/report
	$(RUN) -m analysis render effect --again

reports: .venv/ready
	$(RUN) -m analysis render --all

test: .venv/ready
	$(TEST) -m "not slow and not browser and not benchmark"

# The others: proofs that take minutes and more examples of what must hold, on all cores, then those
# in a browser, one after another.
test-slow: .venv/ready
	$(TEST) -m "slow and not browser and not benchmark"
	$(TEST) -m "not slow" --hypothesis-profile=thorough tests/test_properties.py
	$(RUN) -m pytest -m "browser and not benchmark"

test-all: test test-slow

# Which small changes of the estimating core no test notices; a part of it with, for example,
# make mutate ARGS="models/gls --share 0.3"
mutate: build/mutate
	PYTHONPATH=build/mutate $(RUN) tests/mutation.py $(ARGS)

build/mutate: | .venv/ready
	$(RUN) -m pip install --quiet --disable-pip-version-check --target $@ "cosmic-ray==8.7.*"

# The coefficients that calibrate intervals, from simulations (three minutes).
surface: .venv/ready
	$(RUN) benchmarks/surface.py

# How often intervals hold the truth in simulated series (twenty minutes; a part of them with, for
# example, make coverage KINDS="ar1 shift").
coverage: .venv/ready
	$(ONE_THREAD) $(RUN) benchmarks/coverage_table.py $(KINDS)

# How often intervals leave out zero at placebo dates of real series, for example
# make honesty POOL=series.csv.gz (columns source, name, per_year, values); and, by themselves or
# with it, at those of sources by which nothing was chosen: UNSEEN=other.csv.gz
honesty: .venv/ready
	$(ONE_THREAD) $(RUN) benchmarks/honesty.py "$(POOL)" $(UNSEEN)

# Git sees a notebook as it is committed: without outputs, and without what a kernel says of itself.
lab: .venv/ready filter
	.venv/bin/jupyter lab --KernelManager.transport_encryption=auto --LabApp.app_settings_dir=notebooks/.lab --LabApp.default_url=/lab/tree/notebooks/README.md

filter:
	git config filter.nbstripout.clean "$(RUN) -m nbstripout $(STRIP)"

# A name is imported when it is first used, so each is used before pdoc looks.
api: .venv/ready
	$(RUN) -c "import analysis, pdoc.__main__ as pdoc; \
		vars(analysis).update({name: getattr(analysis, name) for name in analysis.__all__}); \
		pdoc.cli(['analysis', '--no-search', '--docformat', 'numpy', '-o', 'build/api'])"

# papermill leaves event loops open in threads, which is its own affair.
bench: .venv/ready
	$(RUN) -m compileall -q analysis
	mkdir -p .benchmarks
	$(ONE_THREAD) $(RUN) -m pytest tests/benchmarks -q --benchmark-enable --benchmark-only \
		--benchmark-columns=median,iqr,rounds --benchmark-json=.benchmarks/raw.json \
		-W ignore::ResourceWarning -W ignore::pytest.PytestUnraisableExceptionWarning
	$(RUN) tests/benchmarks/speed_table.py .benchmarks/raw.json

bench-scaling: .venv/ready
	$(ONE_THREAD) $(RUN) tests/benchmarks/scaling.py

check: .venv/ready
	.venv/bin/ruff check . && .venv/bin/ruff format --check . && .venv/bin/mypy

install: .venv/ready

# The lock pins every distribution with its hashes: first what a report needs, then the rest. A
# report does not wait until all that is installed is compiled; what it imports is, then.
INSTALL = $(RUN) -m pip install --quiet --disable-pip-version-check
.venv/report: requirements.lock pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit("Python 3.11 or newer is needed.") if sys.version_info < (3, 11) else None'
	$(PYTHON) -m venv .venv
	sed '/^# The rest/q' requirements.lock > .venv/report.lock
	$(INSTALL) --no-compile --require-hashes -r .venv/report.lock
	$(INSTALL) --no-deps --no-build-isolation -e .
	touch .venv/report

# A kernel that papermill starts need not warn at each run that it talks to this machine in the open.
.venv/ready: .venv/report
	$(INSTALL) --require-hashes -r requirements.lock
	$(RUN) -m compileall -q analysis
	mkdir -p .venv/etc/ipython
	echo '{"IPKernelApp": {"log_level": "ERROR"}}' > .venv/etc/ipython/ipython_kernel_config.json
	touch .venv/ready

# What is installed, with versions and licences as each distribution states them.
licences: .venv/ready
	@$(RUN) tests/licences.py

# What must hold before a version is tagged. It changes nothing but reports that are out of date.
# RELEASE_TESTS=check leaves out the tests, where they have just run.
RELEASE_TESTS = check test-all
VERSION = $(shell sed -n 's/^version = "\(.*\)"/\1/p' pyproject.toml)
release-check: .venv/ready
	@test -z "$$(git status --porcelain)" || { echo "Commit first: git status is not empty."; exit 1; }
	@test "$$(grep -m1 '^## ' CHANGELOG.md)" = "## $(VERSION)" || { echo "The first heading of CHANGELOG.md is not $(VERSION)."; exit 1; }
	@! git rev-parse -q --verify "refs/tags/v$(VERSION)" >/dev/null || { echo "v$(VERSION) is tagged already."; exit 1; }
	$(MAKE) $(RELEASE_TESTS)
	$(RUN) -m analysis render --all
	@test -z "$$(git status --porcelain -- reports)" || { echo "Reports were out of date: look at them, commit them."; exit 1; }
	rm -rf build/release && mkdir -p build/release
	$(RUN) -c "from setuptools.build_meta import build_sdist; build_sdist('build/release')" >/dev/null
	$(RUN) -m pip wheel --quiet --no-deps --no-build-isolation -w build/release build/release/*.tar.gz
	$(RUN) -m pip install --quiet --no-deps --target build/release/installed build/release/*.whl
	cd build/release && PYTHONPATH=installed ../../$(RUN) -P -c "import analysis; print(analysis.load_outcome(), analysis.__file__)" | grep -q build/release/installed
	cd / && ! PYTHONPATH=$(CURDIR)/build/release/installed $(CURDIR)/$(RUN) -P -m analysis list 2>&1 | grep -q Traceback
	@echo "Version $(VERSION) is ready: git tag v$(VERSION)"

clean:
	rm -rf .venv build *.egg-info .pytest_cache .mypy_cache .ruff_cache
