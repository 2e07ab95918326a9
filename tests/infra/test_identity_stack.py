"""The user pool: what a client may write about its user, and how one signs in."""

from __future__ import annotations

from tests.infra.support import Json, Synthesised

CLAIMS = {"custom:tenantIds", "custom:tenantRoles"}


def pool_of(portal: Synthesised) -> Json:
    return portal.resource("AWS::Cognito::UserPool").properties


def client_of(portal: Synthesised) -> Json:
    return portal.resource("AWS::Cognito::UserPoolClient").properties


def test_nobody_writes_their_own_tenants_or_roles(portal: Synthesised) -> None:
    writable = set(client_of(portal)["WriteAttributes"])

    assert writable == {"email", "name", "locale", "zoneinfo"}
    assert not writable & CLAIMS


def test_tokens_carry_tenants_and_roles(portal: Synthesised) -> None:
    assert set(client_of(portal)["ReadAttributes"]) >= CLAIMS | {"email", "email_verified"}


def test_the_claims_are_attributes_of_the_pool_that_can_change(portal: Synthesised) -> None:
    custom = {a["Name"]: a for a in pool_of(portal)["Schema"] if f"custom:{a['Name']}" in CLAIMS}

    assert {name: (a["Mutable"], a["AttributeDataType"]) for name, a in custom.items()} == {
        "tenantIds": (True, "String"),
        "tenantRoles": (True, "String"),
    }


def test_passwords_go_over_the_api_in_local_only(portal: Synthesised) -> None:
    flows = set(client_of(portal)["ExplicitAuthFlows"])
    passwords = {"ALLOW_USER_PASSWORD_AUTH", "ALLOW_ADMIN_USER_PASSWORD_AUTH"}

    assert flows & passwords == (passwords if portal.stage.name == "local" else set())
    assert flows - passwords == {"ALLOW_USER_SRP_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"}


def test_a_new_e_mail_counts_only_once_it_is_verified(portal: Synthesised) -> None:
    assert pool_of(portal)["UserAttributeUpdateSettings"] == {"AttributesRequireVerificationBeforeUpdate": ["email"]}
    assert pool_of(portal)["AutoVerifiedAttributes"] == ["email"]


def test_one_e_mail_is_one_user_however_it_is_spelled(portal: Synthesised) -> None:
    assert pool_of(portal)["UsernameAttributes"] == ["email"]
    assert pool_of(portal)["UsernameConfiguration"] == {"CaseSensitive": False}


def test_the_pool_s_groups_are_the_roles(portal: Synthesised) -> None:
    groups = [group.properties["GroupName"] for group in portal.resources("AWS::Cognito::UserPoolGroup")]

    assert sorted(groups) == ["ADMIN", "STAFF", "USER", "VIEWER"]


def test_the_client_does_not_tell_who_has_an_account_and_tokens_can_be_revoked(portal: Synthesised) -> None:
    client = client_of(portal)

    assert client["PreventUserExistenceErrors"] == "ENABLED"
    assert client["EnableTokenRevocation"] is True
    assert client["AllowedOAuthFlowsUserPoolClient"] is False


def test_tokens_live_for_an_hour(portal: Synthesised) -> None:
    client = client_of(portal)

    assert (client["IdTokenValidity"], client["AccessTokenValidity"]) == (60, 60)
    assert {client["TokenValidityUnits"][token] for token in ("IdToken", "AccessToken")} == {"minutes"}


def test_passwords_are_long_and_mixed(portal: Synthesised) -> None:
    policy = pool_of(portal)["Policies"]["PasswordPolicy"]

    assert policy["MinimumLength"] >= 12
    assert all(policy[f"Require{what}"] for what in ("Lowercase", "Uppercase", "Numbers", "Symbols"))


def test_sign_in_is_guarded_against_stolen_passwords_in_prod(portal: Synthesised) -> None:
    pool = pool_of(portal)
    guarded = pool.get("UserPoolAddOns", {}).get("AdvancedSecurityMode") == "ENFORCED"

    assert guarded is (portal.stage.name == "prod")
    assert pool["UserPoolTier"] == ("PLUS" if guarded else "ESSENTIALS")


def test_a_lost_password_is_recovered_by_e_mail_and_a_second_factor_is_an_app(portal: Synthesised) -> None:
    recovery = pool_of(portal)["AccountRecoverySetting"]["RecoveryMechanisms"]

    assert [mechanism["Name"] for mechanism in recovery] == ["verified_email"]
    assert pool_of(portal)["EnabledMfas"] == ["SOFTWARE_TOKEN_MFA"]
