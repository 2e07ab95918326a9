"""AWS's solution and serverless checks over every stage; what they find and we accept is said where it is found."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_sqs as sqs
from cdk_nag import AwsSolutionsChecks, ServerlessChecks

from stacks.config import STAGES
from stacks.portal import Portal
from tests.infra.support import CONTEXT

METADATA = "aws:cdk:acknowledged-rules"
OF_THE_CDK = {"CloudFormation-Validate::W3010"}
"""What the CDK accepts by itself: the names of zones in a template, which it wrote there."""


@dataclass(frozen=True, kw_only=True)
class Acknowledged:
    """A finding accepted at a construct."""

    path: str
    rule: str
    reason: str

    def answers(self, finding: tuple[str, str]) -> bool:
        path, rule = finding
        return rule == self.rule and (path == self.path or path.startswith(f"{self.path}/"))


def checked(app: cdk.App) -> cdk.App:
    cdk.Validations.of(app).add_plugins(AwsSolutionsChecks(app, verbose=True), ServerlessChecks(app, verbose=True))
    return app


def report_of(folder: Path) -> list[Any]:
    reports: list[Any] = json.loads((folder / "validation-report.json").read_text())["pluginReports"]
    return reports


def findings_in(folder: Path) -> set[tuple[str, str]]:
    """What the checks found: where, and which rule."""
    return {
        (construct["constructPath"], violation["ruleName"])
        for report in report_of(folder)
        for violation in report["violations"]
        for construct in violation["violatingConstructs"]
    }


def metadata_in(folder: Path, type_: str) -> Iterator[tuple[str, Any]]:
    """What the CDK wrote down about constructs: where, and what."""
    for file in folder.glob("*.metadata.json"):
        for path, entries in json.loads(file.read_text()).items():
            yield from ((path.removeprefix("/"), entry["data"]) for entry in entries if entry["type"] == type_)


def acknowledged_in(folder: Path) -> list[Acknowledged]:
    """What we have accepted."""
    return [
        Acknowledged(path=path, rule=rule.removeprefix("Annotation::"), reason=reason)
        for path, reasons in metadata_in(folder, METADATA)
        for rule, reason in reasons.items()
        if rule not in OF_THE_CDK
    ]


@pytest.fixture(scope="module", params=STAGES)
def stage_name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def stage(stage_name: str, bundle: Path, tmp_path_factory: pytest.TempPathFactory) -> cdk.App:
    """The stage as it is, checked."""
    app = checked(cdk.App(context=CONTEXT, outdir=str(tmp_path_factory.mktemp("stage"))))
    Portal(app, stage=STAGES[stage_name], bundle=bundle)
    app.synth()
    return app


@pytest.fixture(scope="module")
def acknowledged(stage: cdk.App) -> list[Acknowledged]:
    return acknowledged_in(Path(stage.outdir))


@pytest.fixture(scope="module")
def bare_findings(stage_name: str, bundle: Path, tmp_path_factory: pytest.TempPathFactory) -> set[tuple[str, str]]:
    """What the checks find when nothing is accepted."""
    folder = tmp_path_factory.mktemp("bare")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(cdk.Validations, "acknowledge", lambda *_: None)
        app = checked(cdk.App(context=CONTEXT, outdir=str(folder)))
        Portal(app, stage=STAGES[stage_name], bundle=bundle)
    with pytest.raises(RuntimeError, match="ValidationFailed"):
        app.synth()
    return findings_in(folder)


def test_the_stage_passes_every_check_without_error_or_warning(stage: cdk.App) -> None:
    assert report_of(Path(stage.outdir)) == []


def test_every_acknowledgement_has_a_reason_in_a_sentence(acknowledged: list[Acknowledged]) -> None:
    assert [a.path for a in acknowledged if len(a.reason.split()) < 6 or not a.reason.endswith(".")] == []


def test_every_acknowledgement_is_about_one_resource(stage: cdk.App, acknowledged: list[Acknowledged]) -> None:
    resources = {path for path, _ in metadata_in(Path(stage.outdir), "aws:cdk:logicalId")}
    wide = [a.path for a in acknowledged if resources.isdisjoint((a.path, f"{a.path}/Resource", f"{a.path}/Default"))]

    assert wide == []
    assert [entry for entry in stage.node.metadata if entry.type == METADATA] == []


def test_every_acknowledgement_answers_exactly_one_finding(
    acknowledged: list[Acknowledged], bare_findings: set[tuple[str, str]]
) -> None:
    idle = [(a.path, a.rule) for a in acknowledged if len([f for f in bare_findings if a.answers(f)]) != 1]

    assert idle == []


def test_the_checks_find_what_is_neither_right_nor_accepted(tmp_path: Path) -> None:
    app = checked(cdk.App(context=CONTEXT, outdir=str(tmp_path)))
    sqs.Queue(cdk.Stack(app, "Careless"), "Queue")

    with pytest.raises(RuntimeError, match="ValidationFailed"):
        app.synth()

    rules = ("AwsSolutions-SQS3", "AwsSolutions-SQS4", "Serverless-SQSRedrivePolicy")
    assert findings_in(tmp_path) == {("Careless/Queue/Resource", rule) for rule in rules}
