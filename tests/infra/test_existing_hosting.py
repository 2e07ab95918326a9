"""Hosting of which parts are there already, and the other ways in which a stage can be configured."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import aws_cdk as cdk
import pytest

from stacks.config import STAGES, Stage
from stacks.hosting_config import (
    Existing,
    ExistingDatabase,
    ExistingFileSystem,
    ExistingNetwork,
    Hosting,
    Zone,
)
from stacks.image import image_of
from stacks.portal_stack import PortalStack
from tests.infra.support import Synthesised, synthesise

ZONES = ("eu-west-1a", "eu-west-1b")
NETWORK = ExistingNetwork(
    vpc_id="vpc-1",
    availability_zones=ZONES,
    public=("subnet-p1", "subnet-p2"),
    tasks=("subnet-t1", "subnet-t2"),
    functions=("subnet-f1", "subnet-f2"),
    storage=("subnet-s1", "subnet-s2"),
)
DATABASE = ExistingDatabase(
    arn="arn:aws:rds:eu-west-1:111111111111:db:ours",
    host="ours.example",
    secret_arn="arn:aws:secretsmanager:eu-west-1:111111111111:secret:ours-abcdef",
    key_arn="arn:aws:kms:eu-west-1:111111111111:key/ours",
    security_group_id="sg-database",
)
SITES = ExistingFileSystem(file_system_id="fs-sites", access_point_id="fsap-sites", security_group_id="sg-files")
BACKUPS = ExistingFileSystem(file_system_id="fs-backups", access_point_id="fsap-backups", security_group_id="sg-files-2")
ALL = Existing(network=NETWORK, cluster="ours", database=DATABASE, sites=SITES, backups=BACKUPS)
DIGEST = "sha256:" + "0123456789abcdef" * 4
IMAGE = f"111111111111.dkr.ecr.eu-west-1.amazonaws.com/ours/wordpress@{DIGEST}"


def configured(hosting: Hosting) -> Stage:
    return replace(STAGES["dev"], hosting=hosting)


@pytest.fixture(scope="module")
def given(bundle: Path, tmp_path_factory: pytest.TempPathFactory) -> Synthesised:
    """A stage on a host of which everything is there."""
    return synthesise(configured(Hosting(existing=ALL)), bundle, tmp_path_factory.mktemp("given"))


@pytest.fixture(scope="module")
def zoned(bundle: Path, tmp_path_factory: pytest.TempPathFactory) -> Synthesised:
    """A stage whose names are in a zone of Route 53."""
    zone = Zone(zone_id="Z0123456789", name="dev.bbws.example")
    return synthesise(configured(Hosting(zone=zone)), bundle, tmp_path_factory.mktemp("zoned"))


def types_in(portal: Synthesised, *components: str) -> set[str]:
    return {resource.type for component in components for resource in portal.resources(component=component)}


def test_what_is_there_already_is_not_made(given: Synthesised) -> None:
    made = types_in(given, "network", "storage", "hosting")

    assert made & {
        "AWS::EC2::VPC", "AWS::EC2::Subnet", "AWS::EC2::NatGateway", "AWS::EC2::VPCEndpoint", "AWS::RDS::DBInstance",
        "AWS::EFS::FileSystem", "AWS::ECS::Cluster", "AWS::KMS::Key",
    } == set()  # fmt: skip


def test_tasks_and_functions_run_in_the_network_that_is_there(given: Synthesised) -> None:
    service = given.resource("AWS::ECS::Service").properties["NetworkConfiguration"]["AwsvpcConfiguration"]
    consumer = given.function("SiteCreation").properties

    assert service["Subnets"] == ["subnet-t1", "subnet-t2"]
    assert consumer["VpcConfig"]["SubnetIds"] == ["subnet-f1", "subnet-f2"]
    assert consumer["Environment"]["Variables"]["MAINTENANCE_SUBNETS"] == "subnet-t1,subnet-t2"
    assert consumer["Environment"]["Variables"]["MAINTENANCE_CLUSTER"] == "ours"


def test_tasks_are_let_into_the_database_and_the_file_systems_that_are_there(given: Synthesised) -> None:
    opened = [
        (rule.properties["GroupId"], rule.properties["ToPort"])
        for rule in given.resources("AWS::EC2::SecurityGroupIngress", component="storage")
    ]

    assert sorted(opened) == [("sg-database", 3306)] * 2 + [("sg-files", 2049)] * 2 + [("sg-files-2", 2049)] * 2


def test_maintenance_works_with_the_database_and_the_file_systems_that_are_there(given: Synthesised) -> None:
    (task,) = (t for t in given.resources("AWS::ECS::TaskDefinition") if "TaskRoleArn" in t.properties)
    (container,) = task.properties["ContainerDefinitions"]
    variables = {each["Name"]: each["Value"] for each in container["Environment"]}
    volumes = [v["EFSVolumeConfiguration"]["FilesystemId"] for v in task.properties["Volumes"] if "EFSVolumeConfiguration" in v]

    assert (variables["DATABASE_HOST"], variables["DATABASE_SECRET_ID"]) == (DATABASE.host, DATABASE.secret_arn)
    assert volumes == ["fs-sites", "fs-backups"]


def test_a_zone_validates_the_certificate_and_leads_every_environment_s_names_to_the_public_load_balancer(
    zoned: Synthesised,
) -> None:
    certificate = zoned.resource("AWS::CertificateManager::Certificate").properties
    records = {record.properties["Name"] for record in zoned.resources("AWS::Route53::RecordSet")}

    assert {each["HostedZoneId"] for each in certificate["DomainValidationOptions"]} == {"Z0123456789"}
    assert records == {f"*.{labels}sites.dev.bbws.example." for labels in ("", "dev.", "sit.")}


def test_a_certificate_that_is_there_is_used(bundle: Path, tmp_path: Path) -> None:
    arn = "arn:aws:acm:eu-west-1:111111111111:certificate/ours"

    portal = synthesise(configured(Hosting(certificate_arn=arn)), bundle, tmp_path)

    secure = [x.properties for x in portal.resources("AWS::ElasticLoadBalancingV2::Listener") if x.properties["Port"] == 443]
    assert [x["Certificates"] for x in secure] == [[{"CertificateArn": arn}]] * 2
    assert portal.resources("AWS::CertificateManager::Certificate") == []


def test_an_image_is_given_by_its_digest() -> None:
    image = image_of(_stack(), IMAGE)

    assert image.uri == IMAGE
    assert image.repository_arn.endswith(":ecr:eu-west-1:111111111111:repository/ours/wordpress")


@pytest.mark.parametrize(
    "image",
    [
        "wordpress",
        "wordpress:latest",
        IMAGE.replace(f"@{DIGEST}", ":latest"),
        f"docker.io/library/wordpress@{DIGEST}",
        IMAGE[:-1],
    ],
)
def test_an_image_that_may_be_another_tomorrow_is_refused(image: str) -> None:
    with pytest.raises(ValueError, match=r"by its digest: write ACCOUNT\.dkr\.ecr"):
        image_of(_stack(), image)


def test_subnets_are_given_for_every_zone() -> None:
    with pytest.raises(ValueError, match="tasks= needs one subnet for each of eu-west-1a, eu-west-1b, in this order"):
        replace(NETWORK, tasks=("subnet-t1",))


def _stack() -> PortalStack:
    return PortalStack(cdk.App(), stage=STAGES["dev"], component="hosting", description="An image's stack")
