"""What sites are made of and must never be lost: their databases, their files, and the backups of both."""

from __future__ import annotations

from dataclasses import dataclass

from aws_cdk import Acknowledgment, CfnOutput, Duration, RemovalPolicy, Validations
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_efs as efs
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_logs as logs
from aws_cdk import aws_rds as rds
from aws_cdk import aws_sns as sns
from constructs import Construct

from constructs.portal_alarm import PortalAlarm
from stacks.config import Stage
from stacks.hosting_config import ExistingDatabase, ExistingFileSystem, Hosting
from stacks.network_stack import MYSQL, NFS, NetworkStack
from stacks.portal_stack import PortalStack

ENGINE = rds.DatabaseInstanceEngine.maria_db(version=rds.MariaDbEngineVersion.of("10.11.19", "10.11"))
"""That of the local bed. RDS updates the last number by itself, and the daily look for drift says when to write it here."""

OWNER = "33"
"""www-data in the image, which owns every file of a site."""

ADMINISTRATOR = "portal"
MAINTENANCE_WINDOW = "sun:04:00-sun:05:00"
"""In UTC, away from the nightly backups: none begins in it or in the hour before."""

LOGS = ("error", "slowquery")
BUSY_PERCENT = 80
LEAST_FREE_GB = 5


@dataclass(frozen=True, kw_only=True)
class Database:
    """Where the database server is, and the secret of who administers it, with the key that encrypts the secret."""

    arn: str
    host: str
    secret_arn: str
    key_arn: str


@dataclass(frozen=True, kw_only=True)
class Folder:
    """A shared folder: an access point of a file system."""

    file_system_id: str
    access_point_id: str


class StorageStack(PortalStack):
    """A MariaDB server whose master password RDS makes and rotates, and two file systems: of the sites, and of their backups.

    Tasks that serve sites have no role, so that nobody can act in its name from a site; they reach the file system of the
    sites by their security group alone. That of the backups takes nobody without a role.
    """

    def __init__(
        self, scope: Construct, *, stage: Stage, hosting: Hosting, network: NetworkStack, alarm_topic: sns.ITopic | None
    ) -> None:
        super().__init__(scope, stage=stage, component="storage", description="BBWS portal: what sites are made of")
        existing = hosting.existing
        self._network = network
        self._key: kms.Key | None = None
        self.sites = (
            self._given(existing.sites, "Sites") if existing.sites else self._folder("Sites", for_everybody_inside=True)
        )
        self.backups = (
            self._given(existing.backups, "Backups")
            if existing.backups
            else self._folder("Backups", for_everybody_inside=False)
        )
        self.database = self._given_database(existing.database) if existing.database else self._server(hosting, alarm_topic)
        CfnOutput(self, "DatabaseHost", value=self.database.host)
        CfnOutput(self, "DatabaseSecret", value=self.database.secret_arn)
        CfnOutput(self, "SitesFileSystem", value=self.sites.file_system_id)
        CfnOutput(self, "BackupsFileSystem", value=self.backups.file_system_id)

    def arn_of(self, folder: Folder) -> str:
        """The ARN of a folder's file system."""
        return self.format_arn(service="elasticfilesystem", resource="file-system", resource_name=folder.file_system_id)

    def point_of(self, folder: Folder) -> str:
        """The ARN of a folder's access point."""
        return self.format_arn(service="elasticfilesystem", resource="access-point", resource_name=folder.access_point_id)

    @property
    def key(self) -> kms.Key:
        """The one key of everything that is made here."""
        if self._key is None:
            self._key = kms.Key(
                self,
                "Key",
                description="Encrypts the sites' databases, files and backups, and the database server's password",
                enable_key_rotation=True,
                removal_policy=self.portal_stage.removal_policy,
            )
        return self._key

    def _folder(self, id_: str, *, for_everybody_inside: bool) -> Folder:
        kept = self.portal_stage.keep_data
        system = efs.FileSystem(
            self,
            id_,
            vpc=self._network.vpc,
            vpc_subnets=self._network.storage,
            security_group=self._network.files,
            file_system_name=f"{self.portal_stage.prefix}-{id_.lower()}",
            encrypted=True,
            kms_key=self.key,
            throughput_mode=efs.ThroughputMode.ELASTIC,
            lifecycle_policy=efs.LifecyclePolicy.AFTER_30_DAYS if for_everybody_inside else efs.LifecyclePolicy.AFTER_7_DAYS,
            out_of_infrequent_access_policy=efs.OutOfInfrequentAccessPolicy.AFTER_1_ACCESS if for_everybody_inside else None,
            # The backup stack copies the sites, at a time and for a time of its own. The other one is a backup itself.
            enable_automatic_backups=False,
            file_system_policy=_policy(for_everybody_inside=for_everybody_inside),
            removal_policy=RemovalPolicy.RETAIN if kept else RemovalPolicy.DESTROY,
        )
        point = system.add_access_point(
            "Folder",
            path=f"/{id_.lower()}",
            posix_user=efs.PosixUser(uid=OWNER, gid=OWNER),
            create_acl=efs.Acl(owner_uid=OWNER, owner_gid=OWNER, permissions="0750"),
        )
        return Folder(file_system_id=system.file_system_id, access_point_id=point.access_point_id)

    def _server(self, hosting: Hosting, alarm_topic: sns.ITopic | None) -> Database:
        stage = self.portal_stage
        instance = rds.DatabaseInstance(
            self,
            "Database",
            engine=ENGINE,
            instance_type=ec2.InstanceType(hosting.database_instance),
            instance_identifier=stage.prefix,
            vpc=self._network.vpc,
            vpc_subnets=self._network.storage,
            security_groups=[self._network.database],
            credentials=rds.Credentials.from_username(ADMINISTRATOR),
            manage_master_user_password=True,
            parameters={
                "character_set_server": "utf8mb4",
                "collation_server": "utf8mb4_unicode_520_ci",
                "max_allowed_packet": str(64 * 1024 * 1024),
                # With the binary log that backups need, MariaDB else takes triggers from a SUPER user only; RDS has none.
                "log_bin_trust_function_creators": "1",
                "slow_query_log": "1",
                "log_output": "FILE",
            },
            multi_az=hosting.multi_az,
            storage_type=rds.StorageType.GP3,
            allocated_storage=hosting.database_storage,
            max_allocated_storage=hosting.most_database_storage,
            storage_encrypted=True,
            storage_encryption_key=self.key,
            backup_retention=Duration.days(hosting.backup_days),
            delete_automated_backups=not stage.keep_data,
            copy_tags_to_snapshot=True,
            cloudwatch_logs_exports=list(LOGS),
            auto_minor_version_upgrade=True,
            preferred_maintenance_window=MAINTENANCE_WINDOW,
            deletion_protection=stage.keep_data,
            removal_policy=RemovalPolicy.RETAIN if stage.keep_data else RemovalPolicy.DESTROY,
        )
        # Made by RDS, they would be kept for ever.
        instance.node.add_dependency(*self._logs())
        if alarm_topic is not None:
            self._alarm(instance, alarm_topic)
        _accept_findings(instance, stage=stage, hosting=hosting)
        resource = instance.node.default_child
        assert isinstance(resource, rds.CfnDBInstance)  # noqa: S101 - for the type checkers
        resource.master_user_secret = rds.CfnDBInstance.MasterUserSecretProperty(kms_key_id=self.key.key_arn)
        return Database(
            arn=instance.instance_arn,
            host=instance.db_instance_endpoint_address,
            secret_arn=resource.attr_master_user_secret_secret_arn,
            key_arn=self.key.key_arn,
        )

    def _logs(self) -> list[logs.LogGroup]:
        stage = self.portal_stage
        return [
            logs.LogGroup(
                self,
                f"{name.capitalize()}Log",
                log_group_name=f"/aws/rds/instance/{stage.prefix}/{name}",
                retention=stage.log_retention,
                removal_policy=stage.removal_policy,
            )
            for name in LOGS
        ]

    def _given_database(self, given: ExistingDatabase) -> Database:
        self._let_in(given.security_group_id, "Database", MYSQL)
        return Database(arn=given.arn, host=given.host, secret_arn=given.secret_arn, key_arn=given.key_arn)

    def _given(self, given: ExistingFileSystem, id_: str) -> Folder:
        self._let_in(given.security_group_id, id_, NFS)
        return Folder(file_system_id=given.file_system_id, access_point_id=given.access_point_id)

    def _let_in(self, group_id: str, name: str, port: int) -> None:
        """Open the security group of what is there already for the tasks."""
        group = ec2.SecurityGroup.from_security_group_id(self, f"{name}Group", group_id)
        for tasks in (self._network.sites, self._network.maintenance):
            group.add_ingress_rule(tasks, ec2.Port.tcp(port), "Tasks of the portal")

    def _alarm(self, instance: rds.DatabaseInstance, topic: sns.ITopic) -> None:
        PortalAlarm(
            self,
            "DatabaseBusy",
            topic=topic,
            description=f"The database server's processor is over {BUSY_PERCENT} % busy: every site gets slow",
            metric=instance.metric_cpu_utilization(),
            threshold=BUSY_PERCENT,
        )
        free = cloudwatch.MathExpression(
            expression=f"{LEAST_FREE_GB} - free / 1000000000",
            label=f"GB missing to {LEAST_FREE_GB} free",
            using_metrics={"free": instance.metric_free_storage_space(statistic="Minimum")},
        )
        PortalAlarm(
            self,
            "DatabaseFull",
            topic=topic,
            description=f"The database server has less than {LEAST_FREE_GB} GB left; without any, no site can be changed",
            metric=free,
            threshold=0,
        )


def _policy(*, for_everybody_inside: bool) -> iam.PolicyDocument:
    """Who may mount, by TLS only. Without an Allow for everybody, it takes a role that may."""
    refused = iam.PolicyStatement(
        sid="OnlyEncrypted",
        effect=iam.Effect.DENY,
        principals=[iam.AnyPrincipal()],  # pyright: ignore[reportArgumentType] - jsii names the parameters otherwise
        actions=["*"],
        resources=["*"],
        conditions={"Bool": {"aws:SecureTransport": "false"}},
    )
    mount = iam.PolicyStatement(
        sid="MountInside",
        principals=[iam.AnyPrincipal()],  # pyright: ignore[reportArgumentType] - jsii names the parameters otherwise
        actions=["elasticfilesystem:ClientMount", "elasticfilesystem:ClientWrite"],
        resources=["*"],
        conditions={"Bool": {"elasticfilesystem:AccessedViaMountTarget": "true"}},
    )
    return iam.PolicyDocument(statements=[refused, mount] if for_everybody_inside else [refused])


def _accept_findings(instance: rds.DatabaseInstance, *, stage: Stage, hosting: Hosting) -> None:
    reasons = {
        "RDS11": "Only tasks can reach the server; another port would hide nothing from them.",
    }
    if not hosting.multi_az:
        reasons["RDS3"] = "A standby doubles the price; this stage may be down while RDS replaces the instance."
    if not stage.keep_data:
        reasons["RDS10"] = "The sites of this stage may go with its stacks."
    for rule, reason in reasons.items():
        Validations.of(instance).acknowledge(Acknowledgment(id=f"AwsSolutions-{rule}", reason=reason))
