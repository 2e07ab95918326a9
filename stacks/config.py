"""The stages: one frozen configuration each, the only place where they differ."""

from __future__ import annotations

from dataclasses import dataclass

from aws_cdk import Environment, RemovalPolicy
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs

from constructs.python_bundle import Target
from stacks.hosting_config import Hosting

PROJECT = "bbws-customer-portal"


@dataclass(frozen=True, kw_only=True)
class Stage:
    """A deployment of the portal.

    ``origins`` are the portals that browsers may call from; ``mail_identity`` is the domain or address verified in SES, from
    which ``mail_from`` sends. ``site_origin`` is where sites answer, with ``*`` for a site's name; None where whoever starts
    the functions tells them, because it is not known before (the local cloud's ports). ``test_sign_in`` allows passwords over
    the API, for demo users only. ``retry_base_seconds`` is the wait before a consumer's second attempt. ``alarms`` is
    False where nothing evaluates them: the local cloud refuses alarms over several series. With ``gradual`` new code of a
    function takes over step by step. ``repository`` is the GitHub repository, ``owner/name``, whose workflows deploy the stage,
    and ``oidc_provider_arn`` the account's provider for GitHub, where there is one already. Backups are copied to
    ``recovery_region``. ``hosting`` is None where whoever starts the functions runs WordPress too.
    """

    name: str
    region: str
    account: str | None = None
    owner: str = "platform-engineering"
    cost_center: str = "bbws-portal"
    target: Target = Target.LAMBDA
    origins: tuple[str, ...]
    invitation_base_url: str
    mail_identity: str
    mail_from: str
    site_origin: str | None = None
    alarm_emails: tuple[str, ...] = ()
    invitations_per_minute: int = 10
    retry_base_seconds: int = 60
    log_retention: logs.RetentionDays = logs.RetentionDays.ONE_MONTH
    keep_data: bool = False
    terminate_protected: bool = False
    test_sign_in: bool = False
    threat_protection: bool = False
    alarms: bool = True
    gradual: bool = False
    repository: str | None = None
    oidc_provider_arn: str | None = None
    recovery_region: str | None = None
    hosting: Hosting | None = None

    @property
    def environment(self) -> Environment:
        """Where the stacks go; without an account it is that of whoever deploys."""
        return Environment(account=self.account, region=self.region)

    @property
    def removal_policy(self) -> RemovalPolicy:
        """What becomes of data and logs when a stack goes."""
        return RemovalPolicy.RETAIN if self.keep_data else RemovalPolicy.DESTROY

    @property
    def architecture(self) -> lambda_.Architecture:
        """Graviton; the local cloud ignores it and runs on the host's processor."""
        return lambda_.Architecture.ARM_64

    @property
    def prefix(self) -> str:
        """What the names of this stage's resources begin with."""
        return f"bbws-portal-{self.name}"

    @property
    def site_domain(self) -> str:
        """What the names of the stage's sites end with, on AWS."""
        return (self.site_origin or "").removeprefix("https://*.")

    def queue(self, purpose: str) -> str:
        """The name of this stage's queue for a purpose."""
        return f"bbws-wp-site-{purpose}-{self.name}"


def _cloud(name: str, **differences: object) -> Stage:
    host = "portal.bbws.example" if name == "prod" else f"portal.{name}.bbws.example"
    settings: dict[str, object] = {
        "region": "eu-west-1",
        "origins": (f"https://{host}",),
        "invitation_base_url": f"https://{host}/invitations",
        "mail_identity": host,
        "mail_from": f"no-reply@{host}",
        "site_origin": f"https://*.{host.replace('portal.', 'sites.')}",
        "alarm_emails": (f"alarms+{name}@bbws.example",),
        "repository": "bbws/customer-portal",
        "hosting": Hosting(),
    }
    return Stage(name=name, **{**settings, **differences})  # type: ignore[arg-type]


STAGES = {
    "local": Stage(
        name="local",
        account="000000000000",
        region="us-east-1",
        target=Target.HOST,
        origins=("http://localhost:3000", "http://localhost:5173"),
        invitation_base_url="http://localhost:3000/invitations",
        mail_identity="bbws.test",
        mail_from="no-reply@bbws.test",
        invitations_per_minute=1000,
        retry_base_seconds=2,
        test_sign_in=True,
        alarms=False,
    ),
    "dev": _cloud("dev", origins=("https://portal.dev.bbws.example", "http://localhost:3000")),
    "sit": _cloud("sit", keep_data=True, gradual=True),
    "prod": _cloud(
        "prod",
        keep_data=True,
        terminate_protected=True,
        log_retention=logs.RetentionDays.THREE_MONTHS,
        threat_protection=True,
        gradual=True,
        recovery_region="eu-central-1",
        hosting=Hosting(
            nat_gateways=2,
            tasks=2,
            most_tasks=10,
            cpu=2048,
            memory=4096,
            maintenance_cpu=1024,
            maintenance_memory=2048,
            database_instance="m7g.large",
            database_storage=200,
            most_database_storage=2000,
            multi_az=True,
            backup_days=35,
        ),
    ),
}


def stage_named(name: str) -> Stage:
    """Give the stage's configuration; ValueError with the stages there are for an unknown name."""
    if name not in STAGES:
        raise ValueError(f"{name!r} is no stage: use one of {', '.join(STAGES)}.")
    return STAGES[name]
