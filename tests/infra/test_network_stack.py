"""The network: what can reach what, worked out from routes and security groups rather than from names."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.infra.support import Json, Resource, Synthesised

IN_THE_NETWORK = {
    "GetSiteHealth", "ListSitePlugins", "UpdateSitePlugin", "ToggleSitePlugin", "SiteCreation", "SiteUpdate", "SiteDeletion",
    "health-refresher",
}  # fmt: skip
"""The functions that call WordPress or start tasks; nobody else has to be inside."""

KINDS = ("public", "tasks", "functions", "storage")
ANYWHERE = "0.0.0.0/0"

WAYS = {
    ("anywhere", "PublicBalancer", 443),
    ("anywhere", "PublicBalancer", 80),
    ("PublicBalancer", "Sites", 8080),
    ("PrivateBalancer", "Sites", 8080),
    ("Functions", "PrivateBalancer", 443),
    ("Functions", "Endpoints", 443),
    ("Sites", "Database", 3306),
    ("Maintenance", "Database", 3306),
    ("Sites", "Files", 2049),
    ("Maintenance", "Files", 2049),
}
"""Every way in that there is: from, to, port."""


def in_network(portal: Synthesised, type_: str) -> list[Resource]:
    return portal.resources(type_, component="network")


def kind_of(portal: Synthesised, id_: str) -> str:
    """The kind of a subnet or route table, by the name that people see."""
    tags = {tag["Key"]: tag["Value"] for tag in portal.templates["network"]["Resources"][id_]["Properties"]["Tags"]}
    (kind,) = (kind for kind in KINDS if kind in tags["Name"])
    return kind


def groups(portal: Synthesised) -> dict[str, str]:
    """The security groups: what they are called here, by their ids."""
    return {group.id: group.id[:-8] for group in in_network(portal, "AWS::EC2::SecurityGroup")}


def named(portal: Synthesised, value: Any) -> str:
    return groups(portal)[value["Fn::GetAtt"][0]]


def routes(portal: Synthesised) -> set[tuple[str, str]]:
    """Each kind of subnet with what its routes lead to."""
    return {
        (kind_of(portal, route.properties["RouteTableId"]["Ref"]), target)
        for route in in_network(portal, "AWS::EC2::Route")
        for target in ("GatewayId", "NatGatewayId")
        if target in route.properties
    }


def function_names(portal: Synthesised) -> dict[str, Resource]:
    return {
        str(function.properties["FunctionName"]).removeprefix(f"{portal.stage.prefix}-"): function
        for function in portal.resources("AWS::Lambda::Function")
    }


def test_visitors_come_in_by_the_internet_gateway_and_tasks_go_out_by_nat_and_nobody_else_does(
    cloud_portal: Synthesised,
) -> None:
    assert routes(cloud_portal) == {("public", "GatewayId"), ("tasks", "NatGatewayId")}


def test_these_are_all_the_ways_in(cloud_portal: Synthesised) -> None:
    inside = {
        (
            named(cloud_portal, rule.properties["SourceSecurityGroupId"]),
            named(cloud_portal, rule.properties["GroupId"]),
            rule.properties["ToPort"],
        )
        for rule in in_network(cloud_portal, "AWS::EC2::SecurityGroupIngress")
    }
    from_anywhere = {
        ("anywhere", group.id[:-8], rule["ToPort"])
        for group in in_network(cloud_portal, "AWS::EC2::SecurityGroup")
        for rule in group.properties.get("SecurityGroupIngress", [])
        if rule["CidrIp"] == ANYWHERE
    }

    assert inside | from_anywhere == WAYS


def test_every_way_in_is_for_one_port(cloud_portal: Synthesised) -> None:
    rules = [rule.properties for rule in in_network(cloud_portal, "AWS::EC2::SecurityGroupIngress")]

    assert {rule["FromPort"] == rule["ToPort"] and rule["IpProtocol"] == "tcp" for rule in rules} == {True}


def test_only_tasks_may_go_out_as_they_like(cloud_portal: Synthesised) -> None:
    free = {
        group.id[:-8]
        for group in in_network(cloud_portal, "AWS::EC2::SecurityGroup")
        for rule in group.properties.get("SecurityGroupEgress", [])
        if rule["CidrIp"] == ANYWHERE and rule["IpProtocol"] == "-1"
    }

    assert free == {"Sites", "Maintenance"}


def test_functions_reach_dynamodb_by_a_door_that_opens_to_this_stage_s_table_only(cloud_portal: Synthesised) -> None:
    (door,) = (
        e for e in in_network(cloud_portal, "AWS::EC2::VPCEndpoint") if "dynamodb" in json.dumps(e.properties["ServiceName"])
    )
    (statement,) = door.properties["PolicyDocument"]["Statement"]
    named_ = [resource["Fn::Join"][1][-1] for resource in statement["Resource"]]

    assert {kind_of(cloud_portal, table["Ref"]) for table in door.properties["RouteTableIds"]} == {"functions"}
    assert named_ == [f":table/{cloud_portal.stage.prefix}", f":table/{cloud_portal.stage.prefix}/index/*"]


def test_doors_to_other_services_stand_where_functions_are_and_open_to_resources_of_this_account(
    cloud_portal: Synthesised,
) -> None:
    doors = [
        e.properties
        for e in in_network(cloud_portal, "AWS::EC2::VPCEndpoint")
        if e.properties["VpcEndpointType"] == "Interface"
    ]
    own = {"StringEquals": {"aws:ResourceAccount": {"Ref": "AWS::AccountId"}}}

    assert {door["ServiceName"].rpartition(".")[2] for door in doors} == {"ecs", "kms", "sqs"}
    for door in doors:
        assert {kind_of(cloud_portal, subnet["Ref"]) for subnet in door["SubnetIds"]} == {"functions"}
        assert [statement["Condition"] for statement in door["PolicyDocument"]["Statement"]] == [own]


def test_doors_take_no_name_from_sites_that_call_the_same_services_for_their_owners(cloud_portal: Synthesised) -> None:
    doors = [
        e.properties
        for e in in_network(cloud_portal, "AWS::EC2::VPCEndpoint")
        if e.properties["VpcEndpointType"] == "Interface"
    ]

    assert [door["PrivateDnsEnabled"] for door in doors] == [False] * len(doors)


def test_these_functions_are_in_the_network_and_no_others(cloud_portal: Synthesised) -> None:
    inside = {name for name, function in function_names(cloud_portal).items() if "VpcConfig" in function.properties}

    assert {name for name in inside if name.removeprefix("api-").removeprefix("operations-") in IN_THE_NETWORK} == inside
    assert len(inside) == len(IN_THE_NETWORK)


def test_a_function_in_the_network_is_in_the_subnets_without_a_way_out_and_finds_the_doors(cloud_portal: Synthesised) -> None:
    for function in function_names(cloud_portal).values():
        if "VpcConfig" not in function.properties:
            continue
        variables = function.properties["Environment"]["Variables"]
        subnets = [cloud_portal.exported(subnet)["Ref"] for subnet in function.properties["VpcConfig"]["SubnetIds"]]
        (group,) = function.properties["VpcConfig"]["SecurityGroupIds"]

        assert {kind_of(cloud_portal, subnet) for subnet in subnets} == {"functions"}
        assert named(cloud_portal, cloud_portal.exported(group)) == "Functions"
        assert {name for name in variables if name.startswith("AWS_ENDPOINT_URL")} == {
            "AWS_ENDPOINT_URL_ECS", "AWS_ENDPOINT_URL_KMS", "AWS_ENDPOINT_URL_SQS",
        }  # fmt: skip


def test_a_service_is_found_at_the_name_of_its_own_door(cloud_portal: Synthesised) -> None:
    def service_at(value: Json) -> str:
        # https:// + the second half of "zone:name", out of the first of a door's entries
        (select,) = (part for part in value["Fn::Join"][1] if isinstance(part, dict))
        text = json.dumps(cloud_portal.resolved(select))
        (door,) = (e for e in in_network(cloud_portal, "AWS::EC2::VPCEndpoint") if f'"{e.id}"' in text)
        return str(door.properties["ServiceName"]).rpartition(".")[2]

    variables = cloud_portal.function("SiteCreation").properties["Environment"]["Variables"]

    assert [service_at(variables[f"AWS_ENDPOINT_URL_{name}"]) for name in ("ECS", "KMS", "SQS")] == ["ecs", "kms", "sqs"]


def test_what_was_refused_is_logged(cloud_portal: Synthesised) -> None:
    (log,) = in_network(cloud_portal, "AWS::EC2::FlowLog")

    assert (log.properties["TrafficType"], log.properties["ResourceType"]) == ("REJECT", "VPC")


@pytest.mark.parametrize(("stage", "ways_out"), [("dev", 1), ("sit", 1), ("prod", 2)])
def test_prod_has_a_way_out_in_each_zone(stage: str, ways_out: int, portals: dict[str, Synthesised]) -> None:
    assert len(in_network(portals[stage], "AWS::EC2::NatGateway")) == ways_out


def test_the_local_stage_has_no_network_and_its_functions_are_in_none(portals: dict[str, Synthesised]) -> None:
    local = portals["local"]

    assert [resource for resource in local.resources() if resource.type.startswith("AWS::EC2::")] == []
    assert [f for f in local.resources("AWS::Lambda::Function") if "VpcConfig" in f.properties] == []
