"""Builds the one zip that all functions share: dependencies and ``runtime/``, precompiled, without Docker.

The CDK dates the files of a zip 1980, so that ordinary ``.pyc`` files would be stale in Lambda and everything compiled anew at
each cold start. Bytecode with unchecked hashes is never stale (PEP 552). The zip is kept under its content's key, and building
it again with unchanged content costs a hash.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import zipfile
from enum import Enum
from hashlib import sha256
from pathlib import Path

from constructs.python_bundle import defaults

ROOT = Path(__file__).resolve().parents[2]
RUNTIME = ROOT / "runtime"
BUILD = ROOT / ".build"
EPOCH = (1980, 1, 1, 0, 0, 0)


class Target(Enum):
    """Where the bundle runs: on this machine, as the local cloud does, or on Lambda's Graviton."""

    HOST = "host"
    LAMBDA = "lambda"


def build_bundle(target: Target) -> Path:
    """Give the path of the bundle's zip, building what is missing.

    Dependencies are fetched once for each state of ``runtime/requirements.txt``; after that no network is used.
    """
    dependencies = fetch_dependencies(target)
    sources = sorted(path for path in RUNTIME.rglob("*.py") if "__pycache__" not in path.parts)
    contents = [sha256(path.read_bytes()).hexdigest() + str(path.relative_to(ROOT)) for path in sources]
    key = _key(dependencies.name, *contents)
    archive = BUILD / f"bundle-{target.value}-{key}.zip"
    if not archive.exists():
        for old in BUILD.glob(f"bundle-{target.value}-*.zip"):
            old.unlink(missing_ok=True)
        _pack(archive, dependencies, sources)
    return archive


def check_interpreter() -> None:
    """Raise RuntimeError, with the mend, unless this interpreter's bytecode is what Lambda runs.

    A bundle built by another one works, but Lambda compiles it again at each cold start; it is not to be deployed.
    """
    if sys.version_info[:2] != defaults.PYTHON:
        wanted = ".".join(map(str, defaults.PYTHON))
        raise RuntimeError(
            f"A bundle for Lambda is compiled by Python {wanted}: install it (pyenv install {wanted}) and run make clean setup."
        )


def fetch_dependencies(target: Target) -> Path:
    """Give the folder of the installed and compiled dependencies, fetching them if ``runtime/requirements.txt`` has changed."""
    requirements = RUNTIME / "requirements.txt"
    key = _key(target.value, sys.version, requirements.read_text(), Path(__file__).with_name("defaults.py").read_text())
    folder = BUILD / f"dependencies-{target.value}-{key}"
    if folder.exists():
        return folder
    BUILD.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(dir=BUILD) as scratch:
        staged = Path(scratch) / "dependencies"
        command = [sys.executable, "-m", "uv", "pip", "install", "--quiet", "--target", str(staged), "--only-binary", ":all:"]
        command += ["--require-hashes", "--no-deps", "-r", str(requirements)]
        if target is Target.LAMBDA:
            command += ["--python-version", ".".join(map(str, defaults.PYTHON)), "--python-platform", defaults.ARM64_PLATFORM]
        subprocess.run(command, check=True, env={**os.environ, "UV_NO_PROGRESS": "1"})  # noqa: S603 - our own arguments
        _prune(staged)
        _compile(staged)
        for old in BUILD.glob(f"dependencies-{target.value}-*"):
            shutil.rmtree(old)
        staged.rename(folder)
    return folder


def _prune(folder: Path) -> None:
    for name in defaults.LEFT_OUT:
        for found in list(folder.rglob(name)):
            if found.is_dir():
                shutil.rmtree(found)
            else:
                found.unlink(missing_ok=True)
    (folder / ".lock").unlink(missing_ok=True)


def _compile(folder: Path) -> None:
    """Compile in a process of its own, because bytecode also depends on what else the process that writes it has loaded."""
    command = [sys.executable, "-I", "-m", "compileall", "-q", "-s", str(folder), "--invalidation-mode", "unchecked-hash"]
    subprocess.run([*command, str(folder)], check=True)  # noqa: S603 - our own arguments


def _pack(archive: Path, dependencies: Path, sources: list[Path]) -> None:
    """Zip with fixed dates and order, so that equal content gives an equal file."""
    with tempfile.TemporaryDirectory(dir=BUILD) as scratch:
        staged = Path(scratch) / "bundle"
        for source in sources:
            copied = staged / source.relative_to(ROOT)
            copied.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source, copied)
        _compile(staged)
        packed = Path(scratch) / archive.name
        with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as bundle:
            for base in (dependencies, staged):
                for path in sorted(path for path in base.rglob("*") if path.is_file()):
                    entry = zipfile.ZipInfo(str(path.relative_to(base)), EPOCH)
                    entry.external_attr, entry.compress_type = 0o644 << 16, zipfile.ZIP_DEFLATED
                    bundle.writestr(entry, path.read_bytes())
        packed.rename(archive)


def _key(*parts: str) -> str:
    return sha256("\n".join(parts).encode()).hexdigest()[:16]
