"""Who may sign in: the user pool, its groups, which are the roles, and the portal's app client."""

from __future__ import annotations

from aws_cdk import Acknowledgment, CfnOutput, Duration, Validations
from aws_cdk import aws_cognito as cognito
from constructs import Construct

from constructs.hateoas_endpoint.api import Issuer
from runtime.hateoas_endpoint.route import Role
from stacks.config import Stage
from stacks.portal_stack import PortalStack


class IdentityStack(PortalStack):
    """The user pool.

    The attributes that say whose tenants a user may enter are written by the dispatcher alone: the app client can read but
    not write them, because what a client may write, a user may write about themselves.
    """

    def __init__(self, scope: Construct, *, stage: Stage) -> None:
        super().__init__(scope, stage=stage, component="identity", description="BBWS portal: who may sign in")
        self.pool = cognito.UserPool(
            self,
            "Users",
            user_pool_name=stage.prefix,
            self_sign_up_enabled=True,
            sign_in_aliases=cognito.SignInAliases(email=True),
            sign_in_case_sensitive=False,
            auto_verify=cognito.AutoVerifiedAttrs(email=True),
            keep_original=cognito.KeepOriginalAttrs(email=True),
            standard_attributes=cognito.StandardAttributes(email=cognito.StandardAttribute(required=True, mutable=True)),
            custom_attributes={
                "tenantIds": cognito.StringAttribute(mutable=True, max_len=2048),
                "tenantRoles": cognito.StringAttribute(mutable=True, max_len=2048),
            },
            password_policy=cognito.PasswordPolicy(
                min_length=12,
                require_digits=True,
                require_lowercase=True,
                require_uppercase=True,
                require_symbols=True,
                temp_password_validity=Duration.days(3),
            ),
            feature_plan=cognito.FeaturePlan.PLUS if stage.threat_protection else cognito.FeaturePlan.ESSENTIALS,
            standard_threat_protection_mode=(
                cognito.StandardThreatProtectionMode.FULL_FUNCTION if stage.threat_protection else None
            ),
            mfa=cognito.Mfa.OPTIONAL,
            mfa_second_factor=cognito.MfaSecondFactor(otp=True, sms=False),
            account_recovery=cognito.AccountRecovery.EMAIL_ONLY,
            deletion_protection=stage.keep_data,
            removal_policy=stage.removal_policy,
        )
        self._accept_findings(stage)
        for role in Role:
            cognito.CfnUserPoolGroup(self, role.capitalize(), user_pool_id=self.pool.user_pool_id, group_name=role.value)
        writable = cognito.ClientAttributes().with_standard_attributes(email=True, fullname=True, locale=True, timezone=True)
        readable = writable.with_standard_attributes(email_verified=True).with_custom_attributes("tenantIds", "tenantRoles")
        self.client = self.pool.add_client(
            "Portal",
            user_pool_client_name=f"{stage.prefix}-web",
            auth_flows=cognito.AuthFlow(
                user_srp=True, user_password=stage.test_sign_in, admin_user_password=stage.test_sign_in
            ),
            disable_o_auth=True,
            prevent_user_existence_errors=True,
            enable_token_revocation=True,
            read_attributes=readable,
            write_attributes=writable,
            id_token_validity=Duration.hours(1),
            access_token_validity=Duration.hours(1),
            refresh_token_validity=Duration.days(30),
        )
        CfnOutput(self, "UserPoolId", value=self.pool.user_pool_id)
        CfnOutput(self, "ClientId", value=self.client.user_pool_client_id)

    def _accept_findings(self, stage: Stage) -> None:
        reason = "Customers choose a second factor for themselves: many sign in through agencies that share an authenticator."
        Validations.of(self.pool).acknowledge(Acknowledgment(id="AwsSolutions-COG2", reason=reason))
        if not stage.threat_protection:
            reason = "Threat protection is billed for each active user and guards prod, where there are customers."
            Validations.of(self.pool).acknowledge(Acknowledgment(id="AwsSolutions-COG8", reason=reason))

    @property
    def issuer(self) -> Issuer:
        """Whose tokens the API takes."""
        url = f"https://cognito-idp.{self.region}.{self.url_suffix}/{self.pool.user_pool_id}"
        return Issuer(url=url, audience=self.client.user_pool_client_id)
