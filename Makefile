# What a person runs here. Each command does its own set-up, says what it does, and can be run again.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help

PY := .venv/bin/python
STAGE ?= local
PORT ?=
USER_OF_TOKEN := $(if $(filter command line,$(origin USER)),$(USER),admin@acme.test)
# Two processes, because one after the other the tests take too long; one that dies is a failure (see tests/conftest.py).
IN_TWO := -n 2 --max-worker-restart=0
IMAGE ?=
AT_ONCE ?=
BASE ?= origin/main
ON_STAGE = --context stage=$(STAGE) $(if $(IMAGE),--context image=$(IMAGE)) $(if $(AT_ONCE),--context at-once=true)
# What templates take: neither WordPress nor the local cloud.
SYNTHESIS := .venv/ready node_modules/ready .build/ready
LOCAL := $(PY) -m local $(if $(PORT),--port $(PORT))

# Bytecode makes every synth twice as fast; nothing phones home; no tool meets credentials it was not given.
unexport PYTHONDONTWRITEBYTECODE AWS_CA_BUNDLE
export CDK_DISABLE_CLI_TELEMETRY := true
export CDK_DISABLE_VERSION_CHECK := 1
export DO_NOT_TRACK := 1
export AWS_EC2_METADATA_DISABLED := true
export JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION := $(shell node -p 'process.versions.node.split(".")[0]' 2>/dev/null)

.PHONY: help setup up down token tenant dlq redrive plugin operation recover renew test check lint mypy pyright format openapi costs \
  permissions synth diff image deploy smoke drift bench lock clean

help: ## lists the commands
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):[^#]*## /  make \1\t/' | expand -t 20

setup: .venv/ready .ministack/ready node_modules/ready .build/ready .wordpress/ready ## installs the tools, pinned and hash-checked, into this folder

.venv/ready: requirements-dev.txt local/uv.txt local/setup.sh
	@bash local/setup.sh tools

.ministack/ready: local/requirements.txt .venv/ready
	@bash local/setup.sh cloud

node_modules/ready: package.json package-lock.json local/setup.sh
	@bash local/setup.sh node

.build/ready: runtime/requirements.txt constructs/python_bundle/defaults.py .venv/ready node_modules/ready
	@bash local/setup.sh bundle

.wordpress/ready: local/bed/install.sh wordpress/fetch.sh wordpress/versions.env
	@bash local/setup.sh wordpress

up: setup ## brings up the local cloud, deployed and seeded
	@$(LOCAL) up

down: ## stops and removes what make up started
	@if [ -x $(PY) ]; then $(LOCAL) down; else echo "nothing ran"; fi

token: .venv/ready ## prints an ID token of a demo user: make token USER=admin@acme.test
	@$(LOCAL) token $(USER_OF_TOKEN)

dlq: .venv/ready ## lists the dead letters with their reasons: make dlq STAGE=local
	@$(PY) -m ops --stage $(STAGE) dlq

redrive: .venv/ready ## puts dead letters back: make redrive QUEUE=creation [OPERATION=op-...] [STAGE=local]
	@$(PY) -m ops --stage $(STAGE) redrive --queue "$(QUEUE)" $(if $(OPERATION),--operation "$(OPERATION)")

plugin: .venv/ready ## curates the catalogue of plugins: make plugin DO="block evil-plugin --reason 'It mines coins.'" [STAGE=local]
	@$(PY) -m ops --stage $(STAGE) plugins $(or $(DO),--help)

tenant: .venv/ready ## lets a customer in: make tenant TENANT=acme NAME="Acme" ADMIN=ann@acme.example [TIER=STANDARD] [STAGE=local]
	@$(PY) -m ops --stage $(STAGE) tenant "$(TENANT)" --name "$(NAME)" --admin "$(ADMIN)" $(if $(TIER),--tier "$(TIER)")

operation: .venv/ready ## shows all that is known of an operation, and where its log is: make operation OPERATION=op-... [STAGE=local]
	@$(PY) -m ops --stage $(STAGE) operation "$(OPERATION)"

recover: .venv/ready ## takes a site back to a backup of its own: make recover SITE=site-... [BACKUP=op-...] [STAGE=local]
	@$(PY) -m ops --stage $(STAGE) recover --site "$(SITE)" $(if $(BACKUP),--backup "$(BACKUP)",--list)

renew: .venv/ready ## gives a site, or all, another database password and the current agent: make renew SITE=site-...|all [STAGE=local]
	@$(PY) -m ops --stage $(STAGE) renew --site "$(SITE)"

test: setup ## runs every test, on a local cloud of its own
	@$(PY) -m pytest $(IN_TWO)

check: setup format lint ## formats, lints, checks types, runs the fast tests
	@$(PY) -m pytest $(IN_TWO) -m "not slow"

format: .venv/ready ## formats the code
	@$(PY) -m ruff format -q . && $(PY) -m ruff check -q --fix .

lint: setup ## checks format, lint rules and types, and changes nothing
	@$(PY) -m ruff format --check -q . && $(PY) -m ruff check -q .
	@.venv/bin/check-jsonschema -q --builtin-schema vendor.github-workflows .github/workflows/*.yml
	@.venv/bin/check-jsonschema -q --builtin-schema vendor.github-actions .github/actions/*/action.yml
	@.venv/bin/check-jsonschema -q --builtin-schema vendor.dependabot .github/dependabot.yml
	@.venv/bin/zizmor --offline --quiet .github
	@.venv/bin/hadolint wordpress/Dockerfile
	@.venv/bin/shellcheck -x .github/scripts/*.sh wordpress/entrypoint wordpress/fetch.sh local/setup.sh local/bed/install.sh ops/*.sh .ci/run
	@$(MAKE) --no-print-directory --jobs=2 mypy pyright

mypy:
	@$(PY) -m mypy

pyright:
	@node_modules/.bin/pyright --pythonpath $(PY)

openapi: setup ## writes docs/openapi.json from the routes and their models
	@$(PY) -m runtime.openapi > docs/openapi.json.new && mv docs/openapi.json.new docs/openapi.json

costs: $(SYNTHESIS) ## writes docs/costs.md from the price file and the stacks
	@$(PY) -m ops.costs

permissions: $(SYNTHESIS) ## writes docs/permissions.md, every statement of every policy, from the stacks
	@$(PY) -m ops.permissions

synth: $(SYNTHESIS) ## synthesises all stacks of a stage: make synth STAGE=prod
	@CDK_VALIDATION=$${CDK_VALIDATION:-false} node_modules/.bin/cdk synth --quiet $(ON_STAGE) --output cdk.out/$(STAGE)
	@echo "cdk.out/$(STAGE)"

diff: $(SYNTHESIS) ## says what a change does to the stacks, without credentials: make diff [BASE=origin/main] [STAGE=prod]
	@$(PY) -m ops.changes --base "$(BASE)" $(if $(filter command line,$(origin STAGE)),--stage $(STAGE)) \
	  $(if $(OUTPUT),--output "$(OUTPUT)") $(if $(COMMENT),--comment "$(COMMENT)")

image: ## builds the WordPress image and pushes it; the last line is its digest: make image REPOSITORY=...
	@bash ops/image.sh "$(REPOSITORY)"

deploy: $(SYNTHESIS) ## deploys a stage to AWS with the credentials at hand: make deploy STAGE=dev
	@if [ "$(STAGE)" = local ]; then echo "Name a cloud stage, as in make deploy STAGE=dev; the local one comes with make up." >&2; exit 1; fi
	@$(PY) -m constructs.python_bundle check
	@node_modules/.bin/cdk deploy --all --concurrency 5 $(ON_STAGE) --output cdk.out/$(STAGE)

smoke: .venv/ready ## asks a deployed stage whether it works: make smoke STAGE=dev
	@$(PY) -m ops.smoke --stage $(STAGE)

drift: $(SYNTHESIS) ## says what was changed on AWS by hand: make drift STAGE=prod
	@node_modules/.bin/cdk drift '*' --fail $(ON_STAGE)

bench: setup ## prints the measured figures: cold starts, consumers, a clone, synth
	@$(PY) -m tests.bench.cold_start && $(PY) -m tests.bench.consumer && $(PY) -m tests.bench.clone && $(PY) -m tests.bench.synth

lock: .venv/ready ## pins the newest versions that the .in files allow, with hashes
	@bash local/setup.sh lock

clean: down ## removes everything that was installed or built here
	@rm -rf .venv .ministack .wordpress node_modules .build .local cdk.out
