"""What the hosting of the sites costs: tasks, load balancers, network, files, databases, backups, traffic."""

from __future__ import annotations

from collections.abc import Iterator

from ops.costs.assumptions import HOURS, KB_IN_GB, SECONDS
from ops.costs.bill import Line
from ops.costs.load import Load
from ops.costs.servers import server_of

CONNECTIONS_A_VISIT = 4
NEW_CONNECTIONS, PROCESSED_GB = 25, 1.0
"""What a load balancer's capacity unit takes: connections a second, or GB an hour, whichever is more.

https://aws.amazon.com/elasticloadbalancing/pricing/
"""

ACROSS = 0.5
"""The share of queries that go to the database's zone from the other one."""

LOG_FILES_AN_HOUR = 12
"""A load balancer's node writes its access log every five minutes."""


def hosting_lines(load: Load) -> Iterator[Line]:
    """The lines of the hosting, for all cells."""
    yield from _serving(load)
    yield from _maintenance(load)
    yield from _balancers(load)
    yield from _network(load)
    yield from _files(load)
    yield from _databases(load)
    yield from _backups(load)
    yield from _objects(load)
    yield Line(resource="Traffic to the internet", item="pages and files", quantity=load.sent_gb, price="transfer.out")
    crossing = load.php_requests * load.assumptions.php.query_kb / KB_IN_GB * ACROSS
    yield Line(resource="Traffic between zones", item="tasks and database", quantity=2 * crossing, price="transfer.zone")
    yield Line(resource="Names (Route 53)", item="the zone of the sites' names", quantity=1, price="route53.zone")


def _serving(load: Load) -> Iterator[Line]:
    name, size = "Serving tasks (Fargate)", load.inventory.serving
    hours = load.tasks * load.cells * HOURS
    yield Line(resource=name, item="processors", quantity=hours * size.cpu, price="fargate.vcpu")
    yield Line(resource=name, item="memory", quantity=hours * size.memory, price="fargate.gb")


def _maintenance(load: Load) -> Iterator[Line]:
    name, size = "Maintenance tasks (Fargate)", load.inventory.job
    hours = load.jobs * load.assumptions.work.job_seconds / 3600
    yield Line(resource=name, item="processors", quantity=hours * size.cpu, price="fargate.vcpu")
    yield Line(resource=name, item="memory", quantity=hours * size.memory, price="fargate.gb")


def capacity_units(load: Load) -> float:
    """The average capacity units of a cell's public load balancer."""
    connections = load.visits * CONNECTIONS_A_VISIT + load.crawled
    return max(connections / SECONDS / NEW_CONNECTIONS, load.sent_gb / HOURS / PROCESSED_GB) / load.cells


def _balancers(load: Load) -> Iterator[Line]:
    name, there = "Load balancers", load.inventory.cell.balancers * load.cells
    yield Line(resource=name, item="being there", quantity=there * HOURS, price="alb.hour")
    yield Line(resource=name, item="capacity", quantity=capacity_units(load) * load.cells * HOURS, price="alb.lcu-hour")


def by_nat_gb(load: Load) -> dict[str, float]:
    """What tasks send and fetch by NAT, by what for."""
    watched = load.assumptions.watched
    return {
        "what sites call": load.sites * load.assumptions.php.sent_gb,
        "logs of tasks": (load.requests * watched.request_kb + load.jobs * watched.job_kb) / KB_IN_GB,
    }


def _network(load: Load) -> Iterator[Line]:
    cell, cells = load.inventory.cell, load.cells
    yield Line(resource="NAT gateways", item="being there", quantity=cell.gateways * cells * HOURS, price="nat.hour")
    for what, much in by_nat_gb(load).items():
        yield Line(resource="NAT gateways", item=what, quantity=much, price="nat.gb")
    zones = cell.endpoint_zones * cells * HOURS
    yield Line(resource="Interface endpoints", item="being there", quantity=zones, price="endpoint.hour")
    yield Line(
        resource="Public addresses",
        item="NAT and public balancer",
        quantity=cell.addresses * cells * HOURS,
        price="address.hour",
    )


def _files(load: Load) -> Iterator[Line]:
    inventory, settings = load.inventory, load.settings
    sites, backups = "Files of sites (EFS)", "Files of backups (EFS)"
    yield Line(resource=sites, item="storage", quantity=load.live_gb, price="efs.standard")
    if inventory.elastic:
        yield Line(resource=sites, item="read by pages", quantity=load.efs_read_gb, price="efs.read")
        yield Line(resource=sites, item="read by backups", quantity=load.backups_read_gb, price="efs.read")
    written = load.backups_written_gb
    fresh = min(inventory.backups_standard_days, settings.backup_days)
    yield Line(resource=backups, item="storage, at first", quantity=written * fresh / 30, price="efs.standard")
    late = written * (settings.backup_days - fresh) / 30
    yield Line(resource=backups, item="storage, later on", quantity=late, price="efs.infrequent")
    yield Line(resource=backups, item="moved there", quantity=written, price="efs.infrequent-access")
    yield Line(resource=backups, item="written", quantity=written, price="efs.write")
    yield Line(resource=backups, item="read to be checked", quantity=written, price="efs.read")


def _databases(load: Load) -> Iterator[Line]:
    server, database, name = server_of(load), load.inventory.database, "Databases (RDS)"
    copies = 2 if database.standby else 1
    hours = HOURS * load.cells * server.times * copies
    yield Line(resource=name, item="servers", quantity=hours, price=f"rds.{server.instance}")
    yield Line(resource=name, item="storage", quantity=load.database_gb * load.cells * copies, price="rds.storage")


def _backups(load: Load) -> Iterator[Line]:
    """Each night's backup of a file system and a database holds what has changed; that of the table holds all of it."""
    inventory, stored, name = load.inventory, load.assumptions.stored, "Nightly backups (AWS Backup)"
    places, nights = 1 + inventory.copies, inventory.copies_kept_days
    databases = load.sites * stored.database_mb / 1024
    grown = 1 + stored.changed * nights
    yield Line(resource=name, item="files", quantity=load.live_gb * grown * places, price="backup.files")
    yield Line(resource=name, item="databases", quantity=databases * grown * places, price="rds.backup")
    yield Line(resource=name, item="table", quantity=load.table_gb * nights * places, price="dynamodb.backup")
    moved = (load.live_gb + databases) * stored.changed * 30 + load.table_gb * 30
    yield Line(resource=name, item="copied to another region", quantity=moved * inventory.copies, price="transfer.region")


def _objects(load: Load) -> Iterator[Line]:
    name, work, cell = "Images and access logs (ECR, S3)", load.assumptions.work, load.inventory.cell
    files = cell.balancers * 2 * LOG_FILES_AN_HOUR * HOURS * load.cells
    logged = load.requests * load.assumptions.watched.request_kb / KB_IN_GB * 3 * load.assumptions.watched.stored
    yield Line(resource=name, item="images", quantity=work.image_gb * work.images, price="ecr.storage")
    yield Line(resource=name, item="access logs written", quantity=files, price="s3.put")
    yield Line(resource=name, item="access logs kept", quantity=logged, price="s3.storage")
