# Halys: every common task, from a fresh checkout. Needs GNU make (3.81 or later) and Python 3.11, 3.12 or 3.13.
#
# The first call of a task makes a virtual environment in .venv from a lock file whose packages are checked by hash.
# There are two locks because `make run` needs only half of the packages: requirements-base.lock holds the packages of
# the model, requirements.lock these (at the same versions) and the tools of development.
#
# .venv/base.stamp and .venv/dev.stamp are written last, so an interrupted set-up leaves none, and an environment
# without a stamp is thrown away and made again. All paths are relative: the checkout may stand in a path with spaces.

.DEFAULT_GOAL := help
.PHONY: help run test lint types bench gambit lock data clean
# Tasks share one .venv: with `make -j` two set-ups would write to it at once.
.NOTPARALLEL:

SCENARIO ?= rome-2022
ARGS ?=
UPGRADE ?=

help:
	@echo "make run      run the scenario $(SCENARIO) (another: make run SCENARIO=name)"
	@echo "make test     run the tests (some of them: make test ARGS=\"-m 'not slow'\")"
	@echo "make lint     check style, format and the layers of imports"
	@echo "make types    check types"
	@echo "make bench    time the benchmarks"
	@echo "make gambit   compare equilibria with those that Gambit finds (sets up .venv-gambit; may compile for minutes)"
	@echo "make data     rebuild the bundled data file from its source (downloads it)"
	@echo "make lock     make the lock files again, keeping pins that still fit (newest of all: make lock UPGRADE=--upgrade)"
	@echo "make clean    remove .venv, .venv-gambit, caches and built files; results in runs/ stay"
	@echo ""
	@echo "The first call sets up .venv, which needs the network. Choose its Python with PYTHON=/path/to/python3."

run: .venv/base.stamp
	@.venv/bin/halys run $(SCENARIO) $(ARGS)

# Files of tests are spread over the processors; benchmarks do not go with that, and are not run here.
test: .venv/dev.stamp
	@.venv/bin/python -m pytest -n auto --dist loadfile -p no:benchmark $(ARGS)

lint: .venv/dev.stamp
	@.venv/bin/ruff check .
	@.venv/bin/ruff format --check .
	@.venv/bin/lint-imports

types: .venv/dev.stamp
	@.venv/bin/mypy

# Benchmarks may take longer than a test is allowed to.
bench: .venv/dev.stamp
	@test -d benchmarks || { echo "There is no folder benchmarks/ to run." >&2; exit 1; }
	@.venv/bin/python -m pytest benchmarks --benchmark-only --timeout 0 $(ARGS)

# -rs says why tests were skipped, if they were.
gambit: .venv-gambit/gambit.stamp
	@.venv-gambit/bin/python -m pytest tests/gambit -rs $(ARGS)

data: .venv/base.stamp
	@.venv/bin/python tools/build_world.py $(ARGS)

clean:
	@rm -rf .venv .venv-gambit .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis .benchmarks build dist
	@find . -name .git -prune -o -name __pycache__ -type d -prune -exec rm -rf {} +

# ---- Choosing a Python ----------------------------------------------------------------------------------------------

# Prints what tells one Python from another, or fails if Halys does not support it.
identity := import sys; sys.exit("unsupported") if not (3, 11) <= sys.version_info[:2] <= (3, 13) else print(sys.base_prefix, sys.version)

# Sets $$chosen, or explains and stops. A candidate is tried, not only looked up: version managers leave commands on the
# path that do not run, and Debian's python3 cannot make environments with pip until python3-venv is installed.
find_python = \
	chosen=; without_pip=; \
	if [ -n "$$wanted" ]; then set -- "$$wanted"; else set -- python3.13 python3.12 python3.11 python3; fi; \
	for candidate in "$$@"; do \
		"$$candidate" -c '$(identity)' >/dev/null 2>&1 || continue; \
		if "$$candidate" -c 'import ensurepip, venv' >/dev/null 2>&1; then chosen=$$candidate; break; fi; \
		without_pip=$$candidate; \
	done; \
	if [ -z "$$chosen" ]; then \
		if [ -n "$$without_pip" ]; then \
			echo "$$without_pip cannot make virtual environments with pip. On Debian or Ubuntu: apt install python3-venv"; \
		elif [ -n "$$wanted" ]; then \
			version=$$("$$wanted" --version 2>/dev/null) || version="not a Python that runs"; \
			echo "PYTHON=$$wanted is $$version."; \
			echo "Halys needs Python 3.11, 3.12 or 3.13. Leave PYTHON out to let make look for one."; \
		else \
			echo "Halys needs Python 3.11, 3.12 or 3.13, and none was found as python3.13, python3.12, python3.11 or python3."; \
			echo "Install one (Debian or Ubuntu: apt install python3 python3-venv) or name it: make PYTHON=/path/to/python3 ..."; \
		fi >&2; \
		exit 1; \
	fi

# PYTHON as given, with a leading ~ that the shell left alone.
wanted = wanted=$$(printf '%s' '$(PYTHON)' | sed "s|^~/|$$HOME/|")

# ---- The environment ------------------------------------------------------------------------------------------------

# Files cannot show that the Python behind .venv was removed, that the checkout was moved (scripts in .venv hold its old
# path) or that PYTHON= asks for another one. This asks, and if so removes the stamps and prints the reason.
check = \
	$(wanted); \
	set -- .venv/*.stamp; \
	[ -f "$$1" ] || exit 0; \
	if ! has=$$(.venv/bin/python -c '$(identity)' 2>/dev/null); then reason="its Python is missing or not supported"; \
	elif [ "$$(cat "$$1")" != "$$(pwd -P)" ]; then reason="it was made in another folder"; \
	elif [ -n "$$wanted" ] && [ "$$("$$wanted" -c '$(identity)' 2>/dev/null)" != "$$has" ]; then \
		reason="PYTHON asks for another Python"; \
	else exit 0; fi; \
	rm -f .venv/*.stamp; \
	echo "The environment .venv cannot be used: $$reason."

ifneq ($(filter run test lint types bench data .venv/%,$(MAKECMDGOALS)),)
unusable := $(shell $(check))
$(if $(unusable),$(info $(unusable)))
endif

.venv/base.stamp: lock := requirements-base.lock
.venv/base.stamp: modules := altair, netCDF4, platformdirs, pandas, pydantic, rich, scipy.optimize, typer, vl_convert, xarray, xlsxwriter, yaml
.venv/base.stamp: requirements-base.lock pyproject.toml
	@$(set_up); pwd -P > .venv/base.stamp

# The development lock holds the base packages too, so it counts for both.
.venv/dev.stamp: lock := requirements.lock
.venv/dev.stamp: modules := altair, netCDF4, platformdirs, pandas, pydantic, rich, scipy.optimize, typer, vl_convert, xarray, xlsxwriter, yaml, hypothesis, pyarrow.parquet, pytest
.venv/dev.stamp: requirements.lock pyproject.toml
	@$(set_up); pwd -P > .venv/base.stamp; pwd -P > .venv/dev.stamp

# --no-deps: the lock is complete. --no-compile: compiling every file of every package takes longer than installing them;
# importing the main ones instead compiles what is used, even where Python is told to write no bytecode, and shows that
# they work.
pip_install = .venv/bin/python -m pip install --quiet --no-input --disable-pip-version-check --no-compile

set_up = \
	set -e; \
	$(wanted); \
	if ! ls .venv/*.stamp >/dev/null 2>&1; then \
		$(find_python); \
		echo "Making .venv with $$("$$chosen" --version)"; \
		"$$chosen" -m venv --clear .venv; \
	fi; \
	rm -f .venv/*.stamp; \
	echo "Installing the packages of $(lock) (only when it or pyproject.toml has changed; under a minute)"; \
	{ $(pip_install) --require-hashes --only-binary :all: --no-deps -r $(lock) && \
		$(pip_install) --no-build-isolation --no-deps -e .; } || \
		{ echo "The packages could not be installed; the lines above say why. Set-up needs the network." >&2; exit 1; }; \
	PYTHONDONTWRITEBYTECODE= .venv/bin/python -c 'import $(modules)'

# Gambit has an environment of its own. Where its registry has no wheel for this system, pip compiles it, which needs a C++
# compiler and some minutes; its versions are not locked, because nothing but this comparison uses it.
.venv-gambit/gambit.stamp: pyproject.toml
	@set -e; $(wanted); $(find_python); \
	echo "Making .venv-gambit with $$("$$chosen" --version). If Gambit has to be compiled, this takes some minutes."; \
	"$$chosen" -m venv --clear .venv-gambit; \
	.venv-gambit/bin/python -m pip install --quiet --no-input --disable-pip-version-check -e ".[gambit]" \
		"pytest>=8.3" "pytest-timeout>=2.3" "hypothesis>=6.120" || \
		{ echo "Gambit could not be installed; the lines above say why. It needs the network, and perhaps a C++ compiler." >&2; exit 1; }; \
	pwd -P > .venv-gambit/gambit.stamp

# ---- The lock files -------------------------------------------------------------------------------------------------

# uv resolves once for all supported versions and systems (--universal), with one version of each package wherever
# possible (--fork-strategy fewest). It lives in a temporary folder: only this task needs it.
compile = "$$folder/bin/uv" pip compile pyproject.toml --group build $(UPGRADE) --quiet --python "$$folder/bin/python" \
	--universal --python-version 3.11 --fork-strategy fewest --only-binary :all: --generate-hashes \
	--no-emit-index-url --no-emit-find-links --custom-compile-command "make lock"

lock:
	@set -e; $(wanted); $(find_python); \
	folder=$$(mktemp -d); trap 'rm -rf "$$folder"' EXIT; trap 'exit 130' INT TERM; \
	"$$chosen" -m venv "$$folder"; \
	"$$folder/bin/python" -m pip install --quiet --no-input --disable-pip-version-check "uv>=0.9"; \
	$(compile) --extra dev --output-file requirements.lock; \
	$(compile) --constraint requirements.lock --output-file requirements-base.lock; \
	echo "Made requirements.lock and requirements-base.lock."
