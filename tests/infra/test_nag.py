"""AWS's solution checks over every stage; what they find and we accept is said at the one construct it is about."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_sqs as sqs
from cdk_nag import AwsSolutionsChecks

from stacks.config import STAGES
from stacks.portal import Portal
from tests.infra.support import CONTEXT

METADATA = "aws:cdk:acknowledged-rules"


@dataclass(frozen=True, kw_only=True)
class Acknowledged:
    """A finding accepted at a construct."""

    construct: Any
    rule: str
    reason: str

    @cached_property
    def path(self) -> str:
        return str(self.construct.node.path)

    def answers(self, finding: tuple[str, str]) -> bool:
        path, rule = finding
        return rule == self.rule and (path == self.path or path.startswith(f"{self.path}/"))


def checked(app: cdk.App) -> cdk.App:
    cdk.Validations.of(app).add_plugins(AwsSolutionsChecks(app, verbose=True))
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


def acknowledged_in(app: cdk.App) -> Iterator[Acknowledged]:
    for construct in app.node.find_all():
        for entry in construct.node.metadata:
            if entry.type == METADATA:
                for rule, reason in entry.data.items():
                    yield Acknowledged(construct=construct, rule=rule.removeprefix("Annotation::"), reason=reason)


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
    return list(acknowledged_in(stage))


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


def test_every_acknowledgement_is_about_one_resource(acknowledged: list[Acknowledged]) -> None:
    wide = [a.path for a in acknowledged if not isinstance(a.construct.node.default_child or a.construct, cdk.CfnResource)]

    assert wide == []


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

    assert findings_in(tmp_path) == {("Careless/Queue/Resource", rule) for rule in ("AwsSolutions-SQS3", "AwsSolutions-SQS4")}
