"""The daily backups: of what, for how long, where to, who may delete them, and who hears when one was not made."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import cast

import aws_cdk as cdk
import pytest
from aws_cdk import aws_sns as sns
from aws_cdk.cx_api import CloudFormationStackArtifact
from cdk_nag import AwsSolutionsChecks, ServerlessChecks

from stacks.alarm_stack import AlarmStack
from stacks.backup_stack import BackupStack, RecoveryStack
from stacks.config import STAGES, Stage
from tests.infra.support import CONTEXT, Json, resources_of

TABLE, FILES, DATABASE = (
    "arn:aws:dynamodb:eu-west-1:111111111111:table/portal",
    "arn:aws:elasticfilesystem:eu-west-1:111111111111:file-system/fs-1",
    "arn:aws:rds:eu-west-1:111111111111:db:sites",
)


def made(stage: Stage, folder: Path, *, alarms: bool = True) -> dict[str, CloudFormationStackArtifact]:
    """The stacks of a stage's backups by component, checked by AwsSolutions and Serverless."""
    app = cdk.App(context=CONTEXT, outdir=str(folder))
    cdk.Validations.of(app).add_plugins(AwsSolutionsChecks(app, verbose=True), ServerlessChecks(app, verbose=True))
    topic = cast("sns.ITopic", AlarmStack(app, stage=stage).topic) if alarms else None
    stacks = [
        BackupStack(app, stage=stage, table_arn=TABLE, file_system_arn=FILES, database_arn=DATABASE, alarm_topic=topic),
        *([RecoveryStack(app, stage=stage)] if stage.recovery_region else []),
    ]
    assembly = app.synth()
    return {stack.component: assembly.get_stack_by_name(stack.stack_name) for stack in stacks}


@pytest.fixture(scope="module", params=["dev", "sit", "prod"])
def stage(request: pytest.FixtureRequest) -> Stage:
    return STAGES[str(request.param)]


@pytest.fixture(scope="module")
def stacks(stage: Stage, tmp_path_factory: pytest.TempPathFactory) -> dict[str, CloudFormationStackArtifact]:
    return made(stage, tmp_path_factory.mktemp(stage.name))


@pytest.fixture
def template(stacks: dict[str, CloudFormationStackArtifact]) -> Json:
    found: Json = stacks["backup"].template
    return found


def only(template: Json, type_: str) -> Json:
    """The properties of the one resource of a type."""
    (resource,) = resources_of(template, type_)
    return resource.properties


def rule_of(template: Json) -> Json:
    (rule,) = only(template, "AWS::Backup::BackupPlan")["BackupPlan"]["BackupPlanRule"]
    return dict(rule)


def test_table_files_and_database_are_backed_up_every_night_and_kept_for_35_days(template: Json) -> None:
    rule = rule_of(template)

    assert only(template, "AWS::Backup::BackupSelection")["BackupSelection"]["Resources"] == [TABLE, FILES, DATABASE]
    assert (rule["ScheduleExpression"], rule["Lifecycle"]) == ("cron(0 1 * * ? *)", {"DeleteAfterDays": 35})


def test_a_night_s_backup_has_ended_well_or_badly_before_the_next_one(template: Json) -> None:
    rule = rule_of(template)

    assert rule["StartWindowMinutes"] >= 60, "AWS Backup's least"
    assert rule["StartWindowMinutes"] + rule["CompletionWindowMinutes"] < 24 * 60


def test_aws_backup_leaves_the_database_s_own_retention_alone(template: Json) -> None:
    assert not rule_of(template).get("EnableContinuousBackup", False)


def test_only_a_stage_with_a_recovery_region_has_its_backups_copied_there_for_as_long(stage: Stage, template: Json) -> None:
    copies = rule_of(template).get("CopyActions", [])

    assert [copy["Lifecycle"] for copy in copies] == ([{"DeleteAfterDays": 35}] if stage.name == "prod" else [])


def test_copies_go_to_the_very_vault_that_the_recovery_region_has(tmp_path: Path) -> None:
    stacks = made(STAGES["prod"], tmp_path)

    (copy,) = rule_of(stacks["backup"].template)["CopyActions"]
    vault = only(stacks["recovery"].template, "AWS::Backup::BackupVault")
    region, _, name = "".join(part for part in copy["DestinationBackupVaultArn"]["Fn::Join"][1] if isinstance(part, str))[
        len("arn::backup:") :
    ].partition("::backup-vault:")
    assert (name, region) == (vault["BackupVaultName"], stacks["recovery"].environment.region)
    assert region == STAGES["prod"].recovery_region != STAGES["prod"].region


def test_a_stage_without_a_recovery_region_has_no_stack_for_it() -> None:
    with pytest.raises(ValueError, match="dev has no recovery region: set recovery_region="):
        RecoveryStack(cdk.App(), stage=STAGES["dev"])


def test_every_vault_is_encrypted_with_a_key_of_its_own_that_rotates(stacks: dict[str, CloudFormationStackArtifact]) -> None:
    for stack in stacks.values():
        (key,) = resources_of(stack.template, "AWS::KMS::Key")
        vault = only(stack.template, "AWS::Backup::BackupVault")

        assert vault["EncryptionKeyArn"] == {"Fn::GetAtt": [key.id, "Arn"]}
        assert key.properties["EnableKeyRotation"] is True


def test_where_data_is_kept_nobody_deletes_a_backup_and_a_vault_outlives_its_stack(
    stage: Stage, stacks: dict[str, CloudFormationStackArtifact]
) -> None:
    for stack in stacks.values():
        (vault,) = resources_of(stack.template, "AWS::Backup::BackupVault")
        policy, lock = vault.properties.get("AccessPolicy"), vault.properties.get("LockConfiguration")

        if not stage.keep_data:
            assert (policy, lock, vault.body["DeletionPolicy"]) == (None, None, "Delete")
            continue
        (statement,) = policy["Statement"] if policy else []
        assert (statement["Effect"], statement["Principal"], statement["Resource"]) == ("Deny", {"AWS": "*"}, "*")
        assert statement["Action"] == ["backup:DeleteRecoveryPoint", "backup:UpdateRecoveryPointLifecycle"]
        assert vault.body["DeletionPolicy"] == vault.body["UpdateReplacePolicy"] == "Retain"


def test_the_lock_keeps_backups_as_long_as_the_plan_does_and_can_be_taken_away(
    stage: Stage, stacks: dict[str, CloudFormationStackArtifact]
) -> None:
    locks = [only(stack.template, "AWS::Backup::BackupVault").get("LockConfiguration") for stack in stacks.values()]

    assert locks == [{"MinRetentionDays": 35} if stage.keep_data else None] * len(locks)


def test_aws_backup_backs_up_and_restores_with_a_role_for_each_and_each_has_aws_s_own_policy(template: Json) -> None:
    roles = {role.id: role.properties for role in resources_of(template, "AWS::IAM::Role")}

    policies = sorted(arn["Fn::Join"][1][-1].rpartition("/")[2] for role in roles.values() for arn in role["ManagedPolicyArns"])
    assert policies == ["AWSBackupServiceRolePolicyForBackup", "AWSBackupServiceRolePolicyForRestores"]
    assert {json.dumps(role["AssumeRolePolicyDocument"]["Statement"]) for role in roles.values()} == {
        json.dumps([{"Action": "sts:AssumeRole", "Effect": "Allow", "Principal": {"Service": "backup.amazonaws.com"}}])
    }


def test_the_backups_are_made_with_the_role_for_backups(template: Json) -> None:
    role = only(template, "AWS::Backup::BackupSelection")["BackupSelection"]["IamRoleArn"]["Fn::GetAtt"][0]

    assert "RolePolicyForBackup" in json.dumps(template["Resources"][role]["Properties"]["ManagedPolicyArns"])


def test_roles_have_names_that_another_region_s_stage_does_not_have(tmp_path: Path) -> None:
    elsewhere = replace(STAGES["prod"], region="eu-central-1", recovery_region="eu-west-1")
    here, there = made(STAGES["prod"], tmp_path / "1")["backup"].template, made(elsewhere, tmp_path / "2")["backup"].template

    names = [[role.properties["RoleName"] for role in resources_of(template, "AWS::IAM::Role")] for template in (here, there)]
    assert names == [
        ["bbws-portal-prod-backup-eu-west-1", "bbws-portal-prod-restore-eu-west-1"],
        ["bbws-portal-prod-backup-eu-central-1", "bbws-portal-prod-restore-eu-central-1"],
    ]


def test_a_backup_or_copy_that_was_not_made_is_told_to_the_alarm_topic_with_what_and_why(stage: Stage, template: Json) -> None:
    rule = only(template, "AWS::Events::Rule")

    (target,) = rule["Targets"]
    assert rule["EventPattern"] == {
        "source": ["aws.backup"],
        "detail-type": ["Backup Job State Change", "Copy Job State Change"],
        "detail": {"state": ["FAILED", "ABORTED", "EXPIRED"], "resourceArn": [TABLE, FILES, DATABASE]},
    }
    assert target["Arn"]["Fn::ImportValue"].startswith(f"{stage.prefix}-alarms:")
    assert {"$.detail.resourceArn", "$.detail.statusMessage"} < set(target["InputTransformer"]["InputPathsMap"].values())


def test_a_stage_without_alarms_tells_nobody(tmp_path: Path) -> None:
    template = made(STAGES["dev"], tmp_path, alarms=False)["backup"].template

    assert resources_of(template, "AWS::Events::Rule") == []


def test_the_stacks_bear_the_names_of_their_stage(stage: Stage, stacks: dict[str, CloudFormationStackArtifact]) -> None:
    assert {stack.stack_name for stack in stacks.values()} == {f"{stage.prefix}-{component}" for component in stacks}
    assert {stack.termination_protection for stack in stacks.values()} == {stage.terminate_protected}
