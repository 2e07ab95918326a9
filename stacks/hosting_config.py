"""The WordPress hosting of a stage: its sizes, its names, and the parts of it that are there already."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, kw_only=True)
class Zone:
    """The Route 53 zone in which the sites' names are, so that the certificate validates itself and the names lead to them."""

    zone_id: str
    name: str


@dataclass(frozen=True, kw_only=True)
class ExistingNetwork:
    """A VPC that is there, with two or more subnets of each kind, in the order of ``availability_zones``.

    ``tasks`` reach the internet. ``functions`` reach KMS, SQS, ECS and DynamoDB, best by endpoints and nothing else.
    ``storage`` reach nothing.
    """

    vpc_id: str
    availability_zones: tuple[str, ...]
    public: tuple[str, ...]
    tasks: tuple[str, ...]
    functions: tuple[str, ...]
    storage: tuple[str, ...]

    def __post_init__(self) -> None:
        """Raise ValueError where a zone has no subnet of a kind."""
        for kind in ("public", "tasks", "functions", "storage"):
            if len(getattr(self, kind)) != len(self.availability_zones):
                zones = ", ".join(self.availability_zones)
                raise ValueError(f"An existing network: {kind}= needs one subnet for each of {zones}, in this order.")


@dataclass(frozen=True, kw_only=True)
class ExistingDatabase:
    """A MariaDB server that is there.

    ``secret_arn`` is that of a secret with the ``username`` and ``password`` of who may make databases and users; ``key_arn``
    the key that encrypts it. ``security_group_id`` is opened for the tasks. ``arn`` names the instance to the backups.
    """

    arn: str
    host: str
    secret_arn: str
    key_arn: str
    security_group_id: str


@dataclass(frozen=True, kw_only=True)
class ExistingFileSystem:
    """An EFS file system that is there, with mount targets in the storage subnets, and an access point for uid 33 on it."""

    file_system_id: str
    access_point_id: str
    security_group_id: str


@dataclass(frozen=True, kw_only=True)
class Existing:
    """What of the hosting is there already, each independent of the others; None is made by the stacks."""

    network: ExistingNetwork | None = None
    cluster: str | None = None
    database: ExistingDatabase | None = None
    sites: ExistingFileSystem | None = None
    backups: ExistingFileSystem | None = None


@dataclass(frozen=True, kw_only=True)
class Hosting:
    """One cell of hosting: a network, a database server, file systems, and the tasks that serve and maintain sites.

    ``certificate_arn`` is an ACM certificate for the sites' names; without it one is made, which ``zone`` validates, and which
    otherwise waits until somebody sets the records that ACM asks for. Memory is in MiB, storage in GiB, ``cpu`` in 1,024ths of
    a vCPU. ``database_instance`` is an RDS class without ``db.``. With ``nat_gateways`` below the number of zones (two), the
    loss of a zone takes the way out from the tasks of the other. ``cidr`` has to be a private range: nginx
    believes what comes from one about who a visitor is.
    """

    cidr: str = "10.20.0.0/16"
    nat_gateways: int = 1
    zone: Zone | None = None
    certificate_arn: str | None = None
    tasks: int = 1
    most_tasks: int = 4
    cpu: int = 1024
    memory: int = 2048
    maintenance_cpu: int = 512
    maintenance_memory: int = 1024
    database_instance: str = "t4g.small"
    database_storage: int = 50
    most_database_storage: int = 500
    multi_az: bool = False
    backup_days: int = 7
    existing: Existing = field(default_factory=Existing)
