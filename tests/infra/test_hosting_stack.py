"""What runs WordPress: what its tasks may do, who reaches them, and how they are replaced."""

from __future__ import annotations

import json
from typing import Any

import pytest

from runtime.wordpress.ecs import CONTAINER
from tests.infra.support import Json, Resource, Synthesised, listed, statements_of


def task(portal: Synthesised, name: str) -> Json:
    """A task definition by the end of its family's name."""
    (found,) = (
        t.properties
        for t in portal.resources("AWS::ECS::TaskDefinition")
        if t.properties["Family"] == f"{portal.stage.prefix}-{name}"
    )
    return found


def container(portal: Synthesised, name: str) -> Json:
    (found,) = task(portal, name)["ContainerDefinitions"]
    return dict(found)


def role(portal: Synthesised, reference: Any) -> dict[str, Json]:
    """The statements of a role that a property refers to."""
    wanted = reference["Fn::GetAtt"][0]
    (found,) = (r for r in portal.resources("AWS::IAM::Role", component="hosting") if r.id == wanted)
    return {statement["Sid"]: statement for statement in statements_of(found)}


def balancer(portal: Synthesised, scheme: str) -> Resource:
    (found,) = (b for b in portal.resources("AWS::ElasticLoadBalancingV2::LoadBalancer") if b.properties["Scheme"] == scheme)
    return found


def listeners(portal: Synthesised, scheme: str) -> dict[int, Resource]:
    """A load balancer's listeners by their port."""
    wanted = {"Ref": balancer(portal, scheme).id}
    found = portal.resources("AWS::ElasticLoadBalancingV2::Listener")
    return {listener.properties["Port"]: listener for listener in found if listener.properties["LoadBalancerArn"] == wanted}


def rules(portal: Synthesised, scheme: str) -> list[tuple[str, list[str], str]]:
    """What the HTTPS listener of a load balancer does, in order: by what, with which values, and what then."""
    wanted = {"Ref": listeners(portal, scheme)[443].id}
    found = [r.properties for r in portal.resources("AWS::ElasticLoadBalancingV2::ListenerRule")]
    return [
        (condition["Field"], condition.get("PathPatternConfig", condition.get("HostHeaderConfig"))["Values"], action["Type"])
        for rule in sorted(found, key=lambda rule: int(rule["Priority"]))
        if rule["ListenerArn"] == wanted
        for condition in rule["Conditions"]
        for action in rule["Actions"]
    ]


def test_a_task_that_runs_strangers_code_acts_for_nobody(cloud_portal: Synthesised) -> None:
    assert "TaskRoleArn" not in task(cloud_portal, "sites")
    assert "Environment" not in container(cloud_portal, "sites")
    assert "Secrets" not in container(cloud_portal, "sites")


def test_maintenance_may_do_exactly_this(cloud_portal: Synthesised) -> None:
    statements = role(cloud_portal, task(cloud_portal, "maintenance")["TaskRoleArn"])

    assert {sid: set(listed(statement["Action"])) for sid, statement in statements.items()} == {
        "AgentSecrets": {"kms:GenerateMac"},
        "DatabaseSecret": {"secretsmanager:GetSecretValue"},
        "DatabaseSecretKey": {"kms:Decrypt"},
        "MountFolders": {"elasticfilesystem:ClientMount", "elasticfilesystem:ClientWrite"},
    }
    assert "kms:ViaService" in statements["DatabaseSecretKey"]["Condition"]["StringEquals"]
    assert len(statements["MountFolders"]["Condition"]["StringEquals"]["elasticfilesystem:AccessPointArn"]) == 2


def test_to_start_a_task_ecs_pulls_the_one_image_and_writes_the_two_logs(cloud_portal: Synthesised) -> None:
    roles = {json.dumps(task(cloud_portal, name)["ExecutionRoleArn"]) for name in ("sites", "maintenance")}
    statements = role(cloud_portal, json.loads(roles.pop()))

    assert roles == set()
    assert {sid: set(listed(statement["Action"])) for sid, statement in statements.items()} == {
        "PullImage": {"ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"},
        "ImageToken": {"ecr:GetAuthorizationToken"},
        "OwnLog": {"logs:CreateLogStream", "logs:PutLogEvents"},
    }
    assert len(statements["OwnLog"]["Resource"]) == 2


def test_roles_of_tasks_are_taken_on_by_ecs_for_this_account_only(cloud_portal: Synthesised) -> None:
    trusts = [
        statement
        for found in cloud_portal.resources("AWS::IAM::Role", component="hosting")
        for statement in found.properties["AssumeRolePolicyDocument"]["Statement"]
    ]

    assert {json.dumps(trust["Principal"]) for trust in trusts} == {'{"Service": "ecs-tasks.amazonaws.com"}'}
    assert [trust["Condition"] for trust in trusts] == [{"StringEquals": {"aws:SourceAccount": {"Ref": "AWS::AccountId"}}}] * 2


def test_both_tasks_run_the_one_image_which_this_repository_is_built_into(cloud_portal: Synthesised) -> None:
    images = {json.dumps(container(cloud_portal, name)["Image"]) for name in ("sites", "maintenance")}

    assert len(images) == 1
    assert "cdk-hnb659fds-container-assets" in images.pop()


@pytest.mark.parametrize("name", ["sites", "maintenance"])
def test_a_container_can_write_its_shared_folders_and_its_sockets_and_nothing_else(
    name: str, cloud_portal: Synthesised
) -> None:
    properties = container(cloud_portal, name)
    other = {"sites": "/run/bbws", "maintenance": "/srv/backups"}[name]

    assert properties["ReadonlyRootFilesystem"] is True
    assert {mount["ContainerPath"] for mount in properties["MountPoints"]} == {"/srv/wordpress", other}


def test_shared_folders_are_mounted_encrypted_and_that_of_the_backups_by_role(cloud_portal: Synthesised) -> None:
    def ways(name: str) -> dict[str, tuple[str, str]]:
        volumes = [v for v in task(cloud_portal, name)["Volumes"] if "EFSVolumeConfiguration" in v]
        return {
            v["Name"]: (
                v["EFSVolumeConfiguration"]["TransitEncryption"],
                v["EFSVolumeConfiguration"]["AuthorizationConfig"]["IAM"],
            )
            for v in volumes
        }

    assert ways("sites") == {"wordpress": ("ENABLED", "DISABLED")}
    assert ways("maintenance") == {"wordpress": ("ENABLED", "ENABLED"), "backups": ("ENABLED", "ENABLED")}


def test_the_maintenance_container_is_the_one_that_consumers_start(cloud_portal: Synthesised) -> None:
    variables = cloud_portal.function("SiteCreation").properties["Environment"]["Variables"]

    assert container(cloud_portal, "maintenance")["Name"] == CONTAINER
    assert variables["MAINTENANCE_TASK"] == task(cloud_portal, "maintenance")["Family"]


def test_maintenance_runs_in_a_cluster_in_which_no_task_serves_sites(cloud_portal: Synthesised) -> None:
    clusters = {cluster.properties["ClusterName"] for cluster in cloud_portal.resources("AWS::ECS::Cluster")}
    variables = cloud_portal.function("SiteUpdate").properties["Environment"]["Variables"]

    assert clusters == {cloud_portal.stage.prefix, variables["MAINTENANCE_CLUSTER"]}
    assert cloud_portal.resource("AWS::ECS::Service").properties["Cluster"] == cloud_portal.stage.prefix


def test_both_run_on_graviton_as_the_functions_do(cloud_portal: Synthesised) -> None:
    platforms = [task(cloud_portal, name)["RuntimePlatform"] for name in ("sites", "maintenance")]

    assert platforms == [{"CpuArchitecture": "ARM64", "OperatingSystemFamily": "LINUX"}] * 2


def test_visitors_reach_sites_by_their_names_and_no_agent(cloud_portal: Synthesised) -> None:
    assert rules(cloud_portal, "internet-facing") == [
        ("path-pattern", ["/wp-json/bbws-agent/*"], "fixed-response"),
        ("host-header", [f"*.{cloud_portal.stage.site_domain}"], "forward"),
    ]


def test_functions_reach_sites_and_their_agents(cloud_portal: Synthesised) -> None:
    assert rules(cloud_portal, "internal") == [("host-header", [f"*.{cloud_portal.stage.site_domain}"], "forward")]


@pytest.mark.parametrize("scheme", ["internet-facing", "internal"])
def test_a_name_that_is_no_site_s_is_answered_with_404(scheme: str, cloud_portal: Synthesised) -> None:
    (action,) = listeners(cloud_portal, scheme)[443].properties["DefaultActions"]

    assert (action["Type"], action["FixedResponseConfig"]["StatusCode"]) == ("fixed-response", "404")


@pytest.mark.parametrize("scheme", ["internet-facing", "internal"])
def test_sites_are_reached_by_tls_of_today_only(scheme: str, cloud_portal: Synthesised) -> None:
    https = listeners(cloud_portal, scheme)[443].properties

    assert (https["Protocol"], https["SslPolicy"]) == ("HTTPS", "ELBSecurityPolicy-TLS13-1-2-Res-2021-06")
    assert len(https["Certificates"]) == 1


def test_plain_http_is_only_sent_on_to_https(cloud_portal: Synthesised) -> None:
    public, private = listeners(cloud_portal, "internet-facing"), listeners(cloud_portal, "internal")
    (action,) = public[80].properties["DefaultActions"]

    assert (set(public), set(private)) == ({80, 443}, {443})
    assert (action["Type"], action["RedirectConfig"]["Protocol"]) == ("redirect", "HTTPS")


def test_the_certificate_is_for_the_names_of_all_environments(cloud_portal: Synthesised) -> None:
    certificate = cloud_portal.resource("AWS::CertificateManager::Certificate").properties
    domain = cloud_portal.stage.site_domain

    assert [certificate["DomainName"], *certificate["SubjectAlternativeNames"]] == [
        f"*.{domain}", f"*.dev.{domain}", f"*.sit.{domain}",
    ]  # fmt: skip


def test_functions_are_told_the_private_load_balancer_by_https(cloud_portal: Synthesised) -> None:
    for name in ("SiteUpdate", "GetSiteHealth", "ToggleSitePlugin", "health-refresher"):
        gateway = cloud_portal.function(name).properties["Environment"]["Variables"]["WORDPRESS_GATEWAY"]
        scheme, host = gateway["Fn::Join"][1]

        assert scheme == "https://"
        assert cloud_portal.exported(host)["Fn::GetAtt"] == [balancer(cloud_portal, "internal").id, "DNSName"]


def test_the_service_stands_behind_both_load_balancers(cloud_portal: Synthesised) -> None:
    service = cloud_portal.resource("AWS::ECS::Service").properties

    assert [(b["ContainerName"], b["ContainerPort"]) for b in service["LoadBalancers"]] == [("sites", 8080)] * 2
    assert {b["TargetGroupArn"]["Ref"] for b in service["LoadBalancers"]} == {
        group.id for group in cloud_portal.resources("AWS::ElasticLoadBalancingV2::TargetGroup")
    }


def test_a_deployment_that_makes_sites_fail_goes_back_by_itself(cloud_portal: Synthesised) -> None:
    deployment = cloud_portal.resource("AWS::ECS::Service").properties["DeploymentConfiguration"]
    alarms = {a.id for a in cloud_portal.resources("AWS::CloudWatch::Alarm", component="hosting")}

    assert deployment["DeploymentCircuitBreaker"] == {"Enable": True, "Rollback": True}
    assert (deployment["MinimumHealthyPercent"], deployment["MaximumPercent"]) == (100, 200)
    assert {name["Ref"] for name in deployment["Alarms"]["AlarmNames"]} == alarms
    assert (deployment["Alarms"]["Enable"], deployment["Alarms"]["Rollback"]) == (True, True)


@pytest.mark.parametrize(("stage", "least", "most"), [("dev", 1, 4), ("sit", 1, 4), ("prod", 2, 10)])
def test_there_are_as_many_tasks_as_the_load_needs(stage: str, least: int, most: int, portals: dict[str, Synthesised]) -> None:
    target = portals[stage].resource("AWS::ApplicationAutoScaling::ScalableTarget").properties

    assert (target["MinCapacity"], target["MaxCapacity"]) == (least, most)


def test_load_balancers_say_who_asked_for_what(cloud_portal: Synthesised) -> None:
    for scheme in ("internet-facing", "internal"):
        attributes = {a["Key"]: a["Value"] for a in balancer(cloud_portal, scheme).properties["LoadBalancerAttributes"]}

        assert attributes["access_logs.s3.enabled"] == "true"
        assert attributes["routing.http.drop_invalid_header_fields.enabled"] == "true"


def test_the_local_stage_has_no_hosting_of_its_own(portals: dict[str, Synthesised]) -> None:
    assert set(portals["local"].templates) & {"network", "storage", "hosting", "backup", "recovery", "delivery"} == set()
