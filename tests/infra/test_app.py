"""``app.py`` as the CDK CLI runs it: without credentials and without network, and with CloudFormation's own rules."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from stacks.config import STAGES
from tests.infra.support import CONTEXT, ROOT
from tests.infra.test_snapshots import COMPONENTS

pytestmark = pytest.mark.slow

CLOSED = "http://127.0.0.1:9"
"""A proxy that answers nobody: whatever asks the network fails."""

UNPACKED = Path.home() / ".cache" / "aws" / "jsii" / "package-cache"
"""Where the CDK keeps its unpacked libraries unless told otherwise: to unpack them takes longer than a synth."""

CHECK_RULES = """
import json, sys
from pathlib import Path
import aws_cdk as cdk
from aws_cdk import aws_lambda as lambda_
from stacks.config import STAGES
from tests.infra.support import CONTEXT, synthesise

bundle, folder = map(Path, sys.argv[1:])
for name, stage in STAGES.items():
    synthesise(stage, bundle, folder / name)
app = cdk.App(context=CONTEXT, outdir=str(folder / "careless"))
code = lambda_.Code.from_inline("def handle(event, context): ...")
lambda_.Function(
    cdk.Stack(app, "Careless"), "Function",
    runtime=lambda_.Runtime.PYTHON_3_13, handler="index.handle", code=code, environment={"Q": "one letter is no name"},
)
try:
    app.synth()
except RuntimeError:
    pass
"""
"""The rules take seconds to load, and so one process checks all stages, and a stack that breaks one of the rules."""


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home without any credentials."""
    return tmp_path_factory.mktemp("home")


def run(command: list[str], home: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run our Python in an environment that holds nothing but the way to Python and Node."""
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(home),
        "AWS_EC2_METADATA_DISABLED": "true",
        "JSII_RUNTIME_PACKAGE_CACHE_ROOT": str(UNPACKED),
        **dict.fromkeys(("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy"), CLOSED),
        **variables,
    }
    return subprocess.run(
        [sys.executable, *command], cwd=ROOT, env=environment, capture_output=True, text=True, timeout=300, check=False
    )


def run_app(stage: str, home: Path, out: Path) -> subprocess.CompletedProcess[str]:
    context = json.dumps({**CONTEXT, "stage": stage})
    return run(["app.py"], home, CDK_OUTDIR=str(out), CDK_CONTEXT_JSON=context, CDK_VALIDATION="false")


def reports_in(out: Path) -> list[Any]:
    reports: list[Any] = json.loads((out / "validation-report.json").read_text())["pluginReports"]
    return reports


@pytest.fixture(scope="module")
def checked(bundle: Path, home: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The assemblies of all stages and of a careless stack, checked against CloudFormation's rules."""
    folder = tmp_path_factory.mktemp("checked")
    done = run(["-c", CHECK_RULES, str(bundle), str(folder)], home, CDK_VALIDATION="true")
    assert done.returncode == 0, done.stderr
    return folder


@pytest.mark.parametrize("stage", STAGES)
def test_a_stage_is_synthesised_without_credentials_and_without_network(stage: str, home: Path, tmp_path: Path) -> None:
    done = run_app(stage, home, tmp_path)
    templates = {path.name.removesuffix(".template.json") for path in tmp_path.glob("*.template.json")}

    assert done.returncode == 0, done.stderr
    assert templates == {f"bbws-portal-{stage}-{component}" for component in COMPONENTS[stage]}


def test_an_unknown_stage_ends_with_the_stages_there_are(home: Path, tmp_path: Path) -> None:
    done = run_app("production", home, tmp_path)

    assert done.returncode != 0
    assert "'production' is no stage: use one of local, dev, sit, prod." in done.stderr


@pytest.mark.parametrize("stage", STAGES)
def test_a_stage_breaks_no_rule_of_cloudformation(stage: str, checked: Path) -> None:
    assert reports_in(checked / stage) == []


def test_the_rules_of_cloudformation_find_what_is_broken(checked: Path) -> None:
    (report,) = reports_in(checked / "careless")

    assert report["conclusion"] == "failure"
