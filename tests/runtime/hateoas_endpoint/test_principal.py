"""The caller, read from the claims as API Gateway hands them over."""

from __future__ import annotations

import pytest

from runtime.hateoas_endpoint.principal import principal_from
from runtime.hateoas_endpoint.problem import BusinessException
from runtime.hateoas_endpoint.route import Role

BASE = {"sub": "sub-1", "email": "A@B.test", "token_use": "id"}


@pytest.mark.parametrize(
    ("claim", "groups"),
    [
        ("[ADMIN]", {Role.ADMIN}),
        ("[VIEWER OPERATOR]", {Role.VIEWER, Role.USER}),
        ("[VIEWER, STAFF]", {Role.VIEWER, Role.STAFF}),
        ("ADMIN", {Role.ADMIN}),
        ("[eu-west-1_pool_Google ADMIN]", {Role.ADMIN}),
        ("[admin]", set()),
        ("[]", set()),
        ("", set()),
    ],
)
def test_groups_come_as_a_list_in_text(claim: str, groups: set[Role]) -> None:
    assert principal_from(BASE | {"cognito:groups": claim}).groups == groups


@pytest.mark.parametrize(
    ("claim", "tenants"),
    [
        ("acme", ("acme",)),
        ("acme,globex", ("acme", "globex")),
        (" acme , acme,,globex ", ("acme", "globex")),
        ("", ()),
        (",", ()),
    ],
)
def test_tenants_come_separated_by_commas(claim: str, tenants: tuple[str, ...]) -> None:
    assert principal_from(BASE | {"custom:tenantIds": claim}).tenant_ids == tenants


@pytest.mark.parametrize(
    ("claim", "roles"),
    [
        ("acme:ADMIN,globex:OPERATOR", {"acme": Role.ADMIN, "globex": Role.USER}),
        (" acme:VIEWER , ", {"acme": Role.VIEWER}),
        ("acme:STAFF", {}),
        ("acme:ROOT,acme,:ADMIN,acme:", {}),
        ("", {}),
    ],
)
def test_an_entry_that_names_no_role_of_a_tenant_grants_nothing(claim: str, roles: dict[str, Role]) -> None:
    assert principal_from(BASE | {"custom:tenantRoles": claim}).tenant_roles == roles


def test_the_address_is_compared_in_lower_case_and_verified_only_when_it_says_so() -> None:
    assert principal_from(BASE).email == "a@b.test"
    assert [principal_from(BASE | {"email_verified": said}).email_verified for said in ("true", "True", "false", "", "1")] == [
        True, True, False, False, False,
    ]  # fmt: skip


@pytest.mark.parametrize("missing", [{"token_use": "access"}, {"sub": ""}, {"email": ""}], ids=str)
def test_what_is_no_id_token_is_no_sign_in(missing: dict[str, str]) -> None:
    with pytest.raises(BusinessException, match="UNAUTHORIZED"):
        principal_from(BASE | missing)


@pytest.mark.parametrize(
    ("groups", "tenant_ids", "tenant_roles", "tenant", "role"),
    [
        ("[ADMIN]", "acme", "", "acme", Role.ADMIN),
        ("[ADMIN]", "acme", "", "globex", None),
        ("[VIEWER ADMIN]", "acme", "", "acme", Role.ADMIN),
        ("[ADMIN]", "acme,globex", "globex:VIEWER", "globex", Role.VIEWER),
        ("[VIEWER]", "acme", "acme:ADMIN", "acme", Role.ADMIN),
        ("[]", "acme", "", "acme", None),
        ("[]", "", "acme:ADMIN", "acme", None),
        ("[STAFF]", "", "", "anywhere", Role.STAFF),
        ("[STAFF]", "acme", "acme:VIEWER", "acme", Role.STAFF),
    ],
)
def test_the_role_in_a_tenant_is_the_tenants_own_and_otherwise_the_groups(
    groups: str, tenant_ids: str, tenant_roles: str, tenant: str, role: Role | None
) -> None:
    claims = {"cognito:groups": groups, "custom:tenantIds": tenant_ids, "custom:tenantRoles": tenant_roles}

    principal = principal_from(BASE | claims)

    assert principal.role_in(tenant) is role
    assert principal.may_enter(tenant) == (tenant in tenant_ids.split(",") or "STAFF" in groups)
