"""Building the image: what is asked of Docker, what is handed on, and what somebody without Docker is told."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import pytest

from local.settings import ROOT

REPOSITORY = "registry.example/bbws-wordpress"
DIGEST = f"sha256:{'7' * 64}"
TOOLS = ("bash", "cat", "date", "dirname", "git", "mktemp", "rm", "sed")
DOCKER = """#!/bin/bash
echo "$*" >>'{calls}'
case "$1 $2" in
  "info "|"buildx version") exit {known} ;;
  "buildx build") while [ "$1" != --metadata-file ]; do shift; done; echo '{metadata}' >"$2"; echo "what docker says" ;;
esac
"""


@pytest.fixture
def programs(tmp_path: Path) -> Path:
    """A PATH with what the script needs, but for Docker."""
    folder = tmp_path / "programs"
    folder.mkdir()
    for tool in TOOLS:
        (folder / tool).symlink_to(shutil.which(tool) or tool)
    return folder


def offer_docker(programs: Path, *, known: int = 0, metadata: str = "{}") -> Path:
    """Put a Docker there that writes down what it is asked, and where it does."""
    calls = programs.parent / "calls"
    (programs / "docker").write_text(DOCKER.format(calls=calls, known=known, metadata=metadata))
    (programs / "docker").chmod(0o755)
    return calls


def build(programs: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = ["bash", str(ROOT / "ops" / "image.sh"), *arguments]
    environ = {"PATH": str(programs), "HOME": str(programs.parent)}
    return subprocess.run(command, env=environ, capture_output=True, text=True, check=False)


def test_what_was_pushed_is_the_only_thing_printed(programs: Path) -> None:
    calls = offer_docker(programs, metadata=json.dumps({"buildx.build.ref": "x", "containerimage.digest": DIGEST}, indent=1))

    done = build(programs, REPOSITORY)

    assert (done.returncode, done.stdout) == (0, f"{REPOSITORY}@{DIGEST}\n"), done.stderr
    asked = calls.read_text().splitlines()[-1].split()
    assert asked[:2] == ["buildx", "build"]
    assert asked[asked.index("--platform") + 1] == "linux/arm64"
    assert asked[asked.index("--tag") + 1].startswith(f"{REPOSITORY}:")
    assert "--push" in asked
    assert asked[-1] == "wordpress"


def test_a_push_without_a_digest_is_a_failure(programs: Path) -> None:
    offer_docker(programs)

    done = build(programs, REPOSITORY)

    assert (done.returncode, done.stdout) == (1, "")
    assert "did not say under which digest" in done.stderr


def test_who_has_no_docker_is_told_so(programs: Path) -> None:
    done = build(programs, REPOSITORY)

    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("Docker is missing: install it")


def test_who_cannot_use_docker_is_told_so(programs: Path) -> None:
    offer_docker(programs, known=1)

    assert build(programs, REPOSITORY).stderr.startswith("Docker's plugin buildx is missing")


def test_the_repository_has_to_be_named(programs: Path) -> None:
    offer_docker(programs)

    done = build(programs)

    assert done.returncode == 1
    assert done.stderr.startswith("Name the repository that takes the image")
