"""The stages: one typed configuration each, and nothing secret in what comes of it."""

from __future__ import annotations

import re
from dataclasses import FrozenInstanceError, fields

import pytest
from aws_cdk import aws_logs as logs

from constructs.python_bundle import Target
from stacks.config import STAGES, Stage, stage_named
from stacks.hosting_config import Hosting
from tests.infra.support import Synthesised, strings_in

SECRET = re.compile(
    r"(?:AKIA|ASIA)[0-9A-Z]{16}"  # access keys
    r"|-----BEGIN"  # private keys
    r"|eyJ[A-Za-z0-9_-]{10,}\."  # tokens
    r"|\{\{resolve:ssm:"  # parameters that end up readable in the function
    r"|://[^/\s:@]+:[^/\s@]+@"  # passwords in addresses
)
NAMED_LIKE_A_SECRET = re.compile(r"PASSWORD|SECRET|TOKEN|CREDENTIAL|API_?KEY|PRIVATE", re.IGNORECASE)
NAMES = {"DashboardName", "FunctionName", "LogGroupName", "QueueName", "TableName", "TopicName", "UserPoolName"}
REFERENCES = {"TOKEN_KEY_ID"}
"""Variables that sound like secrets and hold an ARN."""


def test_there_are_four_stages_and_each_knows_its_name() -> None:
    assert {name: stage.name for name, stage in STAGES.items()} == {name: name for name in ("local", "dev", "sit", "prod")}


@pytest.mark.parametrize("name", ["production", "", "PROD", "dev "])
def test_an_unknown_stage_is_refused_with_those_there_are(name: str) -> None:
    with pytest.raises(ValueError, match=f"^{name!r} is no stage: use one of local, dev, sit, prod.$"):
        stage_named(name)


def test_a_stage_does_not_change() -> None:
    with pytest.raises(FrozenInstanceError):
        STAGES["prod"].keep_data = False  # type: ignore[misc]


@pytest.mark.parametrize("stage", STAGES.values(), ids=STAGES)
def test_every_setting_of_a_stage_has_its_declared_type(stage: Stage) -> None:
    types: dict[str, type | tuple[type, ...]] = {
        "str": str,
        "str | None": (str, type(None)),
        "bool": bool,
        "int": int,
        "tuple[str, ...]": tuple,
        "Target": Target,
        "Hosting | None": (Hosting, type(None)),
        "logs.RetentionDays": logs.RetentionDays,
    }
    wrong = [field.name for field in fields(stage) if not isinstance(getattr(stage, field.name), types[str(field.type)])]

    assert wrong == []


def test_passwords_over_the_api_and_the_host_s_bundle_are_for_local_only() -> None:
    assert {name for name, stage in STAGES.items() if stage.test_sign_in} == {"local"}
    assert {name for name, stage in STAGES.items() if stage.target is Target.HOST} == {"local"}


def test_invitations_are_limited_to_ten_a_minute_and_to_a_thousand_in_local(portal: Synthesised) -> None:
    variables = portal.function("CreateInvitation").properties["Environment"]["Variables"]

    assert variables["INVITATIONS_PER_MINUTE"] == ("1000" if portal.stage.name == "local" else "10")


def test_no_account_is_written_into_a_cloud_stage() -> None:
    assert {name: stage.account for name, stage in STAGES.items() if name != "local"} == {
        "dev": None,
        "sit": None,
        "prod": None,
    }


def test_the_names_of_two_stages_never_meet(portals: dict[str, Synthesised]) -> None:
    names = [
        (resource.type, value)
        for portal in portals.values()
        for resource in portal.resources()
        for key, value in resource.properties.items()
        if key in NAMES and isinstance(value, str)
    ]

    assert len(names) == len(set(names))


def test_templates_hold_no_secret(portal: Synthesised) -> None:
    assert [text for text in strings_in(portal.templates) if SECRET.search(text)] == []


def test_no_variable_of_a_function_is_a_secret(portal: Synthesised) -> None:
    suspects = {
        f"{function}: {name}": value
        for function in portal.resources("AWS::Lambda::Function")
        for name, value in function.properties["Environment"]["Variables"].items()
        if NAMED_LIKE_A_SECRET.search(name) and not (name in REFERENCES and isinstance(value, dict))
    }

    assert suspects == {}


def test_the_app_client_has_no_secret_because_a_browser_could_not_keep_it(portal: Synthesised) -> None:
    assert portal.resource("AWS::Cognito::UserPoolClient").properties.get("GenerateSecret", False) is False


def test_no_output_is_a_secret(portal: Synthesised) -> None:
    outputs = {name for template in portal.templates.values() for name in template.get("Outputs", {})}

    of_hosting = {"BackupsFileSystem", "DatabaseHost", "DatabaseSecret", "SitesAddress", "SitesFileSystem"}

    assert {name for name in outputs if not name.startswith("ExportsOutput")} == {
        "AgentKeyId", "ApiId", "ApiUrl", "ClientId", "CreationQueueUrl", "DeadLetterQueueUrl", "DeletionQueueUrl",
        "EventBusName", "TableName", "UpdateQueueUrl", "UserPoolId", *(of_hosting if portal.stage.hosting else ()),
    }  # fmt: skip


def test_the_one_output_with_secret_in_its_name_is_where_the_secret_is(cloud_portal: Synthesised) -> None:
    value = cloud_portal.templates["storage"]["Outputs"]["DatabaseSecret"]["Value"]

    assert value["Fn::GetAtt"][1] == "MasterUserSecret.SecretArn"
