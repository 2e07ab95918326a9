"""How sites are reached: by visitors through one load balancer, by the portal's functions through another."""

from __future__ import annotations

from aws_cdk import Acknowledgment, Duration, Validations
from aws_cdk import aws_certificatemanager as acm
from aws_cdk import aws_elasticloadbalancingv2 as elb
from aws_cdk import aws_route53 as route53
from aws_cdk import aws_route53_targets as route53_targets
from aws_cdk import aws_s3 as s3
from constructs import Construct

from stacks.hosting_config import Hosting, Zone
from stacks.network_stack import HTTPS, SITES_PORT, NetworkStack
from stacks.portal_stack import PortalStack

AGENT_PATH = "/wp-json/bbws-agent/*"
ENVIRONMENTS = {"Prod": "*.", "Dev": "*.dev.", "Sit": "*.sit."}
"""What stands before the domain in the names of sites: a wildcard of a certificate stands for one label."""

KEPT_LOGS = Duration.days(90)
DRAIN = Duration.seconds(120)
"""As long as a request may take: nginx and PHP end it then."""

PATIENCE = Duration.seconds(125)
"""Longer than that, so that it is WordPress' side that says what happened."""


class Balancers(Construct):
    """Two load balancers with one certificate, and the sites' names.

    A second one, because the agents must not be reachable by visitors, and because what is reached by a public address cannot
    tell the portal's functions from anybody else. It has the certificate too: functions trust nobody but the site they call.
    Exposes ``public``, ``private`` and ``targets``, the target groups that the serving tasks join.
    """

    def __init__(self, scope: PortalStack, id_: str, *, hosting: Hosting, network: NetworkStack) -> None:
        super().__init__(scope, id_)
        self._stage, self._hosting, self._network = scope.portal_stage, hosting, network
        zone = self._zone(hosting.zone) if hosting.zone else None
        domain = self._stage.site_domain
        self._names = {environment: f"{labels}{domain}" for environment, labels in ENVIRONMENTS.items()}
        self._certificate = self._certified(zone)
        self._access_log = self._log_bucket()
        self.public = self._balancer("Public")
        self.private = self._balancer("Private")
        self.targets = (self._serve("Public", self.public), self._serve("Private", self.private))
        self._redirect()
        if zone:
            self._name(zone)

    def _zone(self, zone: Zone) -> route53.IHostedZone:
        return route53.HostedZone.from_hosted_zone_attributes(self, "Zone", hosted_zone_id=zone.zone_id, zone_name=zone.name)

    def _certified(self, zone: route53.IHostedZone | None) -> acm.ICertificate:
        if self._hosting.certificate_arn:
            return acm.Certificate.from_certificate_arn(self, "Certificate", self._hosting.certificate_arn)
        first, *others = self._names.values()
        return acm.Certificate(
            self,
            "Certificate",
            domain_name=first,
            subject_alternative_names=others,
            validation=acm.CertificateValidation.from_dns(zone),
        )

    def _log_bucket(self) -> s3.Bucket:
        bucket = s3.Bucket(
            self,
            "AccessLog",
            block_public_access=s3.BlockPublicAccess.BLOCK_ALL,
            # The only encryption that load balancers can write with.
            encryption=s3.BucketEncryption.S3_MANAGED,
            enforce_ssl=True,
            lifecycle_rules=[s3.LifecycleRule(expiration=KEPT_LOGS)],
            removal_policy=self._stage.removal_policy,
        )
        reason = "It holds access logs itself; who reads them is in the account's trail."
        Validations.of(bucket).acknowledge(Acknowledgment(id="AwsSolutions-S1", reason=reason))
        return bucket

    def _balancer(self, id_: str) -> elb.ApplicationLoadBalancer:
        public, network = id_ == "Public", self._network
        balancer = elb.ApplicationLoadBalancer(
            self,
            id_,
            load_balancer_name=f"{self._stage.prefix}-{id_.lower()}",
            vpc=network.vpc,
            vpc_subnets=network.public if public else network.functions_subnets,
            internet_facing=public,
            security_group=network.public_balancer if public else network.private_balancer,
            deletion_protection=self._stage.keep_data,
            drop_invalid_header_fields=True,
            idle_timeout=PATIENCE,
        )
        balancer.log_access_logs(self._access_log, id_.lower())
        return balancer

    def _serve(self, id_: str, balancer: elb.ApplicationLoadBalancer) -> elb.ApplicationTargetGroup:
        """Let a balancer answer by HTTPS for the sites' names, and with 404 for every other."""
        targets = elb.ApplicationTargetGroup(
            self,
            f"{id_}Targets",
            vpc=self._network.vpc,
            port=SITES_PORT,
            protocol=elb.ApplicationProtocol.HTTP,
            target_type=elb.TargetType.IP,
            deregistration_delay=DRAIN,
            health_check=elb.HealthCheck(
                path="/health", interval=Duration.seconds(10), healthy_threshold_count=2, unhealthy_threshold_count=3
            ),
        )
        listener = balancer.add_listener(
            f"{id_}Https",
            port=HTTPS,
            protocol=elb.ApplicationProtocol.HTTPS,
            certificates=[self._certificate],
            ssl_policy=elb.SslPolicy.TLS13_RES,
            default_action=elb.ListenerAction.fixed_response(404),
            open=False,
        )
        if balancer is self.public:
            listener.add_action(
                "NoAgents",
                priority=1,
                conditions=[elb.ListenerCondition.path_patterns([AGENT_PATH])],
                action=elb.ListenerAction.fixed_response(404),
            )
        listener.add_action(
            "Sites",
            priority=10,
            conditions=[elb.ListenerCondition.host_headers([f"*.{self._stage.site_domain}"])],
            action=elb.ListenerAction.forward([targets]),
        )
        return targets

    def _redirect(self) -> None:
        self.public.add_listener(
            "PublicHttp",
            port=80,
            protocol=elb.ApplicationProtocol.HTTP,
            default_action=elb.ListenerAction.redirect(protocol="HTTPS", port=str(HTTPS), permanent=True),
            open=False,
        )

    def _name(self, zone: route53.IHostedZone) -> None:
        """Each wildcard by itself: the records that validate the certificate end the reach of the widest one."""
        target = route53.RecordTarget.from_alias(
            route53_targets.LoadBalancerTarget(self.public)  # pyright: ignore[reportArgumentType] - jsii names the parameters otherwise
        )
        for environment, name in self._names.items():
            route53.ARecord(self, f"{environment}Names", zone=zone, record_name=name, target=target)
