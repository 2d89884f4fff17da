# Everything runs in .venv, which these rules create. PYTHON may name another interpreter (3.11 or newer).
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMPS := $(VENV)/.made
# One process more than cores: the tests of the page wait for the browser half of their time. Each process
# begins with tests that stand together, which share what their module sets up.
PYTEST_PROCESSES ?= $(shell echo $$(( $$(nproc) + 1 )))
PYTEST := -m pytest -n $(PYTEST_PROCESSES) --dist worksteal $(PYTEST_ARGS)

.DEFAULT_GOAL := help
.PHONY: help demo test lint format bench wheel picture screenshots clean lock audit sbom types test-lowest test-newest

help:
	@echo "make demo    set up, run the demonstration outbreak and serve its map"
	@echo "make test    set up and run every test"
	@echo "make lint    formatter, linter, type checker, docstrings, import contracts"
	@echo "make bench   the measured comparisons, side by side (several minutes)"
	@echo "make wheel   build the wheel, web page included, into dist/"
	@echo "make types   write the types of the page from the OpenAPI document"
	@echo "make lock    pin every package that an installation needs, into deploy/requirements.lock"
	@echo "make audit   ask the public advisories about the pinned packages"
	@echo "make sbom    list everything installed, as CycloneDX, into dist/"
	@echo "make test-lowest, test-newest   the tests with the lowest and the newest versions allowed"
	@echo "make picture remake the picture in the README from the demonstration"
	@echo "make screenshots  every screen of the map, in both languages, into build/screenshots/"

$(STAMPS)/venv:
	@sh scripts/make-venv.sh "$(PYTHON)" "$(VENV)"
	@mkdir -p $(STAMPS) && touch $@

$(STAMPS)/package: $(STAMPS)/venv pyproject.toml hatch_build.py $(shell find web -type f -not -path '*/node_modules/*' -not -path '*/dist/*' 2>/dev/null)
	$(BIN)/python -m pip install --quiet --editable .
	@touch $@

$(STAMPS)/test: $(STAMPS)/package
	$(BIN)/python -m pip install --quiet --group test
	@touch $@

$(STAMPS)/lint: $(STAMPS)/package
	$(BIN)/python -m pip install --quiet --group lint
	@touch $@

$(STAMPS)/bench: $(STAMPS)/test
	$(BIN)/python -m pip install --quiet --group bench
	@touch $@

demo: $(STAMPS)/package
	$(BIN)/geozone demo $(DEMO_ARGS)

test: $(STAMPS)/test
	$(BIN)/python $(PYTEST)

lint: $(STAMPS)/lint
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m numpydoc.hooks.validate_docstrings $$(git ls-files 'geozone/*.py')
	$(BIN)/nbstripout --verify notebooks/*.ipynb
	$(BIN)/python scripts/contract_types.py --check

format: $(STAMPS)/lint
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

types: $(STAMPS)/package
	$(BIN)/python scripts/contract_types.py

bench: $(STAMPS)/bench
	$(BIN)/python benchmarks/run.py

wheel: $(STAMPS)/venv
	$(BIN)/python -m pip wheel --quiet --no-deps --wheel-dir dist .

picture: $(STAMPS)/test
	$(BIN)/python scripts/picture.py

$(STAMPS)/tools: $(STAMPS)/venv
	$(BIN)/python -m venv $(STAMPS)/tool-env
	$(STAMPS)/tool-env/bin/pip install --quiet uv pip-audit cyclonedx-bom
	@touch $@

lock: $(STAMPS)/tools
	$(STAMPS)/tool-env/bin/uv pip compile --quiet --universal --no-emit-index-url --no-header \
	  --python-version 3.11 --extra postgresql pyproject.toml --output-file deploy/requirements.lock

audit: $(STAMPS)/tools
	$(STAMPS)/tool-env/bin/pip-audit --strict --requirement deploy/requirements.lock --no-deps --disable-pip
	npm --prefix web audit --omit=dev

sbom: $(STAMPS)/package $(STAMPS)/tools
	@mkdir -p dist
	$(STAMPS)/tool-env/bin/cyclonedx-py environment --output-reproducible --pyproject pyproject.toml \
	  --output-file dist/geozone.cdx.json $(BIN)/python

# Two environments beside the usual one; the page is built once and shared.
test-lowest test-newest: test-%: $(STAMPS)/package $(STAMPS)/tools
	$(STAMPS)/tool-env/bin/uv venv --quiet --clear --python $(BIN)/python $(STAMPS)/$*
	$(STAMPS)/tool-env/bin/uv pip install --quiet --python $(STAMPS)/$*/bin/python --group test \
	  --resolution $(if $(filter lowest,$*),lowest-direct,highest) --editable '.[postgresql]'
	$(STAMPS)/$*/bin/python $(PYTEST)

screenshots: $(STAMPS)/test
	$(BIN)/python scripts/screenshots.py $(SCREENSHOTS_ARGS)

clean:
	rm -rf $(VENV) dist build geozone/web web/node_modules web/dist .pytest_cache .mypy_cache .ruff_cache
