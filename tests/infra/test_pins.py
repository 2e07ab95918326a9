"""What is installed is what was tested: every version pinned, every download checked against its hash."""

from __future__ import annotations

import json
import re
from collections import defaultdict
from pathlib import Path
from typing import Any

import pytest

from constructs.python_bundle import defaults
from tests.infra.support import ROOT

PIN = re.compile(r"^(?P<name>[A-Za-z0-9._-]+)(?:\[[^]]*])?==(?P<version>[^\s;\\]+)")
SHA256 = re.compile(r"--hash=sha256:[0-9a-f]{64}(?:\s|$)")
EXACT = re.compile(r"\d+\.\d+\.\d+")
LOCKS = sorted(
    path
    for path in [*ROOT.glob("*.txt"), *ROOT.glob("runtime/*.txt"), *ROOT.glob("local/*.txt")]
    if path.with_suffix(".in").exists()
)
LAMBDA_BRINGS = {"boto3", "botocore", "s3transfer", "jmespath", "python-dateutil", "six", "urllib3"}
MAY_DIFFER = {"botocore"}
"""Lambda runs a version of its own, newer every few weeks: ours cannot agree with it, and so need not with one another."""


def named(path: Path) -> str:
    return str(path.relative_to(ROOT))


def requirements_in(lock: Path) -> list[str]:
    """The requirements with their continuation lines joined, without comments."""
    lines = [line for line in lock.read_text().splitlines() if line.strip() and not line.lstrip().startswith("#")]
    return re.split(r"\n(?=\S)", "\n".join(lines))


def versions_in(lock: Path) -> dict[str, str]:
    pins = [PIN.match(requirement) for requirement in requirements_in(lock)]
    return {pin["name"].lower(): pin["version"] for pin in pins if pin}


def test_there_is_a_lock_for_everything_that_is_installed() -> None:
    assert {named(lock) for lock in LOCKS} == {
        "local/requirements.txt", "local/uv.txt", "requirements-dev.txt", "requirements.txt", "runtime/requirements.txt",
    }  # fmt: skip


@pytest.mark.parametrize("lock", LOCKS, ids=named)
def test_every_requirement_is_pinned_and_has_hashes(lock: Path) -> None:
    loose = [r for r in requirements_in(lock) if not PIN.match(r) or not SHA256.search(r)]

    assert loose == []


@pytest.mark.parametrize("lock", LOCKS, ids=named)
def test_what_we_ask_for_is_asked_for_exactly_and_is_what_is_locked(lock: Path) -> None:
    wanted = versions_in(lock.with_suffix(".in"))

    assert {name: versions_in(lock).get(name) for name in wanted} == wanted


def test_one_package_has_one_version_wherever_it_is_installed() -> None:
    versions: defaultdict[str, set[str]] = defaultdict(set)
    for lock in LOCKS:
        for name, version in versions_in(lock).items():
            versions[name].add(version)

    assert {name: found for name, found in versions.items() if len(found) > 1 and name not in MAY_DIFFER} == {}


def test_the_bundle_is_locked_without_what_lambda_brings() -> None:
    assert versions_in(ROOT / "runtime" / "requirements.txt").keys() & LAMBDA_BRINGS == set()


def test_node_packages_are_pinned_exactly_and_locked_with_integrity() -> None:
    package: dict[str, Any] = json.loads((ROOT / "package.json").read_text())
    locked: dict[str, Any] = json.loads((ROOT / "package-lock.json").read_text())["packages"]

    assert {name: version for name, version in package["devDependencies"].items() if not EXACT.fullmatch(version)} == {}
    assert package.get("dependencies", {}) == {}
    for name, version in package["devDependencies"].items():
        assert (locked[f"node_modules/{name}"]["version"], "integrity" in locked[f"node_modules/{name}"]) == (version, True)


def test_the_bundle_is_built_for_the_python_of_this_repository() -> None:
    wanted = (ROOT / ".python-version").read_text().strip()

    assert ".".join(map(str, defaults.PYTHON)) == wanted
