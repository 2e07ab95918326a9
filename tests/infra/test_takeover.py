"""How new code takes over: by an alias, step by step where the stage is gradual, and back when an alarm rings meanwhile."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest

from constructs.hateoas_endpoint import HateoasEndpoint
from constructs.hateoas_endpoint import defaults as endpoint_defaults
from constructs.portal_alarm import defaults as alarm_defaults
from constructs.portal_function import PortalFunction, defaults
from constructs.portal_table import Read
from stacks.config import STAGES
from stacks.portal_stack import PortalStack
from tests.infra import synthetic
from tests.infra.support import CONTEXT, Json, Resource, Synthesised, listed, make_bed, resources_of, statements_of, strings_in

CALLERS = {
    "AWS::ApiGatewayV2::Integration",
    "AWS::Events::Rule",
    "AWS::Lambda::EventSourceMapping",
    "AWS::Lambda::Permission",
}
TELL_MINUTES = 2
"""What metrics and alarms take beyond the periods they look at."""


def named(portal: Synthesised, type_: str) -> dict[tuple[str, str], Resource]:
    """The resources of a type by their stack and id."""
    return {(resource.stack, resource.id): resource for resource in portal.resources(type_)}


def function_of(alias: Resource) -> tuple[str, str]:
    return alias.stack, str(alias.properties["FunctionName"]["Ref"])


def group_of(portal: Synthesised, alias: Resource) -> Resource:
    """The deployment group that moves an alias; all of one stack are of one application."""
    update = alias.body["UpdatePolicy"]["CodeDeployLambdaAliasUpdate"]
    groups = portal.resources("AWS::CodeDeploy::DeploymentGroup", component=alias.stack)
    (group,) = (g for g in groups if g.properties["DeploymentGroupName"] == update["DeploymentGroupName"])
    assert group.properties["ApplicationName"] == update["ApplicationName"]
    return group


def mentions(value: object, ids: set[str]) -> bool:
    return not ids.isdisjoint(strings_in(value))


# --- the alias


def test_every_function_on_aws_has_one_alias_that_leads_to_its_newest_version(cloud_portal: Synthesised) -> None:
    aliases = list(named(cloud_portal, "AWS::Lambda::Alias").values())
    versions = named(cloud_portal, "AWS::Lambda::Version")

    assert sorted(map(function_of, aliases)) == sorted(named(cloud_portal, "AWS::Lambda::Function"))
    for alias in aliases:
        version = versions[alias.stack, alias.properties["FunctionVersion"]["Fn::GetAtt"][0]]
        assert (alias.properties["Name"], version.properties["FunctionName"]) == ("live", alias.properties["FunctionName"])


def test_whatever_calls_a_function_on_aws_calls_its_alias(cloud_portal: Synthesised) -> None:
    callers = [caller for type_ in CALLERS for caller in cloud_portal.resources(type_)]
    functions, aliases = (
        {id_ for _, id_ in named(cloud_portal, type_)} for type_ in ("AWS::Lambda::Function", "AWS::Lambda::Alias")
    )

    assert [str(caller) for caller in callers if mentions(caller.properties, functions)] == []
    assert {caller.type for caller in callers if mentions(caller.properties, aliases)} == CALLERS


def test_old_versions_go_because_the_account_s_room_for_code_is_limited(cloud_portal: Synthesised) -> None:
    assert {v.body.get("DeletionPolicy", "Delete") for v in cloud_portal.resources("AWS::Lambda::Version")} == {"Delete"}


def test_the_local_stage_calls_functions_themselves(portals: dict[str, Synthesised]) -> None:
    local = portals["local"]

    assert local.resources("AWS::Lambda::Alias") == local.resources("AWS::CodeDeploy::Application") == []


# --- the version


def version_of(folder: Path, bundle: Path, *, gradual: bool = True, **options: Any) -> str:
    bed = make_bed(bundle, folder, gradual=gradual)
    HateoasEndpoint(bed.stack, "Reader", api=bed.api, route=synthetic.ROLES, table=bed.table, **options)
    (version,) = resources_of(bed.template(), "AWS::Lambda::Version")
    return version.id


@pytest.fixture(scope="module")
def version(bundle: Path, tmp_path_factory: pytest.TempPathFactory) -> str:
    return version_of(tmp_path_factory.mktemp("version"), bundle)


def test_new_code_is_a_new_version(version: str, tmp_path: Path) -> None:
    other = tmp_path / "other.zip"
    with zipfile.ZipFile(other, "w") as archive:
        archive.writestr(zipfile.ZipInfo("other.py"), "")

    assert version_of(tmp_path / "out", other) != version


def test_a_new_setting_is_a_new_version(version: str, bundle: Path, tmp_path: Path) -> None:
    assert version_of(tmp_path, bundle, environment={"LIMIT": "3"}) != version


def test_what_is_no_code_and_no_setting_of_the_function_makes_no_version(version: str, bundle: Path, tmp_path: Path) -> None:
    assert version_of(tmp_path, bundle, reads={Read.ITEM}, latency_ms=3000, gradual=False) == version


# --- how it moves


def test_every_alias_is_moved_by_a_deployment_group_of_its_own_that_is_there_before(cloud_portal: Synthesised) -> None:
    aliases = list(named(cloud_portal, "AWS::Lambda::Alias").values())
    groups = {(group := group_of(cloud_portal, alias)).stack + group.id for alias in aliases}

    assert len(groups) == len(aliases) == len(cloud_portal.resources("AWS::CodeDeploy::DeploymentGroup"))
    assert [str(a) for a in aliases if group_of(cloud_portal, a).id not in a.body["DependsOn"]] == []


def test_one_application_and_one_role_serve_all_functions_of_a_stack(cloud_portal: Synthesised) -> None:
    stacks = {function.stack for function in cloud_portal.resources("AWS::Lambda::Function")}
    shared = {
        (group.stack, group.properties["ApplicationName"]["Ref"], group.properties["ServiceRoleArn"]["Fn::GetAtt"][0])
        for group in cloud_portal.resources("AWS::CodeDeploy::DeploymentGroup")
    }

    assert {stack for stack, _, _ in shared} == stacks
    assert len(shared) == len(cloud_portal.resources("AWS::CodeDeploy::Application")) == len(stacks)


def test_one_call_in_ten_tries_new_code_for_fifteen_minutes_where_the_stage_is_gradual(cloud_portal: Synthesised) -> None:
    paces = {g.properties["DeploymentConfigName"] for g in cloud_portal.resources("AWS::CodeDeploy::DeploymentGroup")}
    gradually, at_once = "CodeDeployDefault.LambdaCanary10Percent15Minutes", "CodeDeployDefault.LambdaAllAtOnce"

    assert paces == {gradually if cloud_portal.stage.gradual else at_once}
    assert cloud_portal.stage.gradual == (cloud_portal.stage.name in {"sit", "prod"})


def test_a_deployment_that_fails_or_is_stopped_gives_way_to_the_old_code(cloud_portal: Synthesised) -> None:
    for group in cloud_portal.resources("AWS::CodeDeploy::DeploymentGroup"):
        rollback = group.properties["AutoRollbackConfiguration"]

        assert rollback["Enabled"] is True
        assert {"DEPLOYMENT_FAILURE", "DEPLOYMENT_STOP_ON_REQUEST"} <= set(rollback["Events"])
        assert ("DEPLOYMENT_STOP_ON_ALARM" in rollback["Events"]) == cloud_portal.stage.gradual


def test_the_alarm_on_a_function_s_own_faults_stops_its_new_code(cloud_portal: Synthesised) -> None:
    alarms = named(cloud_portal, "AWS::CloudWatch::Alarm")

    for alias in named(cloud_portal, "AWS::Lambda::Alias").values():
        watched = group_of(cloud_portal, alias).properties["AlarmConfiguration"]
        ((alarm,), function) = watched["Alarms"], function_of(alias)[1]
        series = alarms[alias.stack, alarm["Name"]["Ref"]].properties["Metrics"]
        own = [query for query in series if mentions(query, {function})]
        assert watched["Enabled"] == cloud_portal.stage.gradual
        assert {query["MetricStat"]["Metric"]["MetricName"] for query in own} >= {"Throttles"}
        assert {query["MetricStat"]["Metric"]["MetricName"] for query in series if "MetricStat" in query} & {"5xx", "Errors"}


def test_the_shift_lasts_until_an_alarm_can_ring() -> None:
    """The first period counts from when it has more faults than the alarm suffers; after it, it takes whole periods."""
    period = endpoint_defaults.ALARM_PERIOD_SECONDS / 60
    noticed = period * endpoint_defaults.FAULT_PERCENT / defaults.CANARY_PERCENT
    endpoints = noticed + period * endpoint_defaults.DATAPOINTS + TELL_MINUTES
    others = alarm_defaults.PERIOD.to_minutes() * alarm_defaults.EVALUATIONS + TELL_MINUTES

    assert endpoint_defaults.FAULT_PERCENT < defaults.CANARY_PERCENT
    assert max(endpoints, others) <= defaults.CANARY_MINUTES


def test_codedeploy_may_move_the_aliases_of_its_stack_and_look_at_alarms(cloud_portal: Synthesised) -> None:
    roles = {
        group.stack: group.properties["ServiceRoleArn"]["Fn::GetAtt"][0]
        for group in cloud_portal.resources("AWS::CodeDeploy::DeploymentGroup")
    }

    for stack, id_ in roles.items():
        role = named(cloud_portal, "AWS::IAM::Role")[stack, id_]
        statements: dict[str, Json] = {statement["Sid"]: statement for statement in statements_of(role)}
        (functions,) = listed(statements["MoveAliases"]["Resource"])
        trusted = role.properties["AssumeRolePolicyDocument"]["Statement"][0]["Principal"]
        assert trusted == {"Service": "codedeploy.amazonaws.com"}
        assert role.properties.get("ManagedPolicyArns", []) == []
        assert {sid: statement["Action"] for sid, statement in statements.items()} == {
            "MoveAliases": ["lambda:GetAlias", "lambda:GetProvisionedConcurrencyConfig", "lambda:UpdateAlias"],
            "WatchAlarms": "cloudwatch:DescribeAlarms",
        }
        assert functions["Fn::Join"][1][-1].endswith(f":function:{cloud_portal.stage.prefix}-{stack}-*")


def test_code_that_mends_what_an_alarm_rings_for_goes_round_it(bundle: Path, tmp_path: Path) -> None:
    app = cdk.App(context={**CONTEXT, "at-once": "true"}, outdir=str(tmp_path))
    stack = PortalStack(app, stage=STAGES["prod"], component="mended", description="What alarms ring for")
    runtime = stack.functions(bundle)

    PortalFunction(stack, "Mended", runtime=runtime, name="mended", handler="a.b", description="c").roll_back_on("rings")
    template = app.synth().get_stack_by_name(stack.stack_name).template
    (group,) = resources_of(template, "AWS::CodeDeploy::DeploymentGroup")

    assert group.properties["DeploymentConfigName"] == "CodeDeployDefault.LambdaAllAtOnce"
    assert group.properties["AlarmConfiguration"] == {"Alarms": [{"Name": "rings"}], "Enabled": False}
