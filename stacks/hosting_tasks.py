"""The two tasks of the WordPress image: one that serves sites and acts for nobody, one that maintains them and may."""

from __future__ import annotations

from aws_cdk import Acknowledgment, Stack, Validations
from aws_cdk import aws_ecs as ecs
from aws_cdk import aws_iam as iam
from aws_cdk import aws_logs as logs
from constructs import Construct

from stacks.data_stack import DataStack
from stacks.hosting_config import Hosting
from stacks.image import Image
from stacks.network_stack import SITES_PORT
from stacks.portal_stack import PortalStack
from stacks.storage_stack import Folder, StorageStack

SITES_PATH, BACKUPS_PATH = "/srv/wordpress", "/srv/backups"
RUN_PATH = "/run/bbws"
"""Where the servers keep their sockets and temporary files: an empty volume, whose owner the image names."""

STOP_SECONDS = 120
"""What a task is left to end what it has begun: the longest that Fargate gives."""


class Tasks(Construct):
    """The execution role, the role of maintenance, their log groups and task definitions.

    Exposes ``serving`` and ``maintenance`` (task definitions), ``roles`` (whoever starts maintenance has to pass them),
    ``maintenance_family`` and ``maintenance_log``.
    """

    def __init__(
        self, scope: PortalStack, id_: str, *, image: Image, hosting: Hosting, storage: StorageStack, data: DataStack
    ) -> None:
        super().__init__(scope, id_)
        self._stage, self._image, self._storage = scope.portal_stage, image, storage
        prefix = self._stage.prefix
        self.serving_log, self.maintenance_log = self._log("sites"), self._log("maintenance")
        self.execution_role = self._execution_role()
        self.maintenance_role = self._maintenance_role(data)
        self.maintenance_family = f"{prefix}-maintenance"
        self.serving = self._task(
            "Serving",
            family=f"{prefix}-sites",
            cpu=hosting.cpu,
            memory=hosting.memory,
            role=None,
            mounts={SITES_PATH: storage.sites, RUN_PATH: None},
            container={
                "name": "sites",
                "command": ["serve"],
                "port_mappings": [ecs.CfnTaskDefinition.PortMappingProperty(container_port=SITES_PORT)],
                "log_configuration": _logged(self.serving_log, "sites"),
            },
        )
        self.maintenance = self._task(
            "Maintenance",
            family=self.maintenance_family,
            cpu=hosting.maintenance_cpu,
            memory=hosting.maintenance_memory,
            role=self.maintenance_role,
            mounts={SITES_PATH: storage.sites, BACKUPS_PATH: storage.backups},
            container={
                "name": "maintenance",
                "environment": [
                    ecs.CfnTaskDefinition.KeyValuePairProperty(name=name, value=value)
                    for name, value in {
                        "AGENT_KEY_ID": data.agent_key.key_arn,
                        "DATABASE_SECRET_ID": storage.database.secret_arn,
                        "DATABASE_HOST": storage.database.host,
                        "AWS_DEFAULT_REGION": Stack.of(self).region,
                    }.items()
                ],
                "log_configuration": _logged(self.maintenance_log, "maintenance"),
            },
        )
        reason = "Names and places only; the password is fetched by the task itself, and is in no variable."
        Validations.of(self.maintenance).acknowledge(Acknowledgment(id="AwsSolutions-ECS2", reason=reason))

    def _log(self, name: str) -> logs.LogGroup:
        stage = self._stage
        return logs.LogGroup(
            self,
            f"{name.capitalize()}Log",
            log_group_name=f"/aws/ecs/{stage.prefix}-{name}",
            retention=stage.log_retention,
            removal_policy=stage.removal_policy,
        )

    def _execution_role(self) -> iam.Role:
        """What ECS itself needs to start either task."""
        pull = ["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"]
        groups = [self.serving_log.log_group_arn, self.maintenance_log.log_group_arn]
        role = _task_role(
            self,
            "ExecutionRole",
            iam.PolicyStatement(sid="PullImage", actions=pull, resources=[self._image.repository_arn]),
            iam.PolicyStatement(sid="ImageToken", actions=["ecr:GetAuthorizationToken"], resources=["*"]),
            iam.PolicyStatement(
                sid="OwnLog", actions=["logs:CreateLogStream", "logs:PutLogEvents"], resources=[f"{arn}" for arn in groups]
            ),
        )
        reason = "The token is one for all repositories of the account; what can be pulled with it is said beside it."
        Validations.of(role).acknowledge(Acknowledgment(id="AwsSolutions-IAM5[Resource::*]", reason=reason))
        return role

    def _maintenance_role(self, data: DataStack) -> iam.Role:
        """What the maintenance command may do: derive agents' secrets, administer the database server, write both folders."""
        database, storage = self._storage.database, self._storage
        folders = (storage.sites, storage.backups)
        return _task_role(
            self,
            "MaintenanceRole",
            data.derive_agent_secrets(),
            iam.PolicyStatement(
                sid="DatabaseSecret", actions=["secretsmanager:GetSecretValue"], resources=[database.secret_arn]
            ),
            iam.PolicyStatement(
                sid="DatabaseSecretKey",
                actions=["kms:Decrypt"],
                resources=[database.key_arn],
                conditions={"StringEquals": {"kms:ViaService": f"secretsmanager.{Stack.of(self).region}.amazonaws.com"}},
            ),
            iam.PolicyStatement(
                sid="MountFolders",
                actions=["elasticfilesystem:ClientMount", "elasticfilesystem:ClientWrite"],
                resources=[storage.arn_of(folder) for folder in folders],
                conditions={
                    "StringEquals": {"elasticfilesystem:AccessPointArn": [storage.point_of(folder) for folder in folders]}
                },
            ),
        )

    def _task(
        self,
        id_: str,
        *,
        family: str,
        cpu: int,
        memory: int,
        role: iam.Role | None,
        mounts: dict[str, Folder | None],
        container: dict[str, object],
    ) -> ecs.CfnTaskDefinition:
        """A task definition whose container can write what is mounted, and nothing else; None is an empty volume."""
        return ecs.CfnTaskDefinition(
            self,
            id_,
            family=family,
            cpu=str(cpu),
            memory=str(memory),
            network_mode="awsvpc",
            requires_compatibilities=["FARGATE"],
            runtime_platform=ecs.CfnTaskDefinition.RuntimePlatformProperty(
                cpu_architecture="ARM64", operating_system_family="LINUX"
            ),
            execution_role_arn=self.execution_role.role_arn,
            task_role_arn=role.role_arn if role else None,
            volumes=[_volume(path, folder, by_role=role is not None) for path, folder in mounts.items()],
            container_definitions=[
                ecs.CfnTaskDefinition.ContainerDefinitionProperty(
                    image=self._image.uri,
                    essential=True,
                    readonly_root_filesystem=True,
                    stop_timeout=STOP_SECONDS,
                    linux_parameters=ecs.CfnTaskDefinition.LinuxParametersProperty(init_process_enabled=True),
                    mount_points=[
                        ecs.CfnTaskDefinition.MountPointProperty(
                            source_volume=_name_of(path), container_path=path, read_only=False
                        )
                        for path in mounts
                    ],
                    **container,  # type: ignore[arg-type]
                )
            ],
        )


def _name_of(path: str) -> str:
    return path.rpartition("/")[2]


def _volume(path: str, folder: Folder | None, *, by_role: bool) -> ecs.CfnTaskDefinition.VolumeProperty:
    if folder is None:
        return ecs.CfnTaskDefinition.VolumeProperty(name=_name_of(path))
    return ecs.CfnTaskDefinition.VolumeProperty(
        name=_name_of(path),
        efs_volume_configuration=ecs.CfnTaskDefinition.EFSVolumeConfigurationProperty(
            filesystem_id=folder.file_system_id,
            transit_encryption="ENABLED",
            authorization_config=ecs.CfnTaskDefinition.AuthorizationConfigProperty(
                access_point_id=folder.access_point_id, iam="ENABLED" if by_role else "DISABLED"
            ),
        ),
    )


def _logged(group: logs.LogGroup, prefix: str) -> ecs.CfnTaskDefinition.LogConfigurationProperty:
    return ecs.CfnTaskDefinition.LogConfigurationProperty(
        log_driver="awslogs",
        options={
            "awslogs-group": group.log_group_name,
            "awslogs-region": Stack.of(group).region,
            "awslogs-stream-prefix": prefix,
            # A log that cannot be written must not stop a site.
            "mode": "non-blocking",
            "max-buffer-size": "4m",
        },
    )


def _task_role(scope: Construct, id_: str, *statements: iam.PolicyStatement) -> iam.Role:
    """A role for tasks of this account only."""
    stack = Stack.of(scope)
    ours = {"StringEquals": {"aws:SourceAccount": stack.account}}
    return iam.Role(
        scope,
        id_,
        assumed_by=iam.ServicePrincipal("ecs-tasks.amazonaws.com", conditions=ours),  # pyright: ignore[reportArgumentType] - jsii names the parameters otherwise
        inline_policies={"Permissions": iam.PolicyDocument(statements=list(statements))},
    )
