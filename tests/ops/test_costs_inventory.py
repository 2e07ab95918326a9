"""What is counted of a stage's templates."""

from __future__ import annotations

from typing import Any

import pytest

from ops.costs.inventory import Part, inventory_of
from ops.permissions.assembly import Assembly, Resource
from stacks.config import STAGES


def resource(type_: str, *, stack: str = "hosting", **properties: Any) -> Resource:
    return Resource(stack=stack, id="Id", path="Path", type=f"AWS::{type_}", properties=properties)


def stat() -> dict[str, Any]:
    return {"Id": "m", "MetricStat": {"Metric": {}}}


def test_an_alarm_counts_the_metrics_that_its_expression_reads() -> None:
    plain = resource("CloudWatch::Alarm", MetricName="Errors")
    of_three = resource("CloudWatch::Alarm", Metrics=[{"Id": "rate", "Expression": "a+b+c"}, stat(), stat(), stat()])

    assert Part.of([plain, of_three]).alarm_metrics == 4


def test_public_addresses_are_those_of_nat_gateways_and_one_in_each_zone_of_a_public_balancer() -> None:
    public = resource("ElasticLoadBalancingV2::LoadBalancer", Scheme="internet-facing", Subnets=["a", "b"])
    private = resource("ElasticLoadBalancingV2::LoadBalancer", Scheme="internal", Subnets=["c", "d"])

    part = Part.of([resource("EC2::EIP"), public, private])

    assert (part.addresses, part.balancers) == (3, 2)


def test_interface_endpoints_count_in_each_zone_and_gateway_endpoints_not_at_all() -> None:
    inside = resource("EC2::VPCEndpoint", VpcEndpointType="Interface", SubnetIds=["a", "b"])
    gateway = resource("EC2::VPCEndpoint", VpcEndpointType="Gateway", RouteTableIds=["r"])

    assert Part.of([inside, inside, gateway]).endpoint_zones == 4


def test_a_password_that_rds_manages_is_a_secret() -> None:
    managed = resource("RDS::DBInstance", ManageMasterUserPassword=True)

    assert Part.of([managed, resource("RDS::DBInstance"), resource("SecretsManager::Secret")]).secrets == 2


def test_a_stage_that_does_not_make_its_own_hosting_is_refused_with_what_it_lacks() -> None:
    stage = Assembly(
        stage=STAGES["prod"],
        resources=(resource("ApiGatewayV2::Stage"),),
        exports={},
        parameters={},
        acknowledged=(),
    )

    with pytest.raises(ValueError, match=r"prod makes no .*AWS::RDS::DBInstance"):
        inventory_of(stage)
