"""Who gets in: the tenant is compared before the role, and the role before anything is read."""

from __future__ import annotations

import pytest

from runtime.hateoas_endpoint.endpoint import Endpoint
from runtime.invitations import handlers
from runtime.portal import handlers as portal_handlers
from tests.runtime.fakes import FakePorts, call, claims
from tests.runtime.stories import ADMIN, STAFF, invited, listed, problem

TENANT_ENDPOINTS = (handlers.list_invitations, handlers.create, handlers.get, handlers.cancel, handlers.resend)
ROLES = {
    "ADMIN": (ADMIN, True),
    "STAFF of no tenant": (STAFF, True),
    "STAFF who is VIEWER too": (claims(groups="VIEWER STAFF", tenant_ids=""), True),
    "ADMIN who is VIEWER too": (claims(groups="VIEWER ADMIN"), True),
    "ADMIN by the tenant's own role": (claims(groups="VIEWER", **{"custom:tenantRoles": "acme:ADMIN"}), True),
    "ADMIN whose other tenant made them VIEWER": (
        claims(tenant_ids="acme,globex", **{"custom:tenantRoles": "globex:VIEWER"}),
        True,
    ),
    "USER": (claims(groups="USER"), False),
    "OPERATOR": (claims(groups="OPERATOR"), False),
    "VIEWER": (claims(groups="VIEWER"), False),
    "no group": (claims(groups=""), False),
    "a group that is no role": (claims(groups="ROOT"), False),
    "ADMIN narrowed to VIEWER here": (claims(**{"custom:tenantRoles": "acme:VIEWER"}), False),
    "ADMIN narrowed to OPERATOR here": (claims(**{"custom:tenantRoles": "acme:OPERATOR"}), False),
    "a tenant role that claims STAFF": (claims(groups="VIEWER", **{"custom:tenantRoles": "acme:STAFF"}), False),
}


@pytest.mark.parametrize("endpoint", TENANT_ENDPOINTS, ids=lambda endpoint: endpoint.route.name)
@pytest.mark.parametrize("who", ROLES)
def test_the_tenants_side_is_for_administrators_and_staff(ports: FakePorts, who: str, endpoint: Endpoint) -> None:
    caller, may = ROLES[who]
    parameters = {"tenantId": "acme", "invitationId": invited(ports)}
    ports.move(seconds=60)
    body = {"email": "another@x.test", "role": "VIEWER"} if endpoint is handlers.create else None

    answer = call(endpoint, ports, parameters=parameters, body=body, caller=caller)

    if may:
        assert answer.status == endpoint.route.success
    else:
        assert problem(answer) == (403, "FORBIDDEN")


@pytest.mark.parametrize("endpoint", TENANT_ENDPOINTS, ids=lambda endpoint: endpoint.route.name)
@pytest.mark.parametrize("tenant", ["globex", "a-tenant-that-does-not-exist", "ACME", "acme "])
def test_a_tenant_outside_the_token_is_denied_whether_or_not_it_exists(
    ports: FakePorts, tenant: str, endpoint: Endpoint
) -> None:
    parameters = {"tenantId": tenant, "invitationId": "anything"}

    answer = call(endpoint, ports, parameters=parameters, body="{ not even JSON" if endpoint is handlers.create else None)

    assert problem(answer) == (403, "TENANT_ACCESS_DENIED")


def test_the_tenant_is_denied_before_the_role(ports: FakePorts) -> None:
    answer = listed(ports, tenant="globex", caller=claims(groups="VIEWER"))

    assert problem(answer) == (403, "TENANT_ACCESS_DENIED")


def test_the_role_is_refused_before_the_query_is_looked_at(ports: FakePorts) -> None:
    answer = listed(ports, "pageSize=abc", caller=claims(groups="VIEWER"))

    assert problem(answer) == (403, "FORBIDDEN")


@pytest.mark.parametrize("endpoint", TENANT_ENDPOINTS, ids=lambda endpoint: endpoint.route.name)
def test_nobody_is_refused_after_a_read(ports: FakePorts, endpoint: Endpoint) -> None:
    parameters = {"tenantId": "acme", "invitationId": "nothing"}

    answer = call(endpoint, ports, parameters=parameters, caller=claims(groups="VIEWER"))

    assert problem(answer) == (403, "FORBIDDEN")
    assert not ports.table.calls


@pytest.mark.parametrize("endpoint", [*TENANT_ENDPOINTS, handlers.accept, portal_handlers.entry], ids=lambda e: e.route.name)
def test_an_access_token_is_no_id_token(ports: FakePorts, endpoint: Endpoint) -> None:
    access_token = {"sub": "sub-1", "token_use": "access", "cognito:groups": "[ADMIN]", "username": "sub-1"}

    answer = call(endpoint, ports, parameters={"tenantId": "acme", "invitationId": "i"}, caller=access_token)

    assert problem(answer) == (401, "UNAUTHORIZED")
    assert "ID token" in answer.json["detail"]


def test_no_claims_at_all_are_no_sign_in(ports: FakePorts) -> None:
    answer = call(portal_handlers.entry, ports, caller={})

    assert problem(answer) == (401, "UNAUTHORIZED")


@pytest.mark.parametrize("endpoint", [handlers.list_invitations, handlers.create])
def test_staff_learn_that_a_tenant_does_not_exist(ports: FakePorts, endpoint: Endpoint) -> None:
    body = {"email": "a@b.test", "role": "VIEWER"} if endpoint is handlers.create else None

    answer = call(endpoint, ports, parameters={"tenantId": "nowhere"}, body=body, caller=STAFF)

    assert problem(answer) == (404, "TENANT_NOT_FOUND")


@pytest.mark.parametrize("endpoint", [handlers.get, handlers.cancel, handlers.resend], ids=lambda endpoint: endpoint.route.name)
def test_of_a_missing_tenant_and_a_missing_invitation_the_tenant_is_told(ports: FakePorts, endpoint: Endpoint) -> None:
    answer = call(endpoint, ports, parameters={"tenantId": "nowhere", "invitationId": "nothing"}, caller=STAFF)

    assert problem(answer) == (404, "TENANT_NOT_FOUND")


@pytest.mark.parametrize("endpoint", [handlers.get, handlers.cancel, handlers.resend], ids=lambda endpoint: endpoint.route.name)
def test_another_tenants_invitation_is_not_found_under_ones_own_tenant(ports: FakePorts, endpoint: Endpoint) -> None:
    invitation_id = invited(ports, tenant="globex", caller=STAFF)

    answer = call(endpoint, ports, parameters={"tenantId": "acme", "invitationId": invitation_id})

    assert problem(answer) == (404, "INVITATION_NOT_FOUND")
