"""The limits of the hosting. The portal has one cell today, so all sites are in it here."""

from __future__ import annotations

from dataclasses import replace

from ops.costs.assumptions import MB_IN_GB, SECONDS
from ops.costs.load import TABLES, Load
from ops.costs.quotas import Fixed, Quota
from ops.costs.servers import Server

DOCS = "docs.aws.amazon.com"
HARD_LINKS = 177
CELLS = "a second cell: another network, storage and hosting, and a table that says which site is in which; not built"


def _jobs_at_once(load: Load) -> float:
    work = load.assumptions.work
    return load.jobs * work.job_seconds / SECONDS * load.assumptions.customers.busiest


def _vcpus(load: Load) -> float:
    """Serving tasks, twice while a new version takes over, and jobs beside them."""
    return load.tasks_at_peak * load.inventory.serving.cpu * 2 + max(1.0, _jobs_at_once(load)) * load.inventory.job.cpu


def _file_operations(load: Load) -> float:
    php = load.assumptions.php
    a_script = php.stats + (php.opens - php.stats) * load.compiled_share
    return load.php_requests * load.own_scripts * a_script / SECONDS * load.assumptions.visitors.busiest


def hosting_quotas(load: Load) -> list[Quota]:
    """The limits that come nearer with tenants."""
    inventory = load.inventory
    server = Server(instance=inventory.database.instance, times=1)
    return [
        Quota(
            service="ECS", name="Fargate On-Demand vCPU resource count", code="L-3032A538", most=6, unit="vCPUs",
            load=_vcpus, meets="serving tasks, twice while a version takes over, and one job at least",
            source=f"{DOCS}/general/latest/gr/ecs-service.html: 6 in every region",
            change="ask for more before the first deployment",
        ),
        Quota(
            service="PHP", name="opcache of a task", code="opcache.memory_consumption of wordpress/config/php.ini",
            most=load.sites_in_opcache, unit="sites", load=lambda load: load.sites,
            meets="sites: each has scripts of its own, and all tasks serve all",
            source="measured, see above; the opcache lets nothing go, so all others are compiled with every request",
            change="WordPress' own files once, in the image, for all sites; more memory; fewer sites a task",
        ),
        Quota(
            service="RDS", name="tables of a MariaDB server", code="advice, not a quota", most=TABLES, unit="tables",
            load=lambda load: load.sites * load.assumptions.stored.tables, meets="the sites' tables",
            source=f"{DOCS}/AmazonRDS/latest/UserGuide/CHAP_BestPractices.html",
            change=f"a larger table_open_cache for a while; {CELLS}",
        ),
        Quota(
            service="Portal", name="serving tasks", code="most_tasks of stacks/hosting_config.py", most=inventory.serving.most,
            unit="tasks", load=lambda load: load.tasks_at_peak, meets="PHP's CPU time in the busiest hour",
            source="this repository", change="raise it, with the database's connections in mind",
        ),
        Quota(
            service="RDS", name=f"max_connections of db.{inventory.database.instance}", code="the parameter group",
            most=server.connections, unit="connections", meets=f"PHP's workers, {load.settings.workers} in each serving task",
            load=lambda load: load.tasks_at_peak * load.settings.workers,
            source=f"{DOCS}/AmazonRDS/latest/UserGuide/CHAP_Limits.html: memory/25165760",
            change="a larger class; or fewer workers in a task, of which most wait for files",
        ),
        Quota(
            service="EFS", name="Maximum IOPS, frequently accessed data, read", code="by AWS Support", most=250_000,
            unit="operations a second", load=_file_operations, meets="what PHP asks of files",
            source=f"{DOCS}/efs/latest/ug/limits.html; 35,000 in bursting mode", change="WordPress' own files in the image",
        ),
        Quota(
            service="EFS", name="Elastic throughput, read", code="by AWS Support", most=60 * 1024, unit="MiB a second",
            load=lambda load: load.efs_read_gb * MB_IN_GB / SECONDS * load.assumptions.visitors.busiest,
            meets="the same in bytes", source=f"{DOCS}/efs/latest/ug/limits.html: eu-west-1; 20 GiB elsewhere", change=CELLS,
        ),
        Quota(
            service="ECS", name="RunTask on Fargate", code="its page in Service Quotas", most=20, unit="calls a second",
            load=lambda load: load.jobs / SECONDS * load.assumptions.customers.busiest, meets="jobs",
            source=f"{DOCS}/AmazonECS/latest/developerguide/throttling.html",
            change="ask for more; a refused start is tried again by its operation",
        ),
        Quota(
            service="RDS", name="storage that the server grows to", code="most_database_storage of stacks/hosting_config.py",
            most=2000, unit="GB", load=lambda load: load.database_gb, meets="the sites' databases", source="this repository",
            change="raise it, up to 64 TiB",
        ),
        Quota(
            service="EFS", name="Number of connections for each file system", code="not adjustable", most=25_000,
            unit="connections", load=lambda load: load.tasks_at_peak + _jobs_at_once(load), meets="tasks",
            source=f"{DOCS}/efs/latest/ug/limits.html", change=CELLS,
        ),
        Quota(
            service="ELB", name="Targets per Application Load Balancer", code="L-7E6692B2", most=1000, unit="targets",
            load=lambda load: load.tasks_at_peak, meets="serving tasks",
            source=f"{DOCS}/elasticloadbalancing/latest/application/load-balancer-limits.html", change="ask for more",
        ),
    ]  # fmt: skip


def hosting_fixed(load: Load) -> list[Fixed]:
    """The limits that come nearer with what single customers do, or with the product."""
    inventory, settings = load.inventory, load.settings
    workers = settings.workers * settings.php_memory_mb / 1024
    return [
        Fixed(
            service="EFS", name="time of a question about a file", most="about 1 ms, at best",
            used=f"a page asks about {load.own_scripts * load.assumptions.php.stats:,.0f} times, one after the other",
            source=f"{DOCS}/efs/latest/ug/performance.html",
            change=f"most of a second a page; WordPress' own files in the image take {1 / load.assumptions.php.real:.0%} off",
        ),
        Fixed(
            service="EFS", name="Number of hard links to a file", most=f"{HARD_LINKS}, not adjustable",
            used="clones and promotions link WordPress' own files with their source's (wordpress/maintenance/files.py)",
            source=f"{DOCS}/efs/latest/ug/limits.html",
            change=f"the {HARD_LINKS}th living copy of one site, copies of copies counted, fails: copy where linking fails",
        ),
        Fixed(
            service="Fargate", name="memory of a serving task", most=f"{inventory.serving.memory:g} GB",
            used=f"{settings.workers} workers that may take {workers:g} GB together, the opcache and nginx beside them",
            source="wordpress/config/php.ini and fpm.conf",
            change="fewer workers, or more memory: a task that takes too much is killed",
        ),
        Fixed(
            service="Maintenance", name="time of a backup and of a deletion", most="the job's own time",
            used="each reads the manifests of all backups of all sites (prune), and looks through the names of all sites",
            source="wordpress/maintenance/archive.py and site.py",
            change="some seconds more with 2,000 backups, a millisecond a question; prune a site's own only",
        ),
        Fixed(
            service="ELB", name="Rules per Application Load Balancer (L-7EED9B64)", most="100",
            used="two, because sites are told apart by nginx", change="nothing",
            source=f"{DOCS}/elasticloadbalancing/latest/application/load-balancer-limits.html",
        ),
        Fixed(
            service="ACM, ELB", name="names of a certificate; certificates of a balancer (L-9365A611)", most="10; 25",
            used="three wildcards in one certificate, because all sites have names in one domain",
            source=f"{DOCS}/acm/latest/userguide/acm-limits.html",
            change="customers' own domains need something else before the balancer: CloudFront's tenants, or TLS in nginx",
        ),
        Fixed(
            service="VPC", name="connections of a NAT gateway to one destination", most="55,000 for each address",
            used="sites that all call one API, such as WordPress.org", change="more addresses for the gateway",
            source=f"{DOCS}/vpc/latest/userguide/nat-gateway-basics.html",
        ),
        Fixed(
            service="VPC", name="addresses of the tasks' subnets", most="4,091 in each of two",
            used="one for each task", source="stacks/network_stack.py: /20", change="nothing",
        ),
    ]  # fmt: skip


def in_one_cell(load: Load) -> Load:
    """The load with all sites in the cell of today."""
    return replace(load, one_cell=True)
