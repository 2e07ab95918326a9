"""What the deployed gateway and functions answer to those who have no business there, and to browsers."""

from __future__ import annotations

import json
import re

import pytest

from local.clients import client
from runtime.tenants.domain import TenantStatus
from tests.system.conftest import Portal

PROBLEM = "application/problem+json"


@pytest.mark.parametrize("token", [None, "nonsense", "a.b.c"])
def test_without_a_good_token_the_gateway_answers_401(portal: Portal, token: str | None) -> None:
    assert portal.call("GET", "/tenants/acme/invitations", token).status == 401


def test_an_access_token_is_refused_with_the_mend(portal: Portal) -> None:
    user = portal.stack["users"]["admin@acme.test"]
    signed_in = client(portal.local, "cognito-idp").initiate_auth(
        ClientId=portal.stack["clientId"],
        AuthFlow="USER_PASSWORD_AUTH",
        AuthParameters={"USERNAME": "admin@acme.test", "PASSWORD": user["password"]},
    )

    refused = portal.call("GET", "/", signed_in["AuthenticationResult"]["AccessToken"])

    assert (refused.status, refused.json["code"]) == (401, "UNAUTHORIZED")
    assert "ID token" in refused.json["detail"]


@pytest.mark.parametrize("method", ["GET", "POST", "DELETE"])
@pytest.mark.parametrize("tenant_id", ["acme", "no-such-tenant"])
def test_another_tenants_admin_learns_nothing(portal: Portal, method: str, tenant_id: str) -> None:
    item = f"/tenants/{tenant_id}/invitations/inv-01a207bd-e552-7000-8000-000000000001"
    path = item if method == "DELETE" else f"/tenants/{tenant_id}/invitations"
    body = {"email": "x@example.test", "role": "VIEWER"} if method == "POST" else None

    refused = portal.call(method, path, portal.token("admin@globex.test"), body)

    assert (refused.status, refused.json["code"]) == (403, "TENANT_ACCESS_DENIED")
    assert refused.headers["Content-Type"] == PROBLEM
    assert refused.json["detail"] == "Your token does not name this tenant."


@pytest.mark.parametrize(
    ("email", "shown"),
    [
        ("user@acme.test", {"self", "sites", "create-site", "operations"}),
        ("viewer@acme.test", {"self", "sites", "operations"}),
    ],
)
def test_a_member_without_the_role_is_forbidden_and_shown_no_link(portal: Portal, email: str, shown: set[str]) -> None:
    token = portal.token(email)

    refused = portal.call("GET", "/tenants/acme/invitations", token)
    entry = portal.call("GET", "/", token)

    assert (refused.status, refused.json["code"]) == (403, "FORBIDDEN")
    assert set(entry.json["_embedded"]["tenants"][0]["_links"]) == shown


def test_staff_find_every_tenant_at_the_entry_point_and_may_act_in_it(portal: Portal, staff: str) -> None:
    new = portal.tenant()

    href: str | None = "/?pageSize=100"
    found: dict[str, str] = {}
    while href:
        page = portal.call("GET", href, staff).json
        found |= {tenant["tenantId"]: tenant["_links"]["invitations"]["href"] for tenant in page["_embedded"]["tenants"]}
        href = page["_links"].get("next", {}).get("href")

    assert {"acme", "globex", new} <= set(found)
    assert portal.call("GET", found[new], staff).json["count"] == 0


def test_a_tenant_that_is_not_active_answers_reads_and_refuses_writes(portal: Portal, staff: str) -> None:
    suspended = portal.tenant(status=TenantStatus.SUSPENDED)
    path = f"/tenants/{suspended}/invitations"

    page = portal.call("GET", path, staff)
    refused = portal.call("POST", path, staff, {"email": "x@example.test", "role": "VIEWER"})

    assert page.json["_unavailable"]["create-invitation"]["code"] == "TENANT_NOT_ACTIVE"
    assert (refused.status, refused.json["code"]) == (422, "TENANT_NOT_ACTIVE")


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/nothing/here", 404, "NOT_FOUND"),
        ("GET", "/tenants/acme/invitations/", 404, "NOT_FOUND"),
        ("PUT", "/tenants/acme/invitations", 405, "METHOD_NOT_ALLOWED"),
    ],
)
def test_what_is_no_route_is_a_problem_document(portal: Portal, method: str, path: str, status: int, code: str) -> None:
    answer = portal.call(method, path)

    assert (answer.status, answer.json["code"]) == (status, code)
    assert answer.headers["Content-Type"] == PROBLEM


@pytest.mark.parametrize(
    ("body", "content_type", "status"),
    [
        ("{", "application/json", 400),
        ('{"email": "x@example.test", "role": "VIEWER", "tenantId": "globex"}', "application/json", 400),
        ('{"email": "x@example.test", "role": "EMPEROR"}', "application/json", 400),
        ('{"email": "not an address", "role": "VIEWER"}', "application/json", 400),
        ("email=x", "application/x-www-form-urlencoded", 415),
        (json.dumps({"email": "x@example.test", "role": "VIEWER", "message": "x" * 33_000}), "application/json", 413),
    ],
)
def test_bad_input_is_told_apart(portal: Portal, admin: str, body: str, content_type: str, status: int) -> None:
    answer = portal.call("POST", "/tenants/acme/invitations", admin, body, {"Content-Type": content_type})

    assert answer.status == status
    assert answer.headers["Content-Type"] == PROBLEM


def test_the_portals_browser_may_call_and_another_may_not(portal: Portal) -> None:
    asked = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "authorization,idempotency-key"}

    ours = portal.call("OPTIONS", "/tenants/acme/invitations", headers={"Origin": "http://localhost:3000", **asked})
    other = portal.call("OPTIONS", "/tenants/acme/invitations", headers={"Origin": "https://evil.example", **asked})
    answer = portal.call("GET", "/nothing", headers={"Origin": "http://localhost:3000"})

    assert ours.headers["Access-Control-Allow-Origin"] == "http://localhost:3000"
    assert "Access-Control-Allow-Origin" not in other.headers
    exposed = set(re.split(r",\s*", answer.headers["Access-Control-Expose-Headers"]))
    assert exposed == {"Location", "ETag", "Retry-After", "X-Correlation-Id", "Idempotency-Replayed"}


def test_an_idempotency_key_gives_the_first_answer_again(portal: Portal, admin: str, address: str) -> None:
    body, key = {"email": address, "role": "VIEWER"}, {"Idempotency-Key": f"key-{address}"}

    first = portal.call("POST", "/tenants/acme/invitations", admin, body, key)
    again = portal.call("POST", "/tenants/acme/invitations", admin, body, key)
    other = portal.call("POST", "/tenants/acme/invitations", admin, {**body, "role": "ADMIN"}, key)

    assert (first.status, again.status, first.text) == (201, 201, again.text)
    assert again.headers["Idempotency-Replayed"] == "true"
    assert (other.status, other.json["code"]) == (422, "IDEMPOTENCY_KEY_REUSED")


def test_the_cloud_listens_on_loopback_only(portal: Portal) -> None:
    listening = _listeners(portal.local.port)

    assert listening
    assert set(listening) <= {"0100007F"}


def _listeners(port: int) -> list[str]:
    """The addresses, as the kernel writes them, on which a port listens."""
    addresses = []
    for table in ("/proc/net/tcp", "/proc/net/tcp6"):
        with open(table) as lines:
            fields = [line.split() for line in list(lines)[1:]]
        addresses += [
            local.split(":")[0] for _, local, _, state, *_ in fields if state == "0A" and local.endswith(f":{port:04X}")
        ]
    return addresses
