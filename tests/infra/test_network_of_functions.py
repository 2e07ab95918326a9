"""A function in a network: what that takes, and that its own code may not use it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest
from aws_cdk import Duration, RemovalPolicy
from aws_cdk import aws_ec2 as ec2

from constructs.batch_consumer import BatchConsumer, DeadLetterQueue
from constructs.hateoas_endpoint import HateoasEndpoint
from constructs.portal_function import Network, PortalFunction
from tests.infra import synthetic
from tests.infra.support import Json, Resource, make_bed, resources_of, statements_of

INTERFACES = [
    "ec2:AssignPrivateIpAddresses",
    "ec2:CreateNetworkInterface",
    "ec2:DeleteNetworkInterface",
    "ec2:DescribeNetworkInterfaces",
    "ec2:DescribeSubnets",
    "ec2:UnassignPrivateIpAddresses",
]
NAMES = {"Endpoint": "ReadThing", "Consumer": "Consumer", "Plain": "plain"}


@dataclass(frozen=True, kw_only=True)
class Functions:
    """The template of a bed with a function of each kind in a network, and one outside of it."""

    template: Json

    def one(self, id_: str, type_: str) -> Resource:
        (resource,) = (resource for resource in resources_of(self.template, type_) if resource.id.startswith(id_))
        return resource

    def function(self, id_: str) -> Json:
        return self.one(id_, "AWS::Lambda::Function").properties

    def statements(self, id_: str) -> dict[str, Json]:
        return {statement["Sid"]: statement for statement in statements_of(self.one(id_, "AWS::IAM::Role"))}


@pytest.fixture(scope="module")
def functions(bundle: Path, tmp_path_factory: pytest.TempPathFactory) -> Functions:
    bed = make_bed(bundle, tmp_path_factory.mktemp("network"), alarms=False)
    vpc = ec2.Vpc.from_vpc_attributes(bed.stack, "Vpc", vpc_id="vpc-1", availability_zones=["eu-west-1a"])
    subnet = ec2.Subnet.from_subnet_attributes(bed.stack, "Subnet", subnet_id="subnet-1", availability_zone="eu-west-1a")
    network = Network(
        vpc=vpc,
        subnets=ec2.SubnetSelection(subnets=[subnet]),
        security_group=ec2.SecurityGroup.from_security_group_id(bed.stack, "Group", "sg-1"),
        environment={"AWS_ENDPOINT_URL_KMS": "https://kms.example"},
    )
    HateoasEndpoint(bed.stack, "Endpoint", api=bed.api, route=synthetic.ROLES, network=network)
    BatchConsumer(
        bed.stack,
        "Consumer",
        queue_name="bed-consumer",
        handler="tests.infra.synthetic.consume",
        timeout=Duration.seconds(100),
        dead_letters=DeadLetterQueue(
            bed.stack, "Dead", queue_name="bed-dlq", removal_policy=RemovalPolicy.DESTROY, alarms=None
        ),
        alarms=None,
        runtime=bed.api.runtime,
        network=network,
    )
    for id_, where in (("Plain", network), ("Outside", None)):
        PortalFunction(bed.stack, id_, runtime=bed.api.runtime, name=id_.lower(), handler="a.b", description="c", network=where)
    return Functions(template=bed.template())


@pytest.mark.parametrize("id_", NAMES)
def test_a_function_runs_in_the_subnets_with_the_security_group_and_knows_the_ways_from_there(
    id_: str, functions: Functions
) -> None:
    function = functions.function(id_)

    assert function["VpcConfig"] == {"SubnetIds": ["subnet-1"], "SecurityGroupIds": ["sg-1"]}
    assert function["Environment"]["Variables"]["AWS_ENDPOINT_URL_KMS"] == "https://kms.example"


@pytest.mark.parametrize("id_", NAMES)
def test_lambda_may_keep_its_network_interfaces_and_its_code_may_not(id_: str, functions: Functions) -> None:
    statements = functions.statements(id_)
    allowed, denied = statements["NetworkInterfaces"], statements["NotByCode"]

    assert (allowed["Effect"], allowed["Action"], allowed["Resource"]) == ("Allow", INTERFACES, "*")
    assert (denied["Effect"], denied["Action"], denied["Resource"]) == ("Deny", INTERFACES, "*")
    assert denied["Condition"].keys() == {"ArnEquals"}
    arn = denied["Condition"]["ArnEquals"]["lambda:SourceFunctionArn"]["Fn::Join"][1]
    assert arn[-1] == f":lambda:eu-west-1:111111111111:function:bed-api-{NAMES[id_]}"


@pytest.mark.parametrize("id_", NAMES)
def test_a_role_in_a_network_has_no_managed_policy(id_: str, functions: Functions) -> None:
    assert functions.one(id_, "AWS::IAM::Role").properties.get("ManagedPolicyArns", []) == []


def test_outside_of_a_network_nothing_of_it_is_there(functions: Functions) -> None:
    assert "VpcConfig" not in functions.function("Outside")
    assert functions.statements("Outside").keys() == {"OwnLog", "Traces"}
