# Everything runs from .venv and touches nothing outside this folder.
PYTHON ?= python3
VENV := .venv
READY := $(VENV)/.ready

.PHONY: install demo test test-long lint security lock bench soak soak-scale screenshots translations clean

install: $(READY)

$(READY): pyproject.toml constraints.txt
	test -x $(VENV)/bin/python || $(PYTHON) -m venv $(VENV)
	$(VENV)/bin/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[dev,postgres]'
	touch $(READY)

demo: $(READY)
	$(VENV)/bin/followup demo $(ARGS)

# Two at a time: the suite runs on SQLite and on PostgreSQL, and starts real processes.
test: $(READY)
	$(VENV)/bin/python -m pytest -n 2 --dist worksteal -m "not long" $(ARGS)

# The halves on PostgreSQL and the slow tests: as long again.
test-long: $(READY)
	$(VENV)/bin/python -m pytest -n 2 --dist worksteal -m long $(ARGS)

lint: $(READY)
	$(VENV)/bin/ruff check .
	$(VENV)/bin/ruff format --check .
	$(VENV)/bin/mypy

# What ruff does not look for; medium findings and worse.
security: $(READY)
	$(VENV)/bin/bandit --quiet --recursive --configfile pyproject.toml --severity-level medium followup webhooks scheduler

# The release's packages with their hashes; uv comes from pipx or pip. Run after a change of constraints.txt.
lock:
	echo 'setuptools>=77' | uv pip compile pyproject.toml - --extra postgres --constraint constraints.txt \
		--generate-hashes --universal --python-version 3.11 --no-annotate --no-header \
		--output-file requirements.lock

# Alone on the machine: under fifteen minutes, and docs/benchmarks.md is written anew.
bench: $(READY)
	$(VENV)/bin/python bench/reading.py
	$(VENV)/bin/python bench/all.py $(ARGS)

# A morning of many clinics on PostgreSQL, workers killed.
soak-scale: $(READY)
	$(VENV)/bin/python -m tests.morning $(ARGS)

soak: $(READY)
	$(VENV)/bin/python -m tests.soak $(ARGS)

# The console's strings into its Spanish catalogue. New ones are empty there until somebody translates them, and a
# test says so; the compiled catalogue is kept beside it, so that an installation needs no build step.
CATALOGUE := followup/console/translations
translations: $(READY)
	mkdir -p build
	$(VENV)/bin/pybabel -q extract -F pyproject.toml -k _l --sort-by-file --add-location=file -o build/messages.pot .
	$(VENV)/bin/pybabel -q update -i build/messages.pot -d $(CATALOGUE) -l es --no-fuzzy-matching --ignore-obsolete --ignore-pot-creation-date
	$(VENV)/bin/pybabel -q compile -d $(CATALOGUE) -l es

# Pictures of every page, into .screenshots: needs Debian's Chromium.
screenshots: $(READY)
	$(VENV)/bin/python -m tests.screenshots $(ARGS)

clean:
	rm -rf $(VENV) .demo .pytest_cache .mypy_cache .ruff_cache .hypothesis
