"""What each endpoint may do with the table, written down a second time: a wider grant has to be meant twice."""

from __future__ import annotations

import pytest

from runtime.catalogue import ROUTES
from tests.infra.support import Json, Resource, Synthesised, listed, statements_of

GRANTS = {
    "GetEntry": {"table": "BatchGetItem GetItem", "GSI2": "Query"},
    "Unknown": {},
    "ListInvitations": {"table": "GetItem Query", "GSI2": "Query"},
    "CreateInvitation": {"table": "BatchGetItem ConditionCheckItem GetItem PutItem UpdateItem"},
    "GetInvitation": {"table": "BatchGetItem"},
    "CancelInvitation": {"table": "BatchGetItem DeleteItem PutItem"},
    "ResendInvitation": {"table": "BatchGetItem ConditionCheckItem DeleteItem GetItem PutItem UpdateItem"},
    "AcceptInvitation": {"table": "BatchGetItem ConditionCheckItem DeleteItem GetItem PutItem"},
    "DeclineInvitation": {"table": "BatchGetItem ConditionCheckItem DeleteItem GetItem PutItem"},
    "ListSites": {"table": "BatchGetItem GetItem Query", "GSI1": "Query", "GSI2": "Query"},
    "CreateSite": {"table": "BatchGetItem ConditionCheckItem GetItem PutItem UpdateItem"},
    "GetSite": {"table": "BatchGetItem GetItem"},
    "UpdateSite": {"table": "BatchGetItem ConditionCheckItem GetItem PutItem UpdateItem"},
    "DeleteSite": {"table": "BatchGetItem ConditionCheckItem GetItem PutItem UpdateItem"},
    "RestoreSite": {"table": "BatchGetItem ConditionCheckItem GetItem PutItem UpdateItem"},
    "GetSiteHealth": {"table": "BatchGetItem GetItem PutItem UpdateItem"},
    "GetSiteStatus": {"table": "BatchGetItem GetItem"},
    "GetPlugin": {"table": "BatchGetItem PutItem"},
    "ListSitePlugins": {"table": "BatchGetItem GetItem"},
    "UpdateSitePlugin": {"table": "BatchGetItem ConditionCheckItem GetItem PutItem UpdateItem"},
    "ToggleSitePlugin": {"table": "BatchGetItem GetItem PutItem"},
    "CloneSite": {"table": "BatchGetItem ConditionCheckItem GetItem PutItem UpdateItem"},
    "PromoteSite": {"table": "BatchGetItem ConditionCheckItem GetItem PutItem UpdateItem"},
    "ListOperations": {"table": "BatchGetItem GetItem", "GSI1": "Query", "GSI2": "Query"},
    "GetOperation": {"table": "BatchGetItem GetItem"},
    "CancelOperation": {"table": "BatchGetItem ConditionCheckItem GetItem PutItem UpdateItem"},
    "RetryOperation": {"table": "BatchGetItem ConditionCheckItem GetItem PutItem UpdateItem"},
}
TOKENS = {"CreateInvitation", "ResendInvitation"}
"""The endpoints that derive invitation tokens."""

ASKS_SITES = {"GetSiteHealth", "ListSitePlugins", "UpdateSitePlugin", "ToggleSitePlugin"}
"""The endpoints that derive the secrets of site agents."""


def place_of(resource: Json) -> str:
    """The name of the index an ARN ends with, or table."""
    return str(resource["Fn::Join"][1][-1]).removeprefix("/index/") if "Fn::Join" in resource else "table"


def grants_of(role: Resource) -> dict[str, str]:
    return {
        place_of(resource): " ".join(sorted(action.removeprefix("dynamodb:") for action in listed(statement["Action"])))
        for statement in statements_of(role)
        for resource in listed(statement["Resource"])
        if listed(statement["Action"])[0].startswith("dynamodb:")
    }


def test_the_grants_of_every_endpoint_are_written_here() -> None:
    assert set(GRANTS) == {route.name for route in ROUTES}


@pytest.mark.parametrize("name", GRANTS)
def test_an_endpoint_has_exactly_these_verbs(name: str, portal: Synthesised) -> None:
    role = portal.role_of(portal.function(name))

    assert grants_of(role) == GRANTS[name]


def test_no_role_of_the_portal_may_scan(portal: Synthesised) -> None:
    actions = {
        action for role in portal.resources("AWS::IAM::Role") for s in statements_of(role) for action in listed(s["Action"])
    }

    assert not actions & {"dynamodb:Scan", "dynamodb:*", "*"}


@pytest.mark.parametrize("name", GRANTS)
def test_beyond_the_table_an_endpoint_may_log_trace_and_what_it_declares(name: str, portal: Synthesised) -> None:
    statements = statements_of(portal.role_of(portal.function(name)))
    services = {action.split(":")[0] for statement in statements for action in listed(statement["Action"])}

    keys = {"kms"} if name in TOKENS | ASKS_SITES else set()
    interfaces = {"ec2"} if name in ASKS_SITES and portal.stage.hosting else set()
    assert services - {"dynamodb"} == {"logs", "xray"} | keys | interfaces


def test_tokens_are_derived_with_the_one_key_only(portal: Synthesised) -> None:
    exported = portal.templates["data"]["Outputs"]
    statements = [
        statement
        for name in TOKENS
        for statement in statements_of(portal.role_of(portal.function(name)))
        if statement.get("Sid") == "Tokens"
    ]

    assert [statement["Action"] for statement in statements] == ["kms:GenerateMac"] * len(TOKENS)
    for statement in statements:
        name = statement["Resource"]["Fn::ImportValue"]
        (value,) = (output["Value"] for output in exported.values() if output.get("Export", {}).get("Name") == name)
        assert value == {"Fn::GetAtt": [portal.key("TokenKey").id, "Arn"]}


@pytest.mark.parametrize("name", GRANTS)
def test_sites_are_asked_by_these_endpoints_and_no_others(name: str, portal: Synthesised) -> None:
    statements = {s["Sid"]: s for s in statements_of(portal.role_of(portal.function(name)))}
    variables = portal.function(name).properties["Environment"]["Variables"]

    assert ("AgentSecrets" in statements, "AGENT_KEY_ID" in variables) == (name in ASKS_SITES,) * 2
    assert ("WORDPRESS_GATEWAY" in variables) == (name in ASKS_SITES and portal.stage.name != "local")
    if name in ASKS_SITES:
        assert portal.exported(statements["AgentSecrets"]["Resource"]) == {"Fn::GetAtt": [portal.key("AgentKey").id, "Arn"]}
