"""HateoasApi: the HTTP API that endpoints are added to, and everything they share."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

from aws_cdk import Acknowledgment, RemovalPolicy, Validations
from aws_cdk import aws_apigatewayv2 as apigateway
from aws_cdk import aws_iam as iam
from aws_cdk import aws_logs as logs
from aws_cdk import aws_sns as sns
from constructs import Construct

from constructs.hateoas_endpoint import defaults
from constructs.hateoas_endpoint.defaults import Throttle
from constructs.portal_function import Runtime
from constructs.portal_function import defaults as function_defaults
from constructs.portal_function.takeover import functions_arn
from runtime.hateoas_endpoint.route import Route

STAGE = "$default"


@dataclass(frozen=True, kw_only=True)
class Issuer:
    """Whose tokens the gateway takes: the user pool's issuer URL and the app client the tokens are made for."""

    url: str
    audience: str


class HateoasApi(Construct):
    """The HTTP API.

    ``alarm_topic`` is where its endpoints' alarms go. It cannot be left out; None is for a stage where nothing evaluates
    alarms.
    Exposes ``api``, ``stage``, ``authorizer``, ``invoke_role``, ``access_log`` and the ``routes`` added so far.
    """

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        name: str,
        issuer: Issuer,
        origins: Sequence[str],
        runtime: Runtime,
        alarm_topic: sns.ITopic | None,
    ) -> None:
        super().__init__(scope, id_)
        self.runtime = runtime
        self.alarm_topic_arn = alarm_topic.topic_arn if alarm_topic else None
        self.routes: list[Route] = []
        self.api = apigateway.CfnApi(
            self,
            "Api",
            name=name,
            protocol_type="HTTP",
            cors_configuration=_cors(origins),
            description="The BBWS customer portal",
        )
        # Each attribute is a question to the CDK's own process, so what every endpoint needs is asked for once.
        self.api_id = self.api.ref
        self.authorizer = apigateway.CfnAuthorizer(
            self,
            "Authorizer",
            api_id=self.api_id,
            authorizer_type="JWT",
            name="portal-users",
            identity_source=["$request.header.Authorization"],
            jwt_configuration=apigateway.CfnAuthorizer.JWTConfigurationProperty(issuer=issuer.url, audience=[issuer.audience]),
        )
        self.authorizer_id = self.authorizer.ref
        self.invoke_role = self._invoke_role()
        self.invoke_role_arn = self.invoke_role.role_arn
        self.access_log = logs.LogGroup(
            self,
            "AccessLog",
            log_group_name=f"/aws/apigateway/{name}",
            retention=runtime.log_retention,
            removal_policy=runtime.removal_policy,
        )
        self.stage = apigateway.CfnStage(
            self,
            "Stage",
            api_id=self.api_id,
            stage_name=STAGE,
            auto_deploy=True,
            access_log_settings=apigateway.CfnStage.AccessLogSettingsProperty(
                destination_arn=self.access_log.log_group_arn, format=json.dumps(defaults.ACCESS_LOG)
            ),
            default_route_settings=apigateway.CfnStage.RouteSettingsProperty(
                detailed_metrics_enabled=True,
                throttling_rate_limit=defaults.THROTTLE.per_second,
                throttling_burst_limit=defaults.THROTTLE.burst,
            ),
        )
        if runtime.removal_policy is RemovalPolicy.RETAIN:
            self.api.apply_removal_policy(RemovalPolicy.RETAIN)

    def throttle(self, route: apigateway.CfnRoute, throttle: Throttle) -> None:
        """Give one route a limit of its own; the stage can only name a route that is there before it."""
        settings = {
            "DetailedMetricsEnabled": True,
            "ThrottlingRateLimit": throttle.per_second,
            "ThrottlingBurstLimit": throttle.burst,
        }
        key = route.route_key.replace(".", r"\.")  # a dot would lead into the key
        self.stage.add_property_override(f"RouteSettings.{key}", settings)
        self.stage.add_resource_dependency(route)

    def _invoke_role(self) -> iam.Role:
        """One role with which the gateway invokes every function of this API, instead of a permission for each."""
        alias = function_defaults.ALIAS if self.runtime.takeover else None
        functions, found = functions_arn(self, self.runtime.name_prefix, alias=alias)
        statement = iam.PolicyStatement(sid="Functions", actions=["lambda:InvokeFunction"], resources=[functions])
        role = iam.Role(
            self,
            "InvokeRole",
            assumed_by=iam.ServicePrincipal("apigateway.amazonaws.com"),  # pyright: ignore[reportArgumentType] - jsii names the parameters otherwise
            inline_policies={"Invoke": iam.PolicyDocument(statements=[statement])},
        )
        reason = "The functions of this API and no others begin with this prefix; naming each would burst 10 kB at 60 routes."
        Validations.of(role).acknowledge(Acknowledgment(id=f"AwsSolutions-IAM5[Resource::{found}]", reason=reason))
        return role


def _cors(origins: Sequence[str]) -> apigateway.CfnApi.CorsProperty:
    return apigateway.CfnApi.CorsProperty(
        allow_origins=list(origins),
        allow_methods=list(defaults.CORS_METHODS),
        allow_headers=list(defaults.CORS_HEADERS),
        expose_headers=list(defaults.CORS_EXPOSED),
        max_age=int(defaults.CORS_MAX_AGE.to_seconds()),
    )
