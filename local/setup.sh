#!/usr/bin/env bash
# Installs one part of what the commands need, into this folder: tools | cloud | node | bundle | wordpress | lock.
# Every failure is one sentence that names the mend.
set -euo pipefail
cd "$(dirname "$0")/.."

fail() { echo "$1" >&2; exit 1; }

# The first interpreter that really runs: 3.13, which Lambda runs too, then any from 3.11 on; pyenv's own before its shims,
# because a shim may name a version that is not installed.
find_python() {
  local root candidate
  root="${PYENV_ROOT:-$HOME/.pyenv}"
  for candidate in python3.13 "$root"/versions/3.13*/bin/python python3.14 python3.12 "$root"/versions/3.1[24]*/bin/python \
                   python3.11 "$root"/versions/3.11*/bin/python python3; do
    if "$candidate" -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
      echo "$candidate"
      return
    fi
  done
  fail "No Python from 3.11 on with the venv module was found: install Python 3.13, for instance with pyenv install 3.13."
}

step() { printf '  %s ... ' "$1" >&2; started=$SECONDS; }
stepped() { printf '%s s\n' "$((SECONDS - started))" >&2; }

uv() { UV_NO_PROGRESS=1 .venv/bin/python -m uv "$@"; }

tools() {
  local python
  python=$(find_python)
  step "tools (.venv, $("$python" -V))"
  [ -x .venv/bin/python ] || "$python" -m venv .venv
  .venv/bin/python -m pip install -q --disable-pip-version-check --require-hashes -r local/uv.txt ||
    fail "uv could not be installed: check that PyPI can be reached."
  uv pip sync -q --python .venv/bin/python --require-hashes requirements-dev.txt ||
    fail "The Python tools could not be installed: check that PyPI can be reached."
  touch .venv/ready
  stepped
}

cloud() {
  step "local cloud (.ministack)"
  [ -x .ministack/bin/python ] || .venv/bin/python -m venv --without-pip .ministack
  uv pip sync -q --compile-bytecode --python .ministack/bin/python --require-hashes local/requirements.txt ||
    fail "The local cloud could not be installed: check that PyPI can be reached."
  touch .ministack/ready
  stepped
}

node() {
  { command -v node && command -v npm; } >/dev/null || fail "Node.js is missing: install version 20 or newer, with npm."
  [ "$(command node -p 'process.versions.node.split(".")[0]')" -ge 20 ] || fail "Node.js $(command node -v) is too old: install version 20 or newer."
  step "CDK CLI (node_modules)"
  npm ci --silent --no-audit --no-fund 2>/dev/null || fail "The CDK CLI could not be installed: check that the npm registry can be reached."
  touch node_modules/ready
  stepped
}

bundle() {
  step "the functions' dependencies (.build)"
  .venv/bin/python -m constructs.python_bundle fetch || fail "The functions' dependencies could not be fetched: check that PyPI can be reached."
  touch .build/ready
  stepped
}

wordpress() {
  step "WordPress bed (.wordpress)"
  bash local/bed/install.sh
  touch .wordpress/ready
  stepped
}

lock() {
  local compile=(uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-header)
  "${compile[@]}" local/uv.in -o local/uv.txt
  "${compile[@]}" requirements-dev.in -o requirements-dev.txt
  "${compile[@]}" requirements.in -c requirements-dev.txt -o requirements.txt
  "${compile[@]}" local/requirements.in -o local/requirements.txt
  # Lambda's runtime brings boto3 and all it needs.
  "${compile[@]}" runtime/requirements.in -c requirements-dev.txt -o runtime/requirements.txt \
    --no-emit-package botocore --no-emit-package jmespath --no-emit-package python-dateutil --no-emit-package six --no-emit-package urllib3
}

"$1"
