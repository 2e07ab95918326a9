"""The HTTP API that all endpoints share: origins, tokens, throttling, and a log without anything private."""

from __future__ import annotations

import json

from runtime.catalogue import ROUTES
from runtime.hateoas_endpoint.route import Access
from stacks.config import STAGES
from tests.infra.support import Synthesised, listed, statements_of

EXPOSED = {"Location", "ETag", "Retry-After", "X-Correlation-Id", "Idempotency-Replayed"}
PRIVATE = ("path", "querystring", "authorization", "email", "header", "claims.custom")


def test_browsers_may_call_from_the_portals_of_the_stage(portal: Synthesised) -> None:
    cors = portal.resource("AWS::ApiGatewayV2::Api").properties["CorsConfiguration"]

    assert cors["AllowOrigins"] == list(portal.stage.origins)


def test_no_stage_lets_every_origin_in() -> None:
    assert {name for name, stage in STAGES.items() if any("*" in origin for origin in stage.origins)} == set()


def test_prod_is_called_over_tls_from_its_own_portal_only(prod: Synthesised) -> None:
    cors = prod.resource("AWS::ApiGatewayV2::Api").properties["CorsConfiguration"]

    assert cors["AllowOrigins"] == ["https://portal.bbws.example"]
    assert cors.get("AllowCredentials", False) is False


def test_the_five_headers_that_clients_need_are_exposed(portal: Synthesised) -> None:
    cors = portal.resource("AWS::ApiGatewayV2::Api").properties["CorsConfiguration"]

    assert set(cors["ExposeHeaders"]) == EXPOSED


def test_browsers_may_send_every_header_that_the_api_reads(portal: Synthesised) -> None:
    cors = portal.resource("AWS::ApiGatewayV2::Api").properties["CorsConfiguration"]

    assert {"Authorization", "Content-Type", "Accept", "Idempotency-Key", "If-Match", "If-None-Match"} <= set(
        cors["AllowHeaders"]
    )
    assert set(cors["AllowMethods"]) == {"GET", "POST", "PUT", "PATCH", "DELETE"}


def test_the_api_is_http_and_served_at_its_root(portal: Synthesised) -> None:
    stage = portal.resource("AWS::ApiGatewayV2::Stage").properties

    assert portal.resource("AWS::ApiGatewayV2::Api").properties["ProtocolType"] == "HTTP"
    assert (stage["StageName"], stage["AutoDeploy"]) == ("$default", True)


def test_routes_without_sign_in_let_fewer_calls_through(portal: Synthesised) -> None:
    settings = portal.resource("AWS::ApiGatewayV2::Stage").properties["RouteSettings"]
    public = {route.path if route.path == "$default" else route.key for route in ROUTES if route.access is Access.PUBLIC}
    limits = {(key, limit["ThrottlingRateLimit"], limit["ThrottlingBurstLimit"]) for key, limit in settings.items()}

    assert limits == {(key, 10, 20) for key in public}


def test_every_route_is_throttled_and_measured(portal: Synthesised) -> None:
    settings = portal.resource("AWS::ApiGatewayV2::Stage").properties["DefaultRouteSettings"]

    assert settings == {"DetailedMetricsEnabled": True, "ThrottlingRateLimit": 50, "ThrottlingBurstLimit": 100}


def test_the_authorizer_takes_tokens_of_the_stage_s_pool_made_for_its_client(portal: Synthesised) -> None:
    authorizer = portal.resource("AWS::ApiGatewayV2::Authorizer").properties
    exports = {
        output["Export"]["Name"]: output["Value"]
        for output in portal.templates["identity"]["Outputs"].values()
        if "Export" in output
    }
    (audience,) = authorizer["JwtConfiguration"]["Audience"]
    pool = authorizer["JwtConfiguration"]["Issuer"]["Fn::Join"][1][-1]

    assert authorizer["AuthorizerType"] == "JWT"
    assert authorizer["IdentitySource"] == ["$request.header.Authorization"]
    assert exports[audience["Fn::ImportValue"]] == {"Ref": portal.resource("AWS::Cognito::UserPoolClient").id}
    assert exports[pool["Fn::ImportValue"]] == {"Ref": portal.resource("AWS::Cognito::UserPool").id}


def test_the_gateway_invokes_this_api_s_functions_and_no_others(portal: Synthesised) -> None:
    integrations = portal.resources("AWS::ApiGatewayV2::Integration")
    roles = {integration.properties["CredentialsArn"]["Fn::GetAtt"][0] for integration in integrations}
    (role,) = (role for role in portal.resources("AWS::IAM::Role", component="api") if role.id in roles)
    (statement,) = statements_of(role)

    assert role.properties["AssumeRolePolicyDocument"]["Statement"][0]["Principal"] == {"Service": "apigateway.amazonaws.com"}
    assert statement["Action"] == "lambda:InvokeFunction"
    (resource,) = listed(statement["Resource"])
    alias = "" if portal.stage.name == "local" else ":live"
    assert resource["Fn::Join"][1][-1].endswith(f":function:bbws-portal-{portal.stage.name}-api-*{alias}")


def test_the_api_s_functions_have_no_resource_policies(portal: Synthesised) -> None:
    assert portal.resources("AWS::Lambda::Permission", component="api") == []


def test_the_access_log_names_the_route_and_the_caller_but_nothing_private(portal: Synthesised) -> None:
    settings = portal.resource("AWS::ApiGatewayV2::Stage").properties["AccessLogSettings"]
    logged = json.loads(settings["Format"])

    assert {"requestId", "routeKey", "status", "sub"} <= set(logged)
    assert [value for value in logged.values() if any(word in value.lower() for word in PRIVATE)] == []
