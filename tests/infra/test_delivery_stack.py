"""Who may deploy: one environment of one repository, and only by what the CDK's bootstrap made for it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest

from stacks.config import STAGES, Stage
from stacks.delivery_stack import DeliveryStack
from tests.infra.support import CONTEXT, Json, Resource, resources_of, statements_of, strings_in

GITHUB = "token.actions.githubusercontent.com"
PROVIDER = "arn:aws:iam::111111111111:oidc-provider/token.actions.githubusercontent.com"


def stage_of(name: str, **differences: Any) -> Stage:
    return replace(STAGES[name], account="111111111111", repository="bbws/portal", **differences)


def template_of(stage: Stage, folder: Path) -> Json:
    app = cdk.App(context=CONTEXT, outdir=str(folder))
    stack = DeliveryStack(app, stage=stage)
    template: Json = app.synth().get_stack_by_name(stack.stack_name).template
    return template


@pytest.fixture(scope="module")
def dev(tmp_path_factory: pytest.TempPathFactory) -> Json:
    return template_of(stage_of("dev"), tmp_path_factory.mktemp("dev"))


@pytest.fixture(scope="module")
def prod(tmp_path_factory: pytest.TempPathFactory) -> Json:
    return template_of(stage_of("prod"), tmp_path_factory.mktemp("prod"))


def role(template: Json, name: str) -> Resource:
    (found,) = (r for r in resources_of(template, "AWS::IAM::Role") if r.properties["RoleName"] == name)
    return found


def statement(template: Json, role_name: str, sid: str) -> Json:
    (found,) = (s for s in statements_of(role(template, role_name)) if s["Sid"] == sid)
    return found


def roles_taken_on(template: Json, role_name: str, sid: str) -> list[str]:
    resources = statement(template, role_name, sid)["Resource"]
    arns = resources if isinstance(resources, list) else [resources]
    return ["".join(strings_in(arn["Fn::Join"][1])).partition(":role/")[2] for arn in arns]


@pytest.mark.parametrize(("name", "environment"), [("deploy", "prod"), ("drift", "prod-drift")])
def test_a_role_trusts_one_environment_of_one_repository(prod: Json, name: str, environment: str) -> None:
    (trust,) = role(prod, f"bbws-portal-prod-{name}").properties["AssumeRolePolicyDocument"]["Statement"]

    assert (trust["Effect"], trust["Action"]) == ("Allow", "sts:AssumeRoleWithWebIdentity")
    assert trust["Principal"] == {"Federated": {"Ref": resources_of(prod, "AWS::IAM::OIDCProvider")[0].id}}
    assert trust["Condition"] == {
        "StringEquals": {
            f"{GITHUB}:aud": "sts.amazonaws.com",
            f"{GITHUB}:sub": f"repo:bbws/portal:environment:{environment}",
        }
    }


def test_a_session_ends_after_an_hour(dev: Json) -> None:
    assert {r.properties["MaxSessionDuration"] for r in resources_of(dev, "AWS::IAM::Role")} == {3600}


def test_the_deployer_may_take_on_the_roles_of_the_bootstrap_push_images_and_nothing_else(dev: Json) -> None:
    assert [s["Sid"] for s in statements_of(role(dev, "bbws-portal-dev-deploy"))] == ["CdkRoles", "PushImage", "ImageToken"]
    assert roles_taken_on(dev, "bbws-portal-dev-deploy", "CdkRoles") == [
        f"cdk-hnb659fds-{purpose}-role-111111111111-eu-west-1"
        for purpose in ("deploy", "file-publishing", "image-publishing", "lookup")
    ]
    images = resources_of(dev, "AWS::ECR::Repository")[0]
    assert statement(dev, "bbws-portal-dev-deploy", "PushImage")["Resource"] == {"Fn::GetAtt": [images.id, "Arn"]}


def test_the_deployer_reaches_the_recovery_region_of_a_stage_that_has_one(prod: Json) -> None:
    regions = {name.rpartition("111111111111-")[2] for name in roles_taken_on(prod, "bbws-portal-prod-deploy", "CdkRoles")}

    assert regions == {"eu-west-1", "eu-central-1"}


def test_the_observer_may_only_look(dev: Json) -> None:
    assert [s["Sid"] for s in statements_of(role(dev, "bbws-portal-dev-drift"))] == ["CdkLookupRole"]
    assert roles_taken_on(dev, "bbws-portal-dev-drift", "CdkLookupRole") == ["cdk-hnb659fds-lookup-role-111111111111-eu-west-1"]


def test_no_role_is_named_by_a_pattern(prod: Json) -> None:
    taken_on = [s for r in resources_of(prod, "AWS::IAM::Role") for s in statements_of(r) if s["Action"] == "sts:AssumeRole"]

    assert len(taken_on) == 2
    assert [text for s in taken_on for text in strings_in(s["Resource"]) if "*" in text] == []


def test_the_provider_is_made_without_a_function_of_the_cdk_s(dev: Json) -> None:
    (provider,) = resources_of(dev, "AWS::IAM::OIDCProvider")

    assert provider.properties["Url"] == f"https://{GITHUB}"
    assert provider.properties["ClientIdList"] == ["sts.amazonaws.com"]
    assert resources_of(dev, "AWS::Lambda::Function") == []


def test_a_provider_that_the_account_has_is_taken(tmp_path: Path) -> None:
    template = template_of(stage_of("sit", oidc_provider_arn=PROVIDER), tmp_path)

    trusts = [r.properties["AssumeRolePolicyDocument"]["Statement"][0] for r in resources_of(template, "AWS::IAM::Role")]
    assert resources_of(template, "AWS::IAM::OIDCProvider") == []
    assert [trust["Principal"] for trust in trusts] == [{"Federated": PROVIDER}] * 2


def test_a_repository_with_immutable_ids_is_trusted_as_github_writes_it(tmp_path: Path) -> None:
    stage = replace(stage_of("dev"), repository="bbws@123456/portal@456789")

    (trust,) = role(template_of(stage, tmp_path), "bbws-portal-dev-deploy").properties["AssumeRolePolicyDocument"]["Statement"]

    assert trust["Condition"]["StringEquals"][f"{GITHUB}:sub"] == "repo:bbws@123456/portal@456789:environment:dev"


@pytest.mark.parametrize("repository", [None, "", "portal", "bbws/*", "bbws/portal:ref", "https://github.com/bbws/portal"])
def test_what_is_no_repository_is_refused_with_the_mend(repository: str | None) -> None:
    stage = replace(stage_of("dev"), repository=repository)

    with pytest.raises(ValueError, match=r"is no GitHub repository: write owner/name, or owner@id/name@id\.$"):
        DeliveryStack(cdk.App(), stage=stage)


def test_an_image_is_scanned_encrypted_and_never_another_under_the_same_tag(dev: Json) -> None:
    images = resources_of(dev, "AWS::ECR::Repository")[0].properties

    assert images["RepositoryName"] == "bbws-portal-dev-wordpress"
    assert images["ImageTagMutability"] == "IMMUTABLE"
    assert images["ImageScanningConfiguration"] == {"ScanOnPush": True}
    assert images["EncryptionConfiguration"] == {"EncryptionType": "KMS"}


def test_images_outlive_their_stack_where_data_is_kept(dev: Json, prod: Json) -> None:
    here, there = (resources_of(template, "AWS::ECR::Repository")[0] for template in (dev, prod))

    assert (here.body["DeletionPolicy"], here.properties["EmptyOnDelete"]) == ("Delete", True)
    assert (there.body["DeletionPolicy"], there.body["UpdateReplacePolicy"]) == ("Retain", "Retain")
