"""What a HateoasEndpoint refuses, each with a sentence that names the mend."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from constructs.hateoas_endpoint import HateoasEndpoint
from constructs.hateoas_endpoint.checks import RouteError, check_route
from constructs.portal_table import Read, Write
from runtime.catalogue import ROUTES
from runtime.hateoas_endpoint.route import Access, Role, Route
from tests.infra import synthetic
from tests.infra.support import make_bed

GOOD = synthetic.ROLES
TENANTS = "/tenants/{tenantId}"

BAD: dict[str, tuple[dict[str, Any], str]] = {
    "a path without its first slash": ({"path": "tenants/{tenantId}"}, "must begin with a slash and not end with one"),
    "a path that ends with a slash": ({"path": f"{TENANTS}/"}, "must begin with a slash and not end with one"),
    "an empty path": ({"path": ""}, "must begin with a slash and not end with one"),
    "an empty segment": ({"path": "/tenants//{tenantId}"}, "write it plainly or as {parameterName}"),
    "an empty first segment": ({"path": "//tenants/{tenantId}"}, "write it plainly or as {parameterName}"),
    "a parameter that is not closed": ({"path": "/tenants/{tenantId"}, "write it plainly or as {parameterName}"),
    "a parameter that is not opened": ({"path": f"{TENANTS}/x}}"}, "write it plainly or as {parameterName}"),
    "a parameter without a name": ({"path": f"{TENANTS}/{{}}"}, "write it plainly or as {parameterName}"),
    "a parameter in capitals": ({"path": f"{TENANTS}/{{ThingId}}"}, "write it plainly or as {parameterName}"),
    "a greedy parameter": ({"path": f"{TENANTS}/{{rest+}}"}, "write it plainly or as {parameterName}"),
    "a parameter within a segment": ({"path": f"{TENANTS}/thing-{{thingId}}"}, "write it plainly or as {parameterName}"),
    "Flask's way of writing parameters": ({"path": f"{TENANTS}/<thingId>"}, "write it plainly or as {parameterName}"),
    "a query in the path": ({"path": f"{TENANTS}?all=1"}, "write it plainly or as {parameterName}"),
    "a space in the path": ({"path": f"{TENANTS}/my things"}, "write it plainly or as {parameterName}"),
    "one parameter twice": ({"path": f"{TENANTS}/{{tenantId}}"}, "give each its own name"),
    "a method there is not": ({"method": "FETCH"}, "use one of DELETE, GET, PATCH, POST, PUT"),
    "a method in small letters": ({"method": "get"}, "use one of DELETE, GET, PATCH, POST, PUT"),
    "a method for what there is not": (
        {"path": "$default", "access": Access.PUBLIC, "roles": frozenset(), "public_reason": "Nothing is here."},
        "set its method to ANY",
    ),
    "an unknown role": ({"roles": frozenset({"OWNER"})}, "use VIEWER, USER, ADMIN, STAFF"),
    "an alias instead of its role": ({"roles": frozenset({"OPERATOR"})}, "use VIEWER, USER, ADMIN, STAFF"),
    "no roles": ({"roles": frozenset()}, "name its roles, or set access to SIGNED_IN or PUBLIC"),
    "roles that are ignored": ({"access": Access.SIGNED_IN}, "set access to ROLES or leave the roles out"),
    "roles without a tenant": ({"path": "/things"}, "put {tenantId} into the path or set access to RESOURCE or SIGNED_IN"),
    "a public route without a reason": (
        {"access": Access.PUBLIC, "roles": frozenset()},
        "says in public_reason why it needs no sign-in",
    ),
    "a reason on a route that is not public": ({"public_reason": "Anybody may."}, "a PUBLIC route, and no other, says"),
    "a handler whose module is missing": ({"handler": "runtime.nowhere.handle"}, "correct it in routes.py"),
    "a handler that is missing in its module": ({"handler": "tests.infra.synthetic.Nothing"}, "correct it in routes.py"),
    "a handler without a module": ({"handler": "handle"}, "correct it in routes.py"),
    "a handler that is relative": ({"handler": ".handlers.handle"}, "correct it in routes.py"),
    "a handler of another route": ({"title": "Another thing"}, "decorate it with @endpoint of this one"),
    "a handler that is no endpoint": ({"handler": "runtime.clock.iso"}, "decorate it with @endpoint of this one"),
}


def accepts(route: Route, taken: list[Route]) -> bool:
    check_route(route, taken)
    return True


@pytest.mark.parametrize(("changes", "mend"), BAD.values(), ids=BAD)
def test_a_bad_route_is_refused_with_its_mend(changes: dict[str, Any], mend: str) -> None:
    route = replace(GOOD, **changes)

    with pytest.raises(RouteError) as refusal:
        check_route(route, [])

    assert str(refusal.value).startswith(f"{route.name}: ")
    assert mend in str(refusal.value)


@pytest.mark.parametrize(
    "route",
    [synthetic.MODEL_MISSING, synthetic.MODEL_MODULE_MISSING, synthetic.MODEL_NO_MODEL, synthetic.MODEL_RELATIVE],
    ids=lambda route: str(route.response),
)
def test_a_model_that_does_not_import_is_refused_by_its_name(route: Route) -> None:
    with pytest.raises(RouteError) as refusal:
        check_route(route, [])

    assert str(refusal.value).startswith(f"{route.name}: the model {route.response!r} does not import")
    assert "correct it in routes.py" in str(refusal.value)


@pytest.mark.parametrize(
    "taken",
    [replace(GOOD, name="Other"), replace(GOOD, name="Other", path="/tenants/{tenant}/things/{id}")],
    ids=["the same path", "the same path with other parameter names"],
)
def test_a_second_route_at_the_same_place_is_refused_and_the_first_named(taken: Route) -> None:
    with pytest.raises(RouteError, match=r"ReadThing: Other already takes GET .*: change the method or the path"):
        check_route(GOOD, [taken])


def test_a_second_route_of_the_same_name_is_refused() -> None:
    elsewhere = replace(GOOD, path="/elsewhere/{tenantId}")

    with pytest.raises(RouteError, match="names are operation ids and must differ"):
        check_route(GOOD, [elsewhere])


def test_routes_may_differ_in_method_alone() -> None:
    assert accepts(GOOD, [replace(GOOD, name="Other", method="DELETE")])


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: str(route.name))
def test_every_route_of_the_catalogue_passes_beside_the_others(route: Route) -> None:
    assert accepts(route, [other for other in ROUTES if other is not route])


@pytest.mark.parametrize("role", Role)
def test_every_role_may_be_named(role: Role) -> None:
    route = replace(GOOD, roles=frozenset({role}), handler="tests.infra.synthetic.Nothing")

    with pytest.raises(RouteError, match="does not import"):
        check_route(route, [])


def test_the_construct_refuses_what_the_checks_refuse(bundle: Path, tmp_path: Path) -> None:
    bed = make_bed(bundle, tmp_path)
    HateoasEndpoint(bed.stack, "First", api=bed.api, route=GOOD)

    with pytest.raises(RouteError, match="already takes"):
        HateoasEndpoint(bed.stack, "Second", api=bed.api, route=GOOD)


@pytest.mark.parametrize("verbs", [{"reads": {Read.ITEM}}, {"writes": {Write.PUT}}], ids=["reads", "writes"])
def test_verbs_without_a_table_are_refused_with_the_mend(verbs: dict[str, Any], bundle: Path, tmp_path: Path) -> None:
    bed = make_bed(bundle, tmp_path)

    with pytest.raises(ValueError, match="ReadThing reads or writes without a table: pass table="):
        HateoasEndpoint(bed.stack, "Endpoint", api=bed.api, route=GOOD, **verbs)
