"""HateoasEndpoint: what one line of the API stack comes to."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import pytest
from aws_cdk import Duration
from aws_cdk import aws_iam as iam

from constructs.hateoas_endpoint import HateoasEndpoint
from constructs.hateoas_endpoint.defaults import Throttle
from constructs.portal_table import Read, Write
from tests.infra import synthetic
from tests.infra.support import Bed, Json, Resource, listed, make_bed, resources_of, statements_of

TEN = Counter(
    {
        "AWS::ApiGatewayV2::Integration": 1,
        "AWS::ApiGatewayV2::Route": 1,
        "AWS::CloudWatch::Alarm": 2,
        "AWS::CodeDeploy::DeploymentGroup": 1,
        "AWS::IAM::Role": 1,
        "AWS::Lambda::Alias": 1,
        "AWS::Lambda::Function": 1,
        "AWS::Lambda::Version": 1,
        "AWS::Logs::LogGroup": 1,
    }
)
ON_AWS = Counter(
    ["AWS::CodeDeploy::DeploymentGroup", "AWS::Lambda::Alias", "AWS::Lambda::Version", *["AWS::CloudWatch::Alarm"] * 2]
)
"""What an endpoint has only where alarms are evaluated and could stop new code."""

EXTRA = iam.PolicyStatement(sid="Extra", actions=["kms:GenerateMac"], resources=["arn:aws:kms:eu-west-1:1:key/k"])


@dataclass(frozen=True, kw_only=True)
class Endpoints:
    """The template of a bed with one endpoint of each kind."""

    bed: Bed
    template: Json

    def of(self, id_: str, type_: str | None = None) -> list[Resource]:
        return [resource for resource in resources_of(self.template, type_) if resource.id.startswith(id_)]

    def one(self, id_: str, type_: str) -> Resource:
        (resource,) = self.of(id_, type_)
        return resource

    def statements(self, id_: str) -> dict[str, Json]:
        return {statement["Sid"]: statement for statement in statements_of(self.one(id_, "AWS::IAM::Role"))}


@pytest.fixture(scope="module")
def endpoints(bundle: Path, tmp_path_factory: pytest.TempPathFactory) -> Endpoints:
    bed = make_bed(bundle, tmp_path_factory.mktemp("endpoints"))
    api, table = bed.api, bed.table
    HateoasEndpoint(
        bed.stack, "Reader", api=api, route=synthetic.ROLES, table=table, reads={Read.ITEM}, timeout=Duration.seconds(7)
    )
    HateoasEndpoint(
        bed.stack,
        "Lister",
        api=api,
        route=synthetic.MANY[0],
        table=table,
        reads={Read.GSI2},
        latency_ms=3000,
        throttle=Throttle(per_second=5, burst=6),
    )
    HateoasEndpoint(
        bed.stack,
        "Writer",
        api=api,
        route=synthetic.SIGNED_IN,
        table=table,
        reads={Read.QUERY, Read.GSI1},
        writes={Write.PUT, Write.CHECK},
        statements=[EXTRA],
        environment={"LIMIT": "3"},
    )
    HateoasEndpoint(bed.stack, "Public", api=api, route=synthetic.PUBLIC)
    HateoasEndpoint(bed.stack, "Anything", api=api, route=synthetic.DEFAULT)
    return Endpoints(bed=bed, template=bed.template())


@pytest.mark.parametrize("id_", ["Reader", "Lister", "Writer", "Public", "Anything"])
def test_an_endpoint_is_exactly_these_ten_resources(id_: str, endpoints: Endpoints) -> None:
    assert Counter(resource.type for resource in endpoints.of(id_)) == TEN


def test_without_alarms_an_endpoint_is_five_resources_and_nothing_takes_over(bundle: Path, tmp_path: Path) -> None:
    bed = make_bed(bundle, tmp_path, alarms=False)
    HateoasEndpoint(bed.stack, "Public", api=bed.api, route=synthetic.PUBLIC)
    types = Counter(resource.type for resource in resources_of(bed.template()) if resource.id.startswith("Public"))

    assert types == TEN - ON_AWS


def test_endpoints_share_one_invoke_role_and_need_no_permissions(endpoints: Endpoints) -> None:
    integrations = resources_of(endpoints.template, "AWS::ApiGatewayV2::Integration")
    roles = {integration.properties["CredentialsArn"]["Fn::GetAtt"][0] for integration in integrations}

    assert len(integrations) == 5
    assert len(roles) == 1
    assert resources_of(endpoints.template, "AWS::Lambda::Permission") == []


def test_reading_one_item_does_not_allow_queries(endpoints: Endpoints) -> None:
    assert endpoints.statements("Reader")["Table"]["Action"] == "dynamodb:GetItem"


def test_reading_an_index_goes_to_that_index_only(endpoints: Endpoints) -> None:
    statements = endpoints.statements("Lister")
    (table,) = resources_of(endpoints.template, "AWS::DynamoDB::Table")

    assert statements.keys() == {"OwnLog", "Traces", "GSI2"}
    assert statements["GSI2"]["Action"] == "dynamodb:Query"
    assert statements["GSI2"]["Resource"] == {"Fn::Join": ["", [{"Fn::GetAtt": [table.id, "Arn"]}, "/index/GSI2"]]}


def test_a_role_has_the_declared_verbs_and_no_others(endpoints: Endpoints) -> None:
    statements = endpoints.statements("Writer")

    assert {sid: sorted(listed(statement["Action"])) for sid, statement in statements.items()} == {
        "OwnLog": ["logs:CreateLogStream", "logs:PutLogEvents"],
        "Traces": ["xray:PutTelemetryRecords", "xray:PutTraceSegments"],
        "GSI1": ["dynamodb:Query"],
        "Table": ["dynamodb:ConditionCheckItem", "dynamodb:PutItem", "dynamodb:Query"],
        "Extra": ["kms:GenerateMac"],
    }


def test_without_a_table_a_role_may_only_log_and_trace(endpoints: Endpoints) -> None:
    assert endpoints.statements("Public").keys() == {"OwnLog", "Traces"}


@pytest.mark.parametrize("id_", ["Reader", "Lister", "Writer", "Public"])
def test_only_x_ray_which_has_no_resources_gets_the_wildcard(id_: str, endpoints: Endpoints) -> None:
    wild = {sid for sid, statement in endpoints.statements(id_).items() if "*" in listed(statement["Resource"])}

    assert wild == {"Traces"}


def test_a_function_writes_to_its_own_log_only(endpoints: Endpoints) -> None:
    group = endpoints.one("Reader", "AWS::Logs::LogGroup")

    assert endpoints.statements("Reader")["OwnLog"]["Resource"] == {"Fn::GetAtt": [group.id, "Arn"]}
    assert endpoints.one("Reader", "AWS::Lambda::Function").properties["LoggingConfig"]["LogGroup"] == {"Ref": group.id}
    assert group.properties["RetentionInDays"] == 7


def test_a_role_has_no_managed_policy_and_is_lambda_s_alone(endpoints: Endpoints) -> None:
    role = endpoints.one("Reader", "AWS::IAM::Role").properties

    assert role.get("ManagedPolicyArns", []) == []
    assert role["AssumeRolePolicyDocument"]["Statement"][0]["Principal"] == {"Service": "lambda.amazonaws.com"}


def test_a_function_is_traced_bounded_and_runs_the_bundle_on_graviton(endpoints: Endpoints) -> None:
    function = endpoints.one("Reader", "AWS::Lambda::Function").properties

    assert function["TracingConfig"] == {"Mode": "Active"}
    assert function["Timeout"] == 7
    assert function["Architectures"] == ["arm64"]
    assert (function["Runtime"], function["Handler"]) == ("python3.13", synthetic.ROLES.handler)


def test_a_function_has_ten_seconds_unless_told_otherwise(endpoints: Endpoints) -> None:
    assert endpoints.one("Writer", "AWS::Lambda::Function").properties["Timeout"] == 10


def test_a_function_knows_its_stage_its_table_and_what_it_is_given(endpoints: Endpoints) -> None:
    (table,) = resources_of(endpoints.template, "AWS::DynamoDB::Table")
    variables = endpoints.one("Writer", "AWS::Lambda::Function").properties["Environment"]["Variables"]

    assert variables == {
        "POWERTOOLS_LOG_LEVEL": "INFO",
        "STAGE": "bed",
        "TABLE_NAME": {"Ref": table.id},
        "LIMIT": "3",
    }


@pytest.mark.parametrize("id_", ["Reader", "Writer"])
def test_a_route_that_is_not_public_asks_for_a_token(id_: str, endpoints: Endpoints) -> None:
    (authorizer,) = resources_of(endpoints.template, "AWS::ApiGatewayV2::Authorizer")
    route = endpoints.one(id_, "AWS::ApiGatewayV2::Route").properties

    assert (route["AuthorizationType"], route["AuthorizerId"]) == ("JWT", {"Ref": authorizer.id})


@pytest.mark.parametrize("id_", ["Public", "Anything"])
def test_a_public_route_asks_for_none(id_: str, endpoints: Endpoints) -> None:
    route = endpoints.one(id_, "AWS::ApiGatewayV2::Route").properties

    assert (route["AuthorizationType"], route.get("AuthorizerId")) == ("NONE", None)


def test_a_route_leads_to_its_function_with_the_second_payload_format(endpoints: Endpoints) -> None:
    integration = endpoints.one("Reader", "AWS::ApiGatewayV2::Integration")
    alias = endpoints.one("Reader", "AWS::Lambda::Alias")
    route = endpoints.one("Reader", "AWS::ApiGatewayV2::Route").properties

    assert route["RouteKey"] == "GET /tenants/{tenantId}/things/{thingId}"
    assert route["Target"] == {"Fn::Join": ["", ["integrations/", {"Ref": integration.id}]]}
    assert integration.properties["IntegrationUri"] == {"Ref": alias.id}
    assert alias.properties["FunctionName"] == {"Ref": endpoints.one("Reader", "AWS::Lambda::Function").id}
    assert integration.properties["PayloadFormatVersion"] == "2.0"


def test_public_routes_and_those_with_a_limit_of_their_own_are_throttled_apart(endpoints: Endpoints) -> None:
    (stage,) = resources_of(endpoints.template, "AWS::ApiGatewayV2::Stage")
    limits = {
        key: (settings["ThrottlingRateLimit"], settings["ThrottlingBurstLimit"])
        for key, settings in stage.properties["RouteSettings"].items()
    }

    assert limits == {synthetic.MANY[0].key: (5, 6), synthetic.PUBLIC.key: (10, 20), "$default": (10, 20)}


def test_a_limit_of_its_own_does_not_cost_a_route_its_metrics(endpoints: Endpoints) -> None:
    (stage,) = resources_of(endpoints.template, "AWS::ApiGatewayV2::Stage")

    assert [key for key, settings in stage.properties["RouteSettings"].items() if not settings["DetailedMetricsEnabled"]] == []


def test_the_gateway_s_stage_waits_for_the_routes_it_names(endpoints: Endpoints) -> None:
    (stage,) = resources_of(endpoints.template, "AWS::ApiGatewayV2::Stage")
    named = {endpoints.one(id_, "AWS::ApiGatewayV2::Route").id for id_ in ("Lister", "Public", "Anything")}

    assert set(stage.body["DependsOn"]) == named


def test_an_endpoint_that_may_take_longer_alarms_later(endpoints: Endpoints) -> None:
    thresholds = {alarm.properties["Threshold"] for alarm in endpoints.of("Lister", "AWS::CloudWatch::Alarm")}

    assert thresholds == {1, 3000}


def test_an_endpoint_exposes_what_it_made(bundle: Path, tmp_path: Path) -> None:
    bed = make_bed(bundle, tmp_path)
    made = HateoasEndpoint(bed.stack, "Reader", api=bed.api, route=synthetic.ROLES)

    assert made.http_route.route_key == synthetic.ROLES.key
    assert made.integration.integration_type == "AWS_PROXY"
    assert made.function.name == "bed-api-ReadThing"
    assert [alarm.node.id for alarm in made.alarms] == ["FaultAlarm", "LatencyAlarm"]
    assert bed.api.routes == [synthetic.ROLES]
