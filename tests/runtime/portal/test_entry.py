"""The entry point, from which following links leads to everything, and the answer to what is no route."""

from __future__ import annotations

from typing import Any

import pytest

from runtime.invitations import handlers
from runtime.operations.handlers import list_operations
from runtime.plugins.handlers import get as get_plugin
from runtime.portal.handlers import entry, unknown
from runtime.tenants.domain import Tenant, TenantStatus
from runtime.tenants.rows import tenant_row
from tests.runtime.fakes import Answer, FakePorts, InMemoryTable, call, claims, follow, tenants
from tests.runtime.plugins.asking import curated
from tests.runtime.stories import STAFF, mailed_token, person, portal, problem


def shown(answer: Answer) -> dict[str, Any]:
    return {tenant["tenantId"]: tenant for tenant in answer.json["_embedded"]["tenants"]}


def test_an_administrator_sees_their_tenant_and_what_they_may_do_in_it(ports: FakePorts) -> None:
    acme = shown(call(entry, ports))["acme"]

    assert (acme["name"], acme["status"], acme["role"]) == ("Acme Corporation", "ACTIVE", "ADMIN")
    assert acme["_links"]["invitations"]["href"] == "/tenants/acme/invitations"
    assert acme["_links"]["create-invitation"]["method"] == "POST"


@pytest.mark.parametrize(
    ("groups", "actions"),
    [
        ("VIEWER", set()),
        ("USER", {"create-site"}),
        ("OPERATOR", {"create-site"}),
        ("ADMIN", {"create-site", "invitations", "create-invitation"}),
    ],
)
def test_a_caller_is_shown_no_action_that_their_role_forbids(ports: FakePorts, groups: str, actions: set[str]) -> None:
    acme = shown(call(entry, ports, caller=claims(groups=groups)))["acme"]

    assert set(acme["_links"]) == {"self", "sites", "operations"} | actions
    assert "_unavailable" not in acme


def test_who_has_no_role_in_a_tenant_is_shown_nothing_of_it_but_its_name(ports: FakePorts) -> None:
    acme = shown(call(entry, ports, caller=claims(groups="")))["acme"]

    assert set(acme["_links"]) == {"self"}


def test_whoever_has_a_plugins_id_is_led_to_it_by_a_template(ports: FakePorts) -> None:
    curated(ports)

    template = call(entry, ports, caller=person()).json["_links"]["plugin"]

    assert (template["href"], template["templated"]) == ("/plugins/{pluginId}", True)
    path = template["href"].replace("{pluginId}", "akismet")
    assert call(get_plugin, ports, parameters={"pluginId": "akismet"}, path=path, caller=person()).status == 200


def test_the_operations_of_each_tenant_are_linked_by_its_name(ports: FakePorts) -> None:
    found = shown(call(entry, ports, caller=STAFF))

    links = {tenant: document["_links"]["operations"]["href"] for tenant, document in found.items()}
    assert links == {tenant: f"/operations?tenantId={tenant}" for tenant in ("acme", "globex")}
    for href in links.values():
        assert call(list_operations, ports, caller=STAFF, query=follow(href)[1]).status == 200


def test_the_role_is_that_of_each_tenant(ports: FakePorts) -> None:
    caller = claims(tenant_ids="globex,acme", **{"custom:tenantRoles": "globex:VIEWER"})

    found = shown(call(entry, ports, caller=caller))

    assert {tenant: document["role"] for tenant, document in found.items()} == {"acme": "ADMIN", "globex": "VIEWER"}
    assert [len(found[tenant]["_links"]) for tenant in ("acme", "globex")] == [6, 3]


def test_staff_see_every_tenant_page_by_page() -> None:
    many = [tenant_row(Tenant(tenant_id=f"tenant-{number:03}", name="T", status=TenantStatus.ACTIVE)) for number in range(25)]
    ports = FakePorts(InMemoryTable(*many))

    pages, query = [], "pageSize=10"
    while query:
        answer = call(entry, ports, caller=STAFF, query=query)
        pages.append(list(shown(answer)))
        query = follow(answer.json["_links"].get("next", {"href": "/"})["href"])[1]

    assert [len(page) for page in pages] == [10, 10, 5]
    assert [tenant for page in pages for tenant in page] == [f"tenant-{number:03}" for number in range(25)]


def test_a_caller_of_many_tenants_gets_them_page_by_page() -> None:
    many = [tenant_row(Tenant(tenant_id=f"t{number}", name="T", status=TenantStatus.ACTIVE)) for number in range(5)]
    caller = claims(tenant_ids=",".join(f"t{number}" for number in range(5)))
    ports = FakePorts(InMemoryTable(*many))

    first = call(entry, ports, caller=caller, query="pageSize=3")
    second = call(entry, ports, caller=caller, query=follow(first.json["_links"]["next"]["href"])[1])

    assert [list(shown(first)), list(shown(second))] == [["t0", "t1", "t2"], ["t3", "t4"]]
    assert (first.json["moreAvailable"], second.json["moreAvailable"]) == (True, False)


def test_a_cursor_shows_no_tenant_that_the_token_does_not_name(ports: FakePorts) -> None:
    staffs = call(entry, ports, caller=STAFF, query="pageSize=1").json["_links"]["next"]["href"]

    assert shown(call(entry, ports, caller=claims(tenant_ids="acme"), query=follow(staffs)[1])) == {}


def test_somebody_of_no_tenant_may_answer_invitations(ports: FakePorts) -> None:
    document = call(entry, ports, caller=person()).json

    assert document["count"] == 0
    assert {"accept-invitation", "decline-invitation"} <= set(document["_links"])
    assert not ports.table.calls


def test_a_suspended_tenant_says_why_nobody_can_be_invited() -> None:
    ports = FakePorts(InMemoryTable(*tenants(acme=TenantStatus.SUSPENDED)))

    acme = shown(call(entry, ports))["acme"]

    assert acme["_unavailable"]["create-invitation"]["code"] == "TENANT_NOT_ACTIVE"
    assert "create-invitation" not in acme["_links"]


def test_following_only_links_an_administrator_does_everything_from_the_entry(ports: FakePorts) -> None:
    endpoints = {
        e.route.name: e for e in (handlers.list_invitations, handlers.create, handlers.get, handlers.cancel, handlers.resend)
    }

    def go(name: str, link: dict[str, str], body: Any = None) -> Any:
        path, query = follow(link["href"])
        route = endpoints[name].route
        assert link.get("method", "GET") == route.method
        values = dict(zip(route.parameters, [path.split("/")[i] for i in (2, 4) if i < len(path.split("/"))], strict=False))
        return call(endpoints[name], ports, parameters=values, query=query, body=body, path=path).json

    start = shown(call(entry, ports))["acme"]
    go("CreateInvitation", start["_links"]["create-invitation"], {"email": "a@b.test", "role": "VIEWER"})
    ports.move(seconds=60)
    (item,) = go("ListInvitations", start["_links"]["invitations"])["_embedded"]["invitations"]
    document = go("GetInvitation", item["_links"]["self"])
    resent = go("ResendInvitation", document["_links"]["resend"])
    cancelled = go("CancelInvitation", resent["_links"]["cancel"])

    assert (resent["resendCount"], cancelled["status"]) == (1, "CANCELLED")


def test_following_only_links_an_invitee_accepts_and_then_sees_the_tenant() -> None:
    ports = portal()
    call(handlers.create, ports, parameters={"tenantId": "acme"}, body={"email": "a@b.test", "role": "ADMIN"})
    start = call(entry, ports, caller=person("a@b.test")).json
    assert start["_links"]["accept-invitation"]["href"] == handlers.accept.route.path

    accepted = call(handlers.accept, ports, body={"token": mailed_token(ports)}, caller=person("a@b.test"))

    signed_in_again = claims(email="a@b.test", groups="", tenant_ids="acme", **{"custom:tenantRoles": "acme:ADMIN"})
    assert accepted.json["_links"]["entry"]["href"] == entry.route.path
    assert "create-invitation" in shown(call(entry, ports, caller=signed_in_again))["acme"]["_links"]


@pytest.mark.parametrize(
    ("method", "path", "allow"),
    [
        ("POST", "/", "GET"),
        ("PATCH", "/tenants/acme/invitations", "GET, POST"),
        ("PUT", "/tenants/acme/invitations/inv-1", "DELETE, GET"),
        ("GET", "/tenants/acme/invitations/inv-1/resend", "POST"),
        ("GET", "/invitations/accept", "POST"),
        ("DELETE", "/invitations/decline", "POST"),
        ("PUT", "/tenants/acme/sites/site-1", "DELETE, GET, PATCH"),
        ("GET", "/tenants/acme/sites/site-1/restore", "POST"),
        ("DELETE", "/operations/op-1", "GET"),
        ("GET", "/operations/op-1/cancel", "POST"),
        ("POST", "/plugins/akismet", "GET"),
        ("POST", "/sites/site-1/plugins", "GET"),
        ("GET", "/sites/site-1/plugins/akismet", "PUT"),
        ("GET", "/sites/site-1/plugins/akismet/toggle", "POST"),
    ],
)
def test_a_known_path_names_the_methods_it_takes(ports: FakePorts, method: str, path: str, allow: str) -> None:
    answer = call(unknown, ports, method=method, path=path)

    assert problem(answer) == (405, "METHOD_NOT_ALLOWED")
    assert answer.headers["Allow"] == allow


@pytest.mark.parametrize(
    "path", ["/nowhere", "/tenants", "/tenants/acme", "/tenants//invitations", "/tenants/acme/invitations/", "/x/../y", "/%00"]
)
def test_an_unknown_path_is_not_found_in_the_form_of_every_problem(ports: FakePorts, path: str) -> None:
    answer = call(unknown, ports, path=path)

    assert problem(answer) == (404, "NOT_FOUND")
    assert answer.json["instance"] == path
