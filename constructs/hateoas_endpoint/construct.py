"""HateoasEndpoint: one route of the API with everything it takes to run it, in ten resources."""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set

from aws_cdk import Acknowledgment, Duration, Validations
from aws_cdk import aws_apigatewayv2 as apigateway
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_iam as iam
from constructs import Construct

from constructs.hateoas_endpoint import defaults
from constructs.hateoas_endpoint.api import STAGE, HateoasApi
from constructs.hateoas_endpoint.checks import check_route
from constructs.hateoas_endpoint.defaults import Throttle
from constructs.portal_function import Network, PortalFunction
from constructs.portal_function import defaults as function_defaults
from constructs.portal_table import PortalTable, Read, Write
from runtime.hateoas_endpoint.route import Access, Route


class HateoasEndpoint(Construct):
    """A route, its Lambda, role, log group and integration, an alarm on faults and one on latency.

    ``reads`` and ``writes`` are all the function may do with the table, ``statements`` what it may do beyond.
    ``throttle`` is the gateway's limit for this route, beyond which it answers 429. ``network`` is where its function runs.

    Raises RouteError for a route that could not work. Exposes ``function`` (a PortalFunction), ``integration``, ``http_route``
    and ``alarms``.
    """

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        api: HateoasApi,
        route: Route,
        table: PortalTable | None = None,
        reads: Set[Read] = frozenset(),
        writes: Set[Write] = frozenset(),
        statements: Sequence[iam.PolicyStatement] = (),
        environment: Mapping[str, str] | None = None,
        timeout: Duration = function_defaults.TIMEOUT,
        latency_ms: int = defaults.LATENCY_MS,
        throttle: Throttle | None = None,
        network: Network | None = None,
    ) -> None:
        super().__init__(scope, id_)
        check_route(route, api.routes)
        if (reads or writes) and table is None:
            raise ValueError(f"{route.name} reads or writes without a table: pass table=.")
        api.routes.append(route)
        self.route = route
        self.function = PortalFunction(
            self,
            "Function",
            runtime=api.runtime,
            name=route.name,
            handler=route.handler,
            description=f"{route.key}: {route.title}",
            statements=[*(table.statements(reads=reads, writes=writes) if table else []), *statements],
            environment={**({"TABLE_NAME": table.name} if table else {}), **(environment or {})},
            timeout=timeout,
            network=network,
        )
        self.integration = apigateway.CfnIntegration(
            self,
            "Integration",
            api_id=api.api_id,
            integration_type="AWS_PROXY",
            integration_uri=self.function.live.function_arn,
            payload_format_version="2.0",
            credentials_arn=api.invoke_role_arn,
        )
        public = route.access is Access.PUBLIC
        self.http_route = apigateway.CfnRoute(
            self,
            "Route",
            api_id=api.api_id,
            route_key=route.path if route.path == "$default" else route.key,
            authorization_type="NONE" if public else "JWT",
            authorizer_id=None if public else api.authorizer_id,
            target=f"integrations/{self.integration.ref}",
        )
        if public:
            Validations.of(self.http_route).acknowledge(Acknowledgment(id="AwsSolutions-APIG4", reason=route.public_reason))
        self.throttle = throttle or (defaults.PUBLIC_THROTTLE if public else defaults.THROTTLE)
        if self.throttle != defaults.THROTTLE:
            api.throttle(self.http_route, self.throttle)
        self.alarms: tuple[cloudwatch.CfnAlarm, ...] = ()
        if (topic_arn := api.alarm_topic_arn) is not None:
            faults, latency = self._fault_alarm(api, topic_arn), self._latency_alarm(api, topic_arn, latency_ms)
            self.alarms = (faults, latency)
            # Not on latency: new code begins with cold starts.
            self.function.roll_back_on(faults.ref)

    def _fault_alarm(self, api: HateoasApi, topic_arn: str) -> cloudwatch.CfnAlarm:
        """5xx answers in a hundred; a function that is throttled at all counts as a hundred."""
        throttles = cloudwatch.CfnAlarm.MetricProperty(
            namespace="AWS/Lambda",
            metric_name="Throttles",
            dimensions=[_dimension("FunctionName", self.function.function.function_name)],
        )
        stat = cloudwatch.CfnAlarm.MetricStatProperty
        query = cloudwatch.CfnAlarm.MetricDataQueryProperty
        rate = "IF(FILL(throttles, 0) > 0, 100, IF(FILL(calls, 0) > 0, 100 * FILL(faults, 0) / calls, 0))"
        return self._alarm(
            "FaultAlarm",
            topic_arn,
            description=f"{self.route.key}: over {defaults.FAULT_PERCENT} % of the answers are 5xx, or it is throttled",
            threshold=defaults.FAULT_PERCENT,
            metrics=[
                query(id="rate", expression=rate, label="faults in a hundred calls", return_data=True),
                query(
                    id="faults",
                    metric_stat=stat(metric=self._gateway(api, "5xx"), period=defaults.ALARM_PERIOD_SECONDS, stat="Sum"),
                    return_data=False,
                ),
                query(
                    id="calls",
                    metric_stat=stat(metric=self._gateway(api, "Count"), period=defaults.ALARM_PERIOD_SECONDS, stat="Sum"),
                    return_data=False,
                ),
                query(
                    id="throttles",
                    metric_stat=stat(metric=throttles, period=defaults.ALARM_PERIOD_SECONDS, stat="Sum"),
                    return_data=False,
                ),
            ],
        )

    def _latency_alarm(self, api: HateoasApi, topic_arn: str, latency_ms: int) -> cloudwatch.CfnAlarm:
        p95 = cloudwatch.CfnAlarm.MetricStatProperty(
            metric=self._gateway(api, "Latency"), period=defaults.ALARM_PERIOD_SECONDS, stat="p95"
        )
        return self._alarm(
            "LatencyAlarm",
            topic_arn,
            description=f"{self.route.key}: the slowest 5 % of the answers take more than {latency_ms} ms",
            threshold=latency_ms,
            metrics=[cloudwatch.CfnAlarm.MetricDataQueryProperty(id="p95", metric_stat=p95, return_data=True)],
        )

    def _alarm(
        self,
        id_: str,
        topic_arn: str,
        *,
        description: str,
        threshold: float,
        metrics: list[cloudwatch.CfnAlarm.MetricDataQueryProperty],
    ) -> cloudwatch.CfnAlarm:
        return cloudwatch.CfnAlarm(
            self,
            id_,
            alarm_description=description,
            comparison_operator="GreaterThanThreshold",
            threshold=threshold,
            evaluation_periods=defaults.EVALUATIONS,
            datapoints_to_alarm=defaults.DATAPOINTS,
            treat_missing_data="notBreaching",
            metrics=metrics,
            alarm_actions=[topic_arn],
            ok_actions=[topic_arn],
        )

    def _gateway(self, api: HateoasApi, metric_name: str) -> cloudwatch.CfnAlarm.MetricProperty:
        """A metric of this route: https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-metrics.html"""
        method, resource = ("ANY", STAGE) if self.route.path == STAGE else (self.route.method, self.route.path)
        dimensions = {"ApiId": api.api_id, "Stage": STAGE, "Method": method, "Resource": resource}
        return cloudwatch.CfnAlarm.MetricProperty(
            namespace="AWS/ApiGateway",
            metric_name=metric_name,
            dimensions=[_dimension(name, value) for name, value in dimensions.items()],
        )


def _dimension(name: str, value: str) -> cloudwatch.CfnAlarm.DimensionProperty:
    return cloudwatch.CfnAlarm.DimensionProperty(name=name, value=value)
