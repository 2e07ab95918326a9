"""The bundle of all functions: small, precompiled, the same every time, and enough to import every handler with."""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from constructs.python_bundle import Target, build_bundle, construct, defaults
from constructs.python_bundle.construct import check_interpreter, fetch_dependencies
from tests.infra.support import ROOT, Synthesised

pytestmark = pytest.mark.slow

LAMBDA_PYTHON = ROOT / ".ministack" / "bin" / "python"
LAMBDA_BRINGS = ("boto3", "botocore", "s3transfer", "jmespath", "dateutil", "urllib3", "six.py")
UNCHECKED_HASH = 0b01
ELF_MACHINES = {62: "x86_64", 183: "aarch64"}

IMPORT_ALL = """
import json, sys
from importlib import import_module
sys.path[:0] = sys.argv[1:3]
failures = {}
for handler in sys.argv[3:]:
    module, _, name = handler.rpartition(".")
    try:
        if not callable(getattr(import_module(module), name)):
            failures[handler] = "is not callable"
    except BaseException as error:
        failures[handler] = repr(error)
print(json.dumps({"failures": failures, "files": sorted({
    module.__file__ for module in list(sys.modules.values()) if getattr(module, "__file__", None)})}))
"""
BUILD_AGAIN = """
import sys
from pathlib import Path
from constructs.python_bundle import Target, construct
construct.BUILD = Path(sys.argv[2])
print(construct.build_bundle(Target(sys.argv[1])))
"""


def build_folder(folder: Path, target: Target) -> Path:
    """A build folder of its own with nothing in it but the dependencies, so that nobody's bundle is replaced."""
    dependencies = fetch_dependencies(target)
    (folder / dependencies.name).symlink_to(dependencies)
    return folder


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> dict[Target, Path]:
    bundles = {}
    for target in Target:
        with pytest.MonkeyPatch.context() as patch:
            folder = build_folder(tmp_path_factory.mktemp(target.value), target)
            patch.setattr(construct, "BUILD", folder)
            bundles[target] = build_bundle(target)
    return bundles


@pytest.fixture(params=Target, ids=lambda target: str(target.value))
def target(request: pytest.FixtureRequest) -> Target:
    chosen: Target = request.param
    return chosen


@pytest.fixture
def archive(target: Target, built: dict[Target, Path]) -> zipfile.ZipFile:
    return zipfile.ZipFile(built[target])


@pytest.fixture(scope="module")
def unpacked(built: dict[Target, Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("unpacked")
    with zipfile.ZipFile(built[Target.HOST]) as archive:
        archive.extractall(folder)
    return folder


@pytest.fixture(scope="module")
def lambda_libraries(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What Lambda's runtime has beside the standard library, and nothing more."""
    folder = tmp_path_factory.mktemp("lambda")
    (packages,) = (ROOT / ".ministack").glob("lib/python3.*/site-packages")
    for name in LAMBDA_BRINGS:
        (folder / name).symlink_to(packages / name)
    return folder


def test_every_handler_of_every_stage_imports_from_the_bundle_alone(
    portals: dict[str, Synthesised], unpacked: Path, lambda_libraries: Path, tmp_path: Path
) -> None:
    handlers = sorted(
        {f.properties["Handler"] for portal in portals.values() for f in portal.resources("AWS::Lambda::Function")}
    )
    # -I and -S: no folder of its own, no environment variable and no site-packages brings anything along.
    command = [str(LAMBDA_PYTHON), "-I", "-S", "-c", IMPORT_ALL, str(unpacked), str(lambda_libraries), *handlers]
    done = subprocess.run(command, cwd=tmp_path, env={}, capture_output=True, text=True, timeout=120, check=True)
    report = json.loads(done.stdout)
    strangers = [file for file in report["files"] if "site-packages" in file or str(ROOT) in file]

    assert len(handlers) > len(portals)
    assert report["failures"] == {}
    assert strangers == []


def test_the_zip_stays_within_its_budget(target: Target, built: dict[Target, Path]) -> None:
    assert built[target].stat().st_size <= 9_000_000
    assert defaults.MAX_ZIPPED_BYTES == 9_000_000


def test_all_bytecode_is_current_and_never_checked_against_the_zip_s_dates(archive: zipfile.ZipFile) -> None:
    wrong = []
    for name in (name for name in archive.namelist() if name.endswith(".py")):
        compiled = Path(name).parent / "__pycache__" / f"{Path(name).stem}.{sys.implementation.cache_tag}.pyc"
        header = archive.read(str(compiled))[:16]
        current = importlib.util.MAGIC_NUMBER + UNCHECKED_HASH.to_bytes(4, "little")
        if header != current + importlib.util.source_hash(archive.read(name)):
            wrong.append(name)

    assert wrong == []


def test_no_bytecode_is_without_its_source(archive: zipfile.ZipFile) -> None:
    sources = {name for name in archive.namelist() if name.endswith(".py")}
    compiled = {Path(name) for name in archive.namelist() if name.endswith(".pyc")}

    assert {f"{path.parent.parent / path.name.split('.')[0]}.py" for path in compiled} == sources


def test_what_lambda_brings_is_not_in_the_bundle(archive: zipfile.ZipFile) -> None:
    top = {name.split("/")[0] for name in archive.namelist()}

    assert top & {*LAMBDA_BRINGS, "moto", "pytest", "aws_cdk", "constructs", "stacks", "local", "tests"} == set()


def test_no_test_and_no_tool_of_the_packages_is_in_the_bundle(archive: zipfile.ZipFile) -> None:
    unwanted = [
        name
        for name in archive.namelist()
        if {"tests", "test", "bin"} & set(Path(name).parts[:-1]) or Path(name).name.startswith(("test_", "conftest"))
    ]

    assert unwanted == []


def test_the_whole_runtime_is_in_the_bundle(archive: zipfile.ZipFile) -> None:
    sources = {str(path.relative_to(ROOT)) for path in (ROOT / "runtime").rglob("*.py")}

    assert {name for name in archive.namelist() if name.startswith("runtime/") and name.endswith(".py")} == sources


def test_building_again_gives_the_same_bytes_on_any_machine(target: Target, built: dict[Target, Path], tmp_path: Path) -> None:
    folder = build_folder(tmp_path, target)
    command = [sys.executable, "-c", BUILD_AGAIN, target.value, str(folder)]
    environment = {**os.environ, "PYTHONHASHSEED": "7", "PYTHONPATH": str(ROOT), "TZ": "Pacific/Auckland"}
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=True)
    again = Path(done.stdout.strip())

    assert again.name == built[target].name
    assert again.read_bytes() == built[target].read_bytes()


def test_a_bundle_that_is_there_is_not_built_again(
    target: Target, built: dict[Target, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    before = built[target].stat()
    monkeypatch.setattr(construct, "BUILD", built[target].parent)

    assert build_bundle(target) == built[target]
    assert built[target].stat() == before


@pytest.mark.parametrize(("target", "machines"), [(Target.LAMBDA, {"aarch64"}), (Target.HOST, {os.uname().machine})])
def test_shared_objects_are_for_the_processor_the_bundle_runs_on(machines: set[str], archive: zipfile.ZipFile) -> None:
    objects = [name for name in archive.namelist() if ".so" in Path(name).suffixes]
    found = {int.from_bytes(archive.read(name)[18:20], "little") for name in objects}

    assert {ELF_MACHINES[machine] for machine in found} == machines


def test_what_another_python_compiled_is_not_to_be_deployed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(defaults, "PYTHON", (3, 99))

    with pytest.raises(RuntimeError, match=r"compiled by Python 3\.99: install it .* and run make clean setup"):
        check_interpreter()
