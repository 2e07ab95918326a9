"""What a stage has that costs by being there, counted in its templates."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from ops.permissions.assembly import Assembly, Resource

CELL = ("network", "storage", "hosting")
"""The stacks that another cell of hosting would have again."""

HOSTED = {"AWS::Backup::BackupPlan", "AWS::ECS::TaskDefinition", "AWS::EFS::FileSystem", "AWS::RDS::DBInstance"}
"""What a stage has to make itself for its costs to be counted."""

GATEWAY_METRICS = 6
"""Count, 4xx, 5xx, Latency, IntegrationLatency and DataProcessed, for each route once a stage's detailed metrics are on.

https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-metrics.html
"""

Properties = dict[str, Any]
ByType = Mapping[str, list[Properties]]


@dataclass(frozen=True, kw_only=True)
class Tasks:
    """The size of a kind of task: vCPUs and memory in GB; of the serving ones also how many there are at least and at most."""

    cpu: float
    memory: float
    least: int = 0
    most: int = 0


@dataclass(frozen=True, kw_only=True)
class Database:
    """A cell's database: its class without ``db.``, storage in GB, and whether there is a standby."""

    instance: str
    storage: float
    standby: bool


@dataclass(frozen=True, kw_only=True)
class Part:
    """What is counted of some stacks: once of the whole stage, once of what makes a cell."""

    keys: int
    secrets: int
    alarm_metrics: int
    gateways: int
    endpoint_zones: int
    addresses: int
    balancers: int

    @classmethod
    def of(cls, resources: Iterable[Resource]) -> Part:
        """Count. Addresses are those of NAT gateways, and one of a public load balancer in each of its zones."""
        found = _by_type(resources)
        balancers = found.get("AWS::ElasticLoadBalancingV2::LoadBalancer", [])
        public = (p for p in balancers if p.get("Scheme") == "internet-facing")
        inside = (p for p in found.get("AWS::EC2::VPCEndpoint", []) if p.get("VpcEndpointType") == "Interface")
        managed = sum(bool(p.get("ManageMasterUserPassword")) for p in found.get("AWS::RDS::DBInstance", []))
        return cls(
            keys=len(found.get("AWS::KMS::Key", [])),
            secrets=managed + len(found.get("AWS::SecretsManager::Secret", [])),
            alarm_metrics=sum(map(_metrics_in, found.get("AWS::CloudWatch::Alarm", []))),
            gateways=len(found.get("AWS::EC2::NatGateway", [])),
            endpoint_zones=sum(len(p.get("SubnetIds", [])) for p in inside),
            addresses=len(found.get("AWS::EC2::EIP", [])) + sum(len(p.get("Subnets", [])) for p in public),
            balancers=len(balancers),
        )


@dataclass(frozen=True, kw_only=True)
class Inventory:
    """The counts of a stage.

    ``busy`` is the share of their processors that serving tasks are held at, ``largest_stack`` how many resources it has.
    """

    counts: Mapping[str, int]
    stage: Part
    cell: Part
    gateway_metrics: int
    route_throttle: float
    function_gb: float
    refresher_seconds: float
    busy: float
    schedules: int
    polled_queues: int
    most_at_once: int
    serving: Tasks
    job: Tasks
    database: Database
    elastic: bool
    backups_standard_days: float
    plus: bool
    copies: int
    copies_kept_days: float
    log_days: float
    largest_stack: int

    def count(self, type_: str) -> int:
        """How many resources of a type there are."""
        return self.counts.get(type_, 0)


def inventory_of(assembly: Assembly) -> Inventory:
    """Count what a stage has; ValueError for one without a hosting of its own, of whose costs half would be missing."""
    resources = assembly.resources
    of = _by_type(resources)
    if missing := sorted(HOSTED - of.keys()):
        raise ValueError(f"{assembly.stage.name} makes no {', '.join(missing)}: what is there already is not in its costs.")
    (stage,) = of["AWS::ApiGatewayV2::Stage"]
    (plan,) = (rule for p in of["AWS::Backup::BackupPlan"] for rule in p["BackupPlan"]["BackupPlanRule"])
    queues = [p["ScalingConfig"]["MaximumConcurrency"] for p in of["AWS::Lambda::EventSourceMapping"] if "ScalingConfig" in p]
    functions = of["AWS::Lambda::Function"]
    (scaling,) = of["AWS::ApplicationAutoScaling::ScalingPolicy"]
    detailed = stage["DefaultRouteSettings"].get("DetailedMetricsEnabled")
    return Inventory(
        counts=Counter(resource.type for resource in resources),
        stage=Part.of(resources),
        cell=Part.of(resource for resource in resources if resource.stack in CELL),
        gateway_metrics=GATEWAY_METRICS * len(of["AWS::ApiGatewayV2::Route"]) if detailed else 0,
        route_throttle=stage["DefaultRouteSettings"]["ThrottlingRateLimit"],
        function_gb=max(p["MemorySize"] for p in functions) / 1024,
        refresher_seconds=next(p["Timeout"] for p in functions if p["FunctionName"].endswith("-refresher")),
        busy=scaling["TargetTrackingScalingPolicyConfiguration"]["TargetValue"] / 100,
        schedules=sum("ScheduleExpression" in p for p in of["AWS::Events::Rule"]),
        polled_queues=len(queues),
        most_at_once=max(queues),
        serving=_serving(of),
        job=_task(of, lambda properties: bool(properties.get("TaskRoleArn"))),
        database=_database(of),
        elastic=any(p.get("ThroughputMode") == "elastic" for p in of["AWS::EFS::FileSystem"]),
        backups_standard_days=_days_in_standard(of["AWS::EFS::FileSystem"]),
        plus=any(p.get("UserPoolTier") == "PLUS" for p in of["AWS::Cognito::UserPool"]),
        copies=len(plan.get("CopyActions", [])),
        copies_kept_days=plan["Lifecycle"]["DeleteAfterDays"],
        log_days=max(p["RetentionInDays"] for p in of["AWS::Logs::LogGroup"]),
        largest_stack=max(Counter(resource.stack for resource in resources).values()),
    )


def _by_type(resources: Iterable[Resource]) -> ByType:
    found: dict[str, list[Properties]] = {}
    for resource in resources:
        found.setdefault(resource.type, []).append(resource.properties)
    return found


def _metrics_in(alarm: Properties) -> int:
    """CloudWatch bills an alarm by the metrics that its expression reads."""
    return sum("MetricStat" in query for query in alarm.get("Metrics", [])) or 1


def _serving(of: ByType) -> Tasks:
    """Serving tasks are those without a role."""
    (scaling,) = of["AWS::ApplicationAutoScaling::ScalableTarget"]
    size = _task(of, lambda properties: not properties.get("TaskRoleArn"))
    return Tasks(cpu=size.cpu, memory=size.memory, least=scaling["MinCapacity"], most=scaling["MaxCapacity"])


def _task(of: ByType, wanted: Callable[[Properties], bool]) -> Tasks:
    (task,) = filter(wanted, of["AWS::ECS::TaskDefinition"])
    return Tasks(cpu=int(task["Cpu"]) / 1024, memory=int(task["Memory"]) / 1024)


def _database(of: ByType) -> Database:
    (server,) = of["AWS::RDS::DBInstance"]
    return Database(
        instance=server["DBInstanceClass"].removeprefix("db."),
        storage=float(server["AllocatedStorage"]),
        standby=bool(server.get("MultiAZ")),
    )


def _days_in_standard(systems: Iterable[Properties]) -> float:
    """When backups go to Infrequent Access: theirs is the file system that goes there first."""
    policies = [policy for system in systems for policy in system.get("LifecyclePolicies", [])]
    return min(
        float(found[1])
        for policy in policies
        if (found := re.fullmatch(r"AFTER_(\d+)_DAYS?", policy.get("TransitionToIA", "")))
    )
