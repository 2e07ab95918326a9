"""The catalogue and the templates agree: what is written as a route is deployed, and nothing else is."""

from __future__ import annotations

from collections import Counter

import pytest

from runtime.catalogue import ROUTES
from runtime.hateoas_endpoint.route import Access, Route
from tests.infra.support import Resource, Synthesised


def key_of(route: Route) -> str:
    return route.path if route.path == "$default" else route.key


def deployed(portal: Synthesised, route: Route) -> Resource:
    (found,) = (r for r in portal.resources("AWS::ApiGatewayV2::Route") if r.properties["RouteKey"] == key_of(route))
    return found


def function_behind(portal: Synthesised, http_route: Resource) -> Resource:
    _, (_, reference) = http_route.properties["Target"]["Fn::Join"]
    (integration,) = (i for i in portal.resources("AWS::ApiGatewayV2::Integration") if i.id == reference["Ref"])
    uri, functions = integration.properties["IntegrationUri"], portal.resources("AWS::Lambda::Function", component="api")
    (function,) = (function for function in functions if portal.leads_to(uri, function))
    return function


def test_every_route_of_the_catalogue_is_deployed_exactly_once_and_nothing_else_is(portal: Synthesised) -> None:
    in_templates = Counter(route.properties["RouteKey"] for route in portal.resources("AWS::ApiGatewayV2::Route"))

    assert in_templates == Counter(key_of(route) for route in ROUTES)


def test_the_api_stack_has_one_function_for_each_route(portal: Synthesised) -> None:
    handlers = Counter(f.properties["Handler"] for f in portal.resources("AWS::Lambda::Function", component="api"))

    assert handlers == Counter(route.handler for route in ROUTES)


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: str(route.name))
def test_a_route_leads_to_its_own_handler(route: Route, prod: Synthesised) -> None:
    function = function_behind(prod, deployed(prod, route))

    assert function.properties["Handler"] == route.handler


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: str(route.name))
def test_the_gateway_asks_for_a_token_unless_the_route_is_public(route: Route, portal: Synthesised) -> None:
    properties = deployed(portal, route).properties

    if route.access is Access.PUBLIC:
        assert (properties["AuthorizationType"], "AuthorizerId" in properties) == ("NONE", False)
    else:
        authorizer = portal.resource("AWS::ApiGatewayV2::Authorizer")
        assert (properties["AuthorizationType"], properties["AuthorizerId"]) == ("JWT", {"Ref": authorizer.id})


def test_names_of_operations_differ() -> None:
    names = Counter(route.name for route in ROUTES)

    assert [name for name, count in names.items() if count > 1] == []


def test_functions_are_named_after_their_stage_and_route(portal: Synthesised) -> None:
    names = {f.properties["FunctionName"] for f in portal.resources("AWS::Lambda::Function", component="api")}

    assert names == {f"bbws-portal-{portal.stage.name}-api-{route.name}" for route in ROUTES}
