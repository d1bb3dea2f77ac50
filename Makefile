# Everything a developer needs; each target installs what it needs first. `make` alone lists the targets.
# Settings: PRESET=dev|release|asan|fuzz|tsan (dev), BUSFLOW_PORT=8080 for run, CHANGED=1 for lint, FORCE=1 for reset.

PRESET ?= dev
BUILD := build/$(PRESET)
WEB_SOURCES := $(shell find apps/web -type d \( -name node_modules -o -name dist \) -prune -o -type f -print 2>/dev/null)
export PATH := $(CURDIR)/.local/toolchain/bin:$(PATH)
MAKEFLAGS += --no-print-directory
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

.PHONY: help
help: ## list the targets
	@echo "usage: make TARGET [PRESET=dev|release|asan|fuzz|tsan]"
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  \1\t\2/p' $(MAKEFILE_LIST) | expand -t 14

.PHONY: install
install: ## install what is missing: Debian packages, Node.js, npm packages
	@tools/install.sh

$(BUILD)/build.ninja: | install
	@cmake --preset $(PRESET)

.PHONY: build
build: install $(BUILD)/build.ninja ## compile everything
	@cmake --build $(BUILD)

.PHONY: product
product: install $(BUILD)/build.ninja apps/web/dist/index.html # only what `run` needs
	@cmake --build $(BUILD) --target apps_api

apps/web/dist/index.html: $(WEB_SOURCES) | install
	@npm --prefix apps/web run build

.PHONY: run
run: product ## start the whole product on http://localhost:8080 (BUSFLOW_PORT), with demo data; Ctrl-C stops it
	@exec tools/local/busflow-local run --binary $(BUILD)/apps/api/busflow

.PHONY: console
console: install ## build GraphiQL for busflow-graphql
	@npm --prefix apps/graphql/console run build

.PHONY: graphql
graphql: install $(BUILD)/build.ninja console ## run busflow-graphql on HASURA_GRAPHQL_DATABASE_URL, with GraphiQL
	@cmake --build $(BUILD) --target apps_graphql
	@HASURA_GRAPHQL_ENABLE_CONSOLE=true HASURA_GRAPHQL_CONSOLE_ASSETS_DIR=$(CURDIR)/apps/graphql/console/dist \
	  exec $(BUILD)/apps/graphql/busflow-graphql serve

.PHONY: test
test: install ## everything CI runs: checks, all suites, sanitizers, the web app, the product in a browser
	@tools/test.py

.PHONY: fuzz
fuzz: install ## libFuzzer on each fuzzer for FUZZ_SECONDS (600)
	@tools/fuzz.sh $(or $(FUZZ_SECONDS),600)

.PHONY: test-cluster
test-cluster: build apps/web/dist/index.html ## the production stack on a real Swarm, with containers as hosts; needs root
	@tests/cluster/run.sh $(BUILD)

.PHONY: test-automation
test-automation: build apps/web/dist/index.html ## the shipped workflow in the real n8n from npm, which is 1.3 GB: beside the product, and in the Swarm
	@tests/automation/run.py $(BUILD)/apps/api/busflow
	@tests/cluster/run.sh $(BUILD) --automation

.PHONY: images
images: install ## build the images of the stack: REGISTRY=…, VERSION=…, PUSH=1 (docker/build.sh --help)
	@cmake --preset release >/dev/null
	@cmake --build build/release --target apps_api apps_ctl
	@npm --prefix apps/web run build
	@docker/build.sh --binaries build/release $(if $(PUSH),--push)

.PHONY: bench
bench: install ## measure the optimised product beside pgbench
	@cmake --preset release >/dev/null
	@cmake --build build/release --target apps_api apps_ctl apps_graphql tests_job_driver
	@tools/bench/metadata.py build/release/apps/graphql/busflow-graphql
	@tools/local/busflow-local run --temporary --no-web --binary build/release/apps/api/busflow --exec tools/bench/bench.py
	@tools/local/busflow-local run --temporary --no-web --port 0 --binary build/release/apps/api/busflow --exec tools/bench/identity.py
	@tools/bench/files.py
	@tools/bench/insert.py
	@tools/bench/live_queries.py
	@tools/bench/backup.py
	@JOB_DRIVER=build/release/tests/job_driver/tests_job_driver node tests/interop/jobs/bench.mjs

.PHONY: lint
lint: build ## layout, clang-tidy (CHANGED=1: changed files only), boundaries, sizes, texts, the web app's lint
	@tools/check_sizes.py
	@tools/check_texts.py
	@tools/check_format.py
	@python3 -B tools/boundaries/check_includes.py $(BUILD)
	@npm --prefix apps/web run lint
	@tools/check_tidy.py $(BUILD) $(if $(CHANGED),--changed)

.PHONY: format
format: install ## lay out the C++ and web sources
	@tools/check_format.py --fix
	@npm --prefix apps/web run format --if-present

.PHONY: reference
reference: install $(BUILD)/build.ninja ## write docs/reference from the binary
	@cmake --build $(BUILD) --target apps_api apps_ctl
	@tools/reference.py $(BUILD)/apps/api/busflow $(BUILD)/apps/ctl/busflowctl

.PHONY: schema
schema: build ## write apps/web/schema.graphql as the running product shows it
	@tools/local/busflow-local run --temporary --no-web --binary $(BUILD)/apps/api/busflow --exec npm --prefix apps/web run schema

.PHONY: pictures
pictures: product ## take the README's pictures of the workspace
	@tools/local/busflow-local run --temporary --binary $(BUILD)/apps/api/busflow --exec node tests/e2e/screenshot.mjs

.PHONY: reset
reset: ## delete .local with all local data (asks; FORCE=1 does not)
	@tools/local/busflow-local reset $(if $(FORCE),--force)
