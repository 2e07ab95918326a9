"""What sites are made of: who may reach it, how it is encrypted, and what keeps it from being lost."""

from __future__ import annotations

from tests.infra.support import Json, Resource, Synthesised, listed


def file_systems(portal: Synthesised) -> dict[str, Resource]:
    return {system.id[:-8]: system for system in portal.resources("AWS::EFS::FileSystem")}


def database(portal: Synthesised) -> Json:
    return portal.resource("AWS::RDS::DBInstance").properties


def allowed(system: Resource) -> list[Json]:
    return [s for s in system.properties["FileSystemPolicy"]["Statement"] if s["Effect"] == "Allow"]


def test_everything_is_encrypted_with_the_one_key_which_is_rotated(cloud_portal: Synthesised) -> None:
    (key,) = cloud_portal.resources("AWS::KMS::Key", component="storage")
    arn = {"Fn::GetAtt": [key.id, "Arn"]}

    assert key.properties["EnableKeyRotation"] is True
    assert {name: (s.properties["Encrypted"], s.properties["KmsKeyId"]) for name, s in file_systems(cloud_portal).items()} == {
        "Sites": (True, arn),
        "Backups": (True, arn),
    }
    assert (database(cloud_portal)["StorageEncrypted"], database(cloud_portal)["KmsKeyId"]) == (True, arn)


def test_rds_makes_and_rotates_the_password_so_that_no_template_and_nobody_knows_it(cloud_portal: Synthesised) -> None:
    properties = database(cloud_portal)

    assert properties["ManageMasterUserPassword"] is True
    assert properties["MasterUserSecret"]["KmsKeyId"] == properties["KmsKeyId"]
    assert "MasterUserPassword" not in properties


def test_sites_are_mounted_by_whoever_the_network_lets_near_and_backups_by_a_role_only(cloud_portal: Synthesised) -> None:
    (anybody,) = allowed(file_systems(cloud_portal)["Sites"])

    assert anybody["Condition"] == {"Bool": {"elasticfilesystem:AccessedViaMountTarget": "true"}}
    assert set(anybody["Action"]) == {"elasticfilesystem:ClientMount", "elasticfilesystem:ClientWrite"}
    assert allowed(file_systems(cloud_portal)["Backups"]) == []


def test_nothing_is_mounted_in_plain_text(cloud_portal: Synthesised) -> None:
    for system in file_systems(cloud_portal).values():
        (denied,) = (s for s in system.properties["FileSystemPolicy"]["Statement"] if s["Effect"] == "Deny")

        assert denied["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}
        assert listed(denied["Action"]) == ["*"]


def test_whoever_mounts_is_the_user_of_the_image_below_one_folder(cloud_portal: Synthesised) -> None:
    points = {p.properties["RootDirectory"]["Path"]: p.properties for p in cloud_portal.resources("AWS::EFS::AccessPoint")}

    assert set(points) == {"/sites", "/backups"}
    for point in points.values():
        assert (point["PosixUser"]["Uid"], point["PosixUser"]["Gid"]) == ("33", "33")
        assert point["RootDirectory"]["CreationInfo"] == {"OwnerUid": "33", "OwnerGid": "33", "Permissions": "0750"}


def test_the_server_is_the_one_that_the_local_bed_runs(cloud_portal: Synthesised) -> None:
    properties = database(cloud_portal)

    assert (properties["Engine"], properties["EngineVersion"].rpartition(".")[0]) == ("mariadb", "10.11")
    assert properties["PubliclyAccessible"] is False


def test_prod_has_a_standby_and_can_go_back_35_days(portals: dict[str, Synthesised]) -> None:
    found = {
        name: (database(portals[name])["MultiAZ"], database(portals[name])["BackupRetentionPeriod"])
        for name in ("dev", "sit", "prod")
    }

    assert found == {"dev": (False, 7), "sit": (False, 7), "prod": (True, 35)}


def test_where_data_is_kept_the_server_refuses_to_be_deleted(cloud_portal: Synthesised) -> None:
    assert database(cloud_portal)["DeletionProtection"] is cloud_portal.stage.keep_data


def test_a_busy_and_a_full_server_alarm(cloud_portal: Synthesised) -> None:
    alarms = {a.id: a.properties for a in cloud_portal.resources("AWS::CloudWatch::Alarm", component="storage")}
    full = next(alarm for id_, alarm in alarms.items() if id_.startswith("DatabaseFull"))
    (formula,) = (query["Expression"] for query in full["Metrics"] if "Expression" in query)

    assert len(alarms) == 2
    assert (formula, full["Threshold"]) == ("5 - free / 1000000000", 0)
