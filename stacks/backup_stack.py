"""What is copied every day, so that neither a mistake nor the loss of a region is the end: the table, the files, the database.

The table and the database can go back to any second of the last days by themselves. AWS Backup does not manage that too: it
would set the database's retention behind CloudFormation's back, and every look for drift would find it.
https://github.com/aws-cloudformation/cloudformation-coverage-roadmap/issues/2167
"""

from __future__ import annotations

from dataclasses import replace

from aws_cdk import Acknowledgment, Duration, Validations
from aws_cdk import aws_backup as backup
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_sns as sns
from constructs import Construct

from stacks.config import Stage
from stacks.portal_stack import PortalStack

KEPT = Duration.days(35)

EVERY_NIGHT = events.Schedule.cron(minute="0", hour="1")
"""In UTC. The database's maintenance window has to lie elsewhere: an hour before it and in it, no backup of RDS begins.

https://docs.aws.amazon.com/aws-backup/latest/devguide/plan-options-and-configuration.html
"""

START_WITHIN, COMPLETE_WITHIN = Duration.hours(2), Duration.hours(20)
"""A job that has not begun or ended by then is EXPIRED or ABORTED, and somebody hears of it before the next night."""

ENDED_BADLY = ["FAILED", "ABORTED", "EXPIRED"]

DELETE = ["backup:DeleteRecoveryPoint", "backup:UpdateRecoveryPointLifecycle"]


class BackupStack(PortalStack):
    """The vault, the plan, and the roles that back up and restore.

    Takes the ARNs of what is backed up. ``alarm_topic`` hears of backups and copies that were not made; None is for a stage
    without alarms. Where the stage has a recovery region, each backup is copied to the vault of its RecoveryStack.
    """

    def __init__(
        self,
        scope: Construct,
        *,
        stage: Stage,
        table_arn: str,
        file_system_arn: str,
        database_arn: str,
        alarm_topic: sns.ITopic | None,
    ) -> None:
        super().__init__(scope, stage=stage, component="backup", description="BBWS portal: the daily backups")
        arns = [table_arn, file_system_arn, database_arn]
        self.vault = _vault(self, stage.prefix)
        self.plan = backup.BackupPlan(
            self,
            "Plan",
            backup_plan_name=stage.prefix,
            backup_vault=self.vault,
            backup_plan_rules=[
                backup.BackupPlanRule(
                    rule_name="every-night",
                    schedule_expression=EVERY_NIGHT,
                    start_window=START_WITHIN,
                    completion_window=COMPLETE_WITHIN,
                    delete_after=KEPT,
                    copy_actions=self._copies(stage),
                )
            ],
        )
        backup.BackupSelection(
            self,
            "Selection",
            backup_plan=self.plan,
            backup_selection_name=stage.prefix,
            resources=[backup.BackupResource.from_arn(arn) for arn in arns],
            role=self._role("BackupRole", "backup", "AWSBackupServiceRolePolicyForBackup"),  # pyright: ignore[reportArgumentType] - jsii names the parameters otherwise
            disable_default_backup_policy=True,
        )
        self._role("RestoreRole", "restore", "AWSBackupServiceRolePolicyForRestores")
        if alarm_topic is not None:
            self._tell_of_what_ended_badly(arns, alarm_topic)

    def _copies(self, stage: Stage) -> list[backup.BackupPlanCopyActionProps]:
        if stage.recovery_region is None:
            return []
        arn = f"arn:{self.partition}:backup:{stage.recovery_region}:{self.account}:backup-vault:{recovery_vault(stage)}"
        vault = backup.BackupVault.from_backup_vault_arn(self, "Recovery", arn)
        return [backup.BackupPlanCopyActionProps(destination_backup_vault=vault, delete_after=KEPT)]

    def _role(self, id_: str, purpose: str, policy: str) -> iam.Role:
        """A role that AWS Backup takes on, with a name that runbooks can say.

        The region is part of it, because roles are the account's: the stage in another region has its own.
        """
        role = iam.Role(
            self,
            id_,
            role_name=f"{self.portal_stage.prefix}-{purpose}-{self.portal_stage.region}",
            assumed_by=iam.ServicePrincipal("backup.amazonaws.com"),  # pyright: ignore[reportArgumentType] - jsii names the parameters otherwise
            managed_policies=[iam.ManagedPolicy.from_aws_managed_policy_name(f"service-role/{policy}")],
        )
        # https://docs.aws.amazon.com/aws-backup/latest/devguide/security-iam-awsmanpol.html
        Validations.of(role).acknowledge(
            Acknowledgment(
                id=f"AwsSolutions-IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/service-role/{policy}]",
                reason="AWS keeps this policy in step with what its jobs call; one of ours may lack an action and fail them.",
            )
        )
        return role

    def _tell_of_what_ended_badly(self, arns: list[str], topic: sns.ITopic) -> None:
        """By events rather than by metrics: they name what was not saved, and why."""
        what, state, why = (
            events.EventField.from_path(f"$.detail.{name}") for name in ("resourceArn", "state", "statusMessage")
        )
        message = f"{self.portal_stage.prefix}: a backup or its copy is {state}: {what}: {why} See docs/runbooks/backups.md."
        rule = events.Rule(
            self,
            "EndedBadly",
            description="Backups and copies that were not made: what is lost now is older than a day when it is put back",
            event_pattern=events.EventPattern(
                source=["aws.backup"],
                detail_type=["Backup Job State Change", "Copy Job State Change"],
                detail={"state": ENDED_BADLY, "resourceArn": arns},
            ),
            targets=[targets.SnsTopic(topic, message=events.RuleTargetInput.from_text(message))],  # pyright: ignore[reportArgumentType] - jsii names the parameters otherwise
        )
        reason = "EventBridge tries for a day to tell the topic, and by then the next night's backup has spoken for itself."
        Validations.of(rule).acknowledge(Acknowledgment(id="Serverless-EventBusDLQ", reason=reason))


class RecoveryStack(PortalStack):
    """The vault in the stage's recovery region, to which backups are copied. It has to be there before the first copy."""

    def __init__(self, scope: Construct, *, stage: Stage) -> None:
        if stage.recovery_region is None:
            raise ValueError(f"{stage.name} has no recovery region: set recovery_region= in stacks/config.py.")
        there = replace(stage, region=stage.recovery_region)
        super().__init__(scope, stage=there, component="recovery", description="BBWS portal: backups in another region")
        self.vault = _vault(self, recovery_vault(stage))


def recovery_vault(stage: Stage) -> str:
    """The name of the vault in the recovery region: known beforehand, because no stack refers to one of another region."""
    return f"{stage.prefix}-recovery"


def _vault(stack: PortalStack, name: str) -> backup.BackupVault:
    """A vault with a key of its own.

    Where data is kept nobody deletes from it by hand: a policy says so, and a lock that takes an administrator of AWS Backup to
    open (governance, so that a wrong retention can be mended). Elsewhere both would keep the stack from being deleted.
    """
    stage = stack.portal_stage
    key = kms.Key(
        stack,
        "Key",
        description=f"Encrypts the backups in {name}",
        enable_key_rotation=True,
        removal_policy=stage.removal_policy,
    )
    nobody = iam.PolicyStatement(
        sid="NobodyDeletes",
        effect=iam.Effect.DENY,
        actions=DELETE,
        principals=[iam.AnyPrincipal()],  # pyright: ignore[reportArgumentType] - jsii names the parameters otherwise
        resources=["*"],
    )
    return backup.BackupVault(
        stack,
        "Vault",
        backup_vault_name=name,
        encryption_key=key,
        access_policy=iam.PolicyDocument(statements=[nobody]) if stage.keep_data else None,
        lock_configuration=backup.LockConfiguration(min_retention=KEPT) if stage.keep_data else None,
        removal_policy=stage.removal_policy,
    )
