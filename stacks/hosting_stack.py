"""What runs WordPress: the tasks that serve sites, the tasks that maintain them, and how both are reached."""

from __future__ import annotations

from aws_cdk import Acknowledgment, CfnOutput, Token, Validations
from aws_cdk import aws_ecs as ecs
from aws_cdk import aws_iam as iam
from aws_cdk import aws_sns as sns
from constructs import Construct

from constructs.batch_consumer import BatchConsumer
from stacks.config import Stage
from stacks.data_stack import DataStack
from stacks.hosting_balancers import Balancers
from stacks.hosting_config import Hosting
from stacks.hosting_service import Service
from stacks.hosting_tasks import Tasks
from stacks.image import image_of
from stacks.network_stack import NetworkStack
from stacks.portal_stack import PortalStack
from stacks.storage_stack import StorageStack


class HostingStack(PortalStack):
    """The cluster, the tasks, the load balancers and the service; what functions are told to reach sites and to start tasks.

    ``image`` is that of the tasks, by its digest; None is the one of this repository.
    """

    def __init__(
        self,
        scope: Construct,
        *,
        stage: Stage,
        hosting: Hosting,
        network: NetworkStack,
        storage: StorageStack,
        data: DataStack,
        image: str | None,
        alarm_topic: sns.ITopic | None,
    ) -> None:
        super().__init__(scope, stage=stage, component="hosting", description="BBWS portal: what runs WordPress")
        self.network = network
        self.cluster = hosting.existing.cluster or stage.prefix
        # Apart from the sites' own, so that whoever may stop a task of maintenance can stop no task that serves sites.
        self.maintenance_cluster = hosting.existing.cluster or f"{stage.prefix}-maintenance"
        self.tasks = Tasks(self, "Tasks", image=image_of(self, image), hosting=hosting, storage=storage, data=data)
        self.balancers = Balancers(self, "Balancers", hosting=hosting, network=network)
        self.service = Service(
            self,
            "Sites",
            cluster=self.cluster,
            tasks=self.tasks,
            balancers=self.balancers,
            hosting=hosting,
            network=network,
            alarm_topic=alarm_topic,
        )
        if not hosting.existing.cluster:
            self.service.service.add_resource_dependency(self._make_cluster("Cluster", self.cluster))
            self._make_cluster("MaintenanceCluster", self.maintenance_cluster)
        CfnOutput(self, "SitesAddress", value=self.balancers.public.load_balancer_dns_name)

    @property
    def gateway(self) -> dict[str, str]:
        """The variable by which functions reach sites."""
        return {"WORDPRESS_GATEWAY": f"https://{self.balancers.private.load_balancer_dns_name}"}

    @property
    def maintenance(self) -> dict[str, str]:
        """The variables by which consumers start maintenance tasks, and find their logs."""
        return {
            "MAINTENANCE_CLUSTER": self.maintenance_cluster,
            # Without its revision: a consumer takes the newest, and an export that changes could not be deployed.
            "MAINTENANCE_TASK": self.tasks.maintenance_family,
            "MAINTENANCE_SUBNETS": ",".join(subnet.subnet_id for subnet in self.network.tasks.subnets or ()),
            "MAINTENANCE_SECURITY_GROUPS": self.network.maintenance.security_group_id,
            "MAINTENANCE_LOG_GROUP": self.tasks.maintenance_log.log_group_name,
        }

    def start_tasks(self) -> list[iam.PolicyStatement]:
        """The permission to start maintenance tasks, to look at them, and to stop one that never ends."""
        family = self.tasks.maintenance_family
        definitions = self.format_arn(service="ecs", resource="task-definition", resource_name=f"{family}:*")
        tasks = self.format_arn(service="ecs", resource="task", resource_name=f"{self.maintenance_cluster}/*")
        cluster = self.format_arn(service="ecs", resource="cluster", resource_name=self.maintenance_cluster)
        of_cluster = {"ArnEquals": {"ecs:cluster": cluster}}
        return [
            iam.PolicyStatement(sid="StartTasks", actions=["ecs:RunTask"], resources=[definitions], conditions=of_cluster),
            iam.PolicyStatement(
                sid="FollowTasks", actions=["ecs:DescribeTasks", "ecs:StopTask"], resources=[tasks], conditions=of_cluster
            ),
            iam.PolicyStatement(
                sid="TaskRoles",
                actions=["iam:PassRole"],
                resources=[self.tasks.execution_role.role_arn, self.tasks.maintenance_role.role_arn],
                conditions={"StringEquals": {"iam:PassedToService": "ecs-tasks.amazonaws.com"}},
            ),
        ]

    def accept_wildcards(self, consumer: BatchConsumer) -> None:
        """Say at a consumer's role why its permissions to start tasks have wildcards."""
        account = "<AWS::AccountId>" if Token.is_unresolved(self.account) else self.account
        ecs_arn = f"arn:<AWS::Partition>:ecs:{self.region}:{account}"
        reasons = {
            f"{ecs_arn}:task-definition/{self.tasks.maintenance_family}:*": (
                "Every revision of the one maintenance task: a new image is a new revision."
            ),
            f"{ecs_arn}:task/{self.maintenance_cluster}/*": (
                "A task's id is made when it starts, and in this cluster there are maintenance tasks only."
            ),
        }
        for found, reason in reasons.items():
            acknowledgment = Acknowledgment(id=f"AwsSolutions-IAM5[Resource::{found}]", reason=reason)
            Validations.of(consumer.function.role).acknowledge(acknowledgment)

    def _make_cluster(self, id_: str, name: str) -> ecs.CfnCluster:
        insights = ecs.CfnCluster.ClusterSettingsProperty(name="containerInsights", value="enabled")
        return ecs.CfnCluster(self, id_, cluster_name=name, cluster_settings=[insights])
