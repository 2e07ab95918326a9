"""The network of a stage: who can reach whom, and who can reach the world."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from aws_cdk import Acknowledgment, Fn, Validations
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam
from aws_cdk import aws_logs as logs
from constructs import Construct

from constructs.portal_function.network import Network
from stacks.config import Stage
from stacks.hosting_config import ExistingNetwork, Hosting
from stacks.portal_stack import PortalStack

ZONES = 2
"""As many as a database with a standby and a load balancer need."""

ENDPOINTS = ("ecs", "kms", "sqs")
"""The services that functions call besides DynamoDB: docs/costs.md compares their endpoints with a way out by NAT."""

HTTPS, SITES_PORT, MYSQL, NFS = 443, 8080, 3306, 2049


class NetworkStack(PortalStack):
    """A VPC of two zones with four kinds of subnets, its endpoints, and the security groups of everything in it.

    ``public``: load balancers and NAT. ``tasks``: WordPress, which calls whatever its plugins call. ``functions``: no route
    but to this VPC and to DynamoDB. ``storage``: no route but to this VPC.
    """

    def __init__(self, scope: Construct, *, stage: Stage, hosting: Hosting) -> None:
        super().__init__(scope, stage=stage, component="network", description="BBWS portal: who can reach whom")
        existing = hosting.existing.network
        self.vpc = _imported(self, existing) if existing else self._vpc(hosting)
        self.public, self.tasks, self.functions_subnets, self.storage = (
            self._subnets(kind, getattr(existing, kind, ())) for kind in ("public", "tasks", "functions", "storage")
        )
        self.public_balancer = self._group("PublicBalancer", "The load balancer that visitors reach")
        self.private_balancer = self._group("PrivateBalancer", "The load balancer that functions reach sites by")
        self.functions_group = self._group("Functions", "Functions that call WordPress or carry out operations")
        self.sites = self._group("Sites", "Tasks that serve sites", out=True)
        self.maintenance = self._group("Maintenance", "Tasks that maintain sites", out=True)
        self.database = self._group("Database", "The database server")
        self.files = self._group("Files", "The file systems")
        self._let_in_visitors()
        self._let_in()
        self.of_functions = Network(
            vpc=self.vpc,
            subnets=self.functions_subnets,
            security_group=self.functions_group,
            environment={} if existing else self._add_endpoints(),
        )

    def _vpc(self, hosting: Hosting) -> ec2.Vpc:
        kinds = {
            "public": ec2.SubnetType.PUBLIC,
            "tasks": ec2.SubnetType.PRIVATE_WITH_EGRESS,
            "functions": ec2.SubnetType.PRIVATE_ISOLATED,
            "storage": ec2.SubnetType.PRIVATE_ISOLATED,
        }
        vpc = ec2.Vpc(
            self,
            "Vpc",
            vpc_name=self.portal_stage.prefix,
            ip_addresses=ec2.IpAddresses.cidr(hosting.cidr),
            max_azs=ZONES,
            nat_gateways=hosting.nat_gateways,
            subnet_configuration=[
                ec2.SubnetConfiguration(name=name, subnet_type=kind, cidr_mask=20 if name == "tasks" else 24)
                for name, kind in kinds.items()
            ],
            # That needs a function with permission to change every security group; nothing is ever put into the default one.
            restrict_default_security_group=False,
        )
        rejected = logs.LogGroup(
            self,
            "FlowLog",
            log_group_name=f"/aws/vpc/{self.portal_stage.prefix}",
            retention=self.portal_stage.log_retention,
            removal_policy=self.portal_stage.removal_policy,
        )
        writer = iam.Role(
            self,
            "FlowLogRole",
            assumed_by=iam.ServicePrincipal("vpc-flow-logs.amazonaws.com"),  # pyright: ignore[reportArgumentType] - jsii names the parameters otherwise
            inline_policies={"Write": iam.PolicyDocument(statements=[_write(rejected)])},
        )
        ec2.CfnFlowLog(
            self,
            "Rejected",
            resource_id=vpc.vpc_id,
            resource_type="VPC",
            traffic_type="REJECT",
            log_destination_type="cloud-watch-logs",
            log_group_name=rejected.log_group_name,
            deliver_logs_permission_arn=writer.role_arn,
        )
        return vpc

    def _subnets(self, kind: str, given: Sequence[str]) -> ec2.SubnetSelection:
        """The subnets of a kind: those that are there, or those that the VPC is made with."""
        if not given:
            return ec2.SubnetSelection(subnets=self.vpc.select_subnets(subnet_group_name=kind).subnets)
        zones = self.vpc.availability_zones
        subnets = [
            ec2.Subnet.from_subnet_attributes(self, f"{kind.capitalize()}{zone}", subnet_id=subnet_id, availability_zone=zone)
            for zone, subnet_id in zip(zones, given, strict=True)
        ]
        return ec2.SubnetSelection(subnets=subnets)

    def _group(self, id_: str, description: str, *, out: bool = False) -> ec2.SecurityGroup:
        return ec2.SecurityGroup(self, id_, vpc=self.vpc, description=description, allow_all_outbound=out)

    def _let_in_visitors(self) -> None:
        for port, why in ((HTTPS, "Visitors"), (80, "Visitors who are sent on to HTTPS")):
            self.public_balancer.add_ingress_rule(ec2.Peer.any_ipv4(), ec2.Port.tcp(port), why)
        reason = "Sites are for everybody; all that listens there is the load balancer, and port 80 only redirects."
        Validations.of(self.public_balancer).acknowledge(Acknowledgment(id="AwsSolutions-EC23", reason=reason))

    def _let_in(self) -> None:
        """Every other way in, with the way out to it where the other side has no way out by itself."""
        for balancer in (self.public_balancer, self.private_balancer):
            _join(balancer, self.sites, SITES_PORT, "Requests to sites, and health checks")
        _join(self.functions_group, self.private_balancer, HTTPS, "Calls of site agents, and looks at pages")
        for tasks in (self.sites, self.maintenance):
            self.database.add_ingress_rule(tasks, ec2.Port.tcp(MYSQL), "Sites' databases")
            self.files.add_ingress_rule(tasks, ec2.Port.tcp(NFS), "Sites' files")

    def _add_endpoints(self) -> dict[str, str]:
        """Ways from the functions to AWS's services and this account's resources; the variables that lead to them.

        They take no names over from AWS: a plugin that calls the same services for its site's owner goes by NAT.
        """
        table = self.format_arn(service="dynamodb", resource="table", resource_name=self.portal_stage.prefix)
        dynamodb = self.vpc.add_gateway_endpoint(
            "DynamoDb", service=ec2.GatewayVpcEndpointAwsService.DYNAMODB, subnets=[self.functions_subnets]
        )
        own = {"StringEquals": {"aws:PrincipalAccount": self.account}}
        dynamodb.add_to_policy(_through("PortalTable", [table, f"{table}/index/*"], own))
        self.functions_group.add_egress_rule(
            ec2.Peer.any_ipv4(), ec2.Port.tcp(HTTPS), "DynamoDB by its gateway endpoint; no other route leaves the VPC"
        )
        # Layers of images come from S3, out of buckets that belong to AWS.
        self.vpc.add_gateway_endpoint("S3", service=ec2.GatewayVpcEndpointAwsService.S3, subnets=[self.tasks])
        doors = self._group("Endpoints", "Ways to the services of AWS")
        _join(self.functions_group, doors, HTTPS, "AWS's services")
        return {f"AWS_ENDPOINT_URL_{name.upper()}": self._endpoint(name, doors) for name in ENDPOINTS}

    def _endpoint(self, name: str, doors: ec2.SecurityGroup) -> str:
        """The URL of a service's own endpoint."""
        endpoint = self.vpc.add_interface_endpoint(
            name.capitalize(),
            service=ec2.InterfaceVpcEndpointAwsService(name),
            subnets=self.functions_subnets,
            security_groups=[doors],
            private_dns_enabled=False,
            open=False,
        )
        endpoint.add_to_policy(_through("OwnResources", ["*"], {"StringEquals": {"aws:ResourceAccount": self.account}}))
        # "Z1HUB23UULQXV:vpce-….kms.eu-west-1.vpce.amazonaws.com": the first one works in every zone.
        return "https://" + Fn.select(1, Fn.split(":", Fn.select(0, endpoint.vpc_endpoint_dns_entries)))


def _imported(stack: NetworkStack, existing: ExistingNetwork) -> ec2.IVpc:
    return ec2.Vpc.from_vpc_attributes(
        stack, "Vpc", vpc_id=existing.vpc_id, availability_zones=list(existing.availability_zones)
    )


def _join(client: ec2.SecurityGroup, server: ec2.SecurityGroup, port: int, why: str) -> None:
    server.add_ingress_rule(client, ec2.Port.tcp(port), why)
    client.add_egress_rule(server, ec2.Port.tcp(port), why)


def _write(group: logs.LogGroup) -> iam.PolicyStatement:
    return iam.PolicyStatement(
        sid="WriteLog",
        actions=["logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents"],
        resources=[group.log_group_arn],
    )


def _through(sid: str, resources: list[str], conditions: Mapping[str, Mapping[str, str]]) -> iam.PolicyStatement:
    """Whoever is allowed to may reach these resources through an endpoint."""
    return iam.PolicyStatement(
        sid=sid,
        principals=[iam.AnyPrincipal()],  # pyright: ignore[reportArgumentType] - jsii names the parameters otherwise
        actions=["*"],
        resources=resources,
        conditions=conditions,
    )
