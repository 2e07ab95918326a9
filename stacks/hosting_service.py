"""The service that keeps the serving tasks running: how many, how they are replaced, and who is told when they are not well."""

from __future__ import annotations

from aws_cdk import Duration, Stack
from aws_cdk import aws_applicationautoscaling as scaling
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_ecs as ecs
from aws_cdk import aws_elasticloadbalancingv2 as elb
from aws_cdk import aws_sns as sns
from constructs import Construct

from constructs.portal_alarm import PortalAlarm
from stacks.hosting_balancers import Balancers
from stacks.hosting_config import Hosting
from stacks.hosting_tasks import Tasks
from stacks.network_stack import SITES_PORT, NetworkStack
from stacks.portal_stack import PortalStack

BUSY_PERCENT = 60
"""The processor's load that the number of tasks is held at: PHP is slow long before it is at its end."""

FAULT_PERCENT = 5
GRACE_SECONDS = 60


class Service(Construct):
    """The ECS service of the serving tasks. Exposes ``service``, ``scaling`` and ``alarms``.

    New tasks have to be healthy before old ones go; a deployment whose tasks do not get healthy, or that makes sites fail,
    goes back to the one before.
    """

    def __init__(
        self,
        scope: PortalStack,
        id_: str,
        *,
        cluster: str,
        tasks: Tasks,
        balancers: Balancers,
        hosting: Hosting,
        network: NetworkStack,
        alarm_topic: sns.ITopic | None,
    ) -> None:
        super().__init__(scope, id_)
        self.alarms = self._alarms(balancers, alarm_topic) if alarm_topic else ()
        self.service = ecs.CfnService(
            self,
            "Service",
            cluster=cluster,
            service_name=f"{scope.portal_stage.prefix}-sites",
            task_definition=tasks.serving.ref,
            launch_type="FARGATE",
            desired_count=hosting.tasks,
            health_check_grace_period_seconds=GRACE_SECONDS,
            enable_execute_command=False,
            enable_ecs_managed_tags=True,
            propagate_tags="SERVICE",
            availability_zone_rebalancing="ENABLED",
            deployment_configuration=ecs.CfnService.DeploymentConfigurationProperty(
                minimum_healthy_percent=100,
                maximum_percent=200,
                deployment_circuit_breaker=ecs.CfnService.DeploymentCircuitBreakerProperty(enable=True, rollback=True),
                alarms=ecs.CfnService.DeploymentAlarmsProperty(
                    alarm_names=[each.alarm.alarm_name for each in self.alarms], enable=True, rollback=True
                )
                if self.alarms
                else None,
            ),
            network_configuration=ecs.CfnService.NetworkConfigurationProperty(
                awsvpc_configuration=ecs.CfnService.AwsVpcConfigurationProperty(
                    assign_public_ip="DISABLED",
                    subnets=[subnet.subnet_id for subnet in network.tasks.subnets or ()],
                    security_groups=[network.sites.security_group_id],
                )
            ),
            load_balancers=[
                ecs.CfnService.LoadBalancerProperty(
                    container_name="sites", container_port=SITES_PORT, target_group_arn=targets.target_group_arn
                )
                for targets in balancers.targets
            ],
        )
        # Until a listener leads to them, target groups belong to no balancer, and the service could not join them.
        self.service.node.add_dependency(balancers)
        self.scaling = self._scale(cluster, hosting)

    def _scale(self, cluster: str, hosting: Hosting) -> scaling.CfnScalingPolicy:
        target = scaling.CfnScalableTarget(
            self,
            "Scalable",
            service_namespace="ecs",
            scalable_dimension="ecs:service:DesiredCount",
            resource_id=f"service/{cluster}/{self.service.attr_name}",
            min_capacity=hosting.tasks,
            max_capacity=hosting.most_tasks,
        )
        policy = scaling.CfnScalingPolicy
        return policy(
            self,
            "Scaling",
            policy_name=f"{Stack.of(self).stack_name}-load",
            policy_type="TargetTrackingScaling",
            scaling_target_id=target.ref,
            target_tracking_scaling_policy_configuration=policy.TargetTrackingScalingPolicyConfigurationProperty(
                target_value=BUSY_PERCENT,
                scale_out_cooldown=60,
                scale_in_cooldown=300,
                predefined_metric_specification=policy.PredefinedMetricSpecificationProperty(
                    predefined_metric_type="ECSServiceAverageCPUUtilization"
                ),
            ),
        )

    def _alarms(self, balancers: Balancers, topic: sns.ITopic) -> tuple[PortalAlarm, ...]:
        metrics = balancers.public.metrics
        rate = cloudwatch.MathExpression(
            expression="IF(FILL(requests, 0) > 0, 100 * FILL(faults, 0) / requests, 0)",
            label="faults in a hundred requests",
            period=Duration.minutes(5),
            using_metrics={
                "faults": metrics.http_code_target(elb.HttpCodeTarget.TARGET_5XX_COUNT, statistic="Sum"),
                "requests": metrics.request_count(statistic="Sum"),
            },
        )
        public, _ = balancers.targets
        return (
            PortalAlarm(
                self,
                "SitesFail",
                topic=topic,
                description=f"Over {FAULT_PERCENT} % of the answers of all sites are 5xx: look at the serving tasks' log",
                metric=rate,
                threshold=FAULT_PERCENT,
            ),
            PortalAlarm(
                self,
                "SitesUnhealthy",
                topic=topic,
                description="A serving task does not get healthy: sites are slower, or down when it is the only one",
                metric=public.metrics.unhealthy_host_count(statistic="Minimum"),
                threshold=0,
            ),
        )
