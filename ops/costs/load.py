"""What a stage has to do for so many tenants: requests, operations, looks at sites, and what they read and write.

Quantities are of a month unless their names say otherwise. A cell is a database, the file systems and the service that go with
it; the portal has one today, and more are computed as if they were built.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property

from ops.costs.assumptions import KB_IN_GB, MB_IN_GB, MINUTES, SECONDS, Assumptions
from ops.costs.inventory import Inventory
from ops.costs.settings import Settings

TABLES = 10_000
"""The tables of a MariaDB server that RDS advises to stay below, because of the time that a restart takes.

https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/CHAP_BestPractices.html#CHAP_BestPractices.MariaDB
"""

METADATA_KB, DATA_KB = 4.0, 32.0
"""The least that EFS meters of a question about a file, and of a piece of it, in Elastic throughput.

https://docs.aws.amazon.com/efs/latest/ug/efs-usage-report-understand.html
"""

CONNECTIONS_A_GB = 1024**3 / 25_165_760
"""RDS' max_connections of MariaDB from 10.5 on, for each GB of memory.

https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/CHAP_Limits.html#RDS_Limits.MaxConnections
"""


@dataclass(frozen=True, kw_only=True)
class Load:
    """The load of ``tenants`` with ``sites_each`` sites each, and the cells that carry it: today's one with ``one_cell``."""

    tenants: int
    sites_each: int
    inventory: Inventory
    assumptions: Assumptions
    settings: Settings
    one_cell: bool = False

    @property
    def sites(self) -> float:
        """All sites."""
        return float(self.tenants * self.sites_each)

    @property
    def prod_sites(self) -> float:
        """The sites on PROD, which are the ones that are looked at."""
        return self.sites * self.assumptions.customers.prod_share

    # --- the API and the operations

    @property
    def users(self) -> float:
        """People who sign in."""
        return self.tenants * self.assumptions.customers.users

    @property
    def calls(self) -> float:
        """Calls of the API."""
        return self.users * self.assumptions.customers.calls

    @property
    def operations(self) -> float:
        """Operations."""
        return self.tenants * sum(kind.often for kind in self.assumptions.kinds)

    @property
    def jobs(self) -> float:
        """Maintenance tasks."""
        return self.tenants * sum(kind.often * kind.jobs for kind in self.assumptions.kinds)

    @property
    def more_looks_at_jobs(self) -> float:
        """Looks at jobs beyond the two with which turns and writes were counted."""
        return self.jobs * (self.assumptions.work.looks - 2)

    @property
    def turns(self) -> float:
        """Messages that the consumers work off."""
        counted = sum(kind.often * kind.turns for kind in self.assumptions.kinds)
        return self.tenants * counted + self.more_looks_at_jobs

    @property
    def entries(self) -> float:
        """What leaves through the outbox."""
        return self.operations * self.assumptions.work.entries + self.tenants * self.assumptions.customers.invitations

    @property
    def rounds(self) -> float:
        """Rounds of the functions that run each minute."""
        return MINUTES * self.inventory.schedules

    # --- visitors, and looks at sites

    @property
    def looks(self) -> float:
        """Looks of the refresher at sites, were it not for its limit."""
        return self.prod_sites * MINUTES / self.settings.look_minutes

    @property
    def visits(self) -> float:
        """Visits of people."""
        visitors = self.assumptions.visitors
        return self.prod_sites * visitors.visits + (self.sites - self.prod_sites) * visitors.elsewhere

    @property
    def crawled(self) -> float:
        """Pages that robots ask for."""
        return self.visits * self.assumptions.visitors.pages * self.assumptions.visitors.crawled

    @property
    def pages(self) -> float:
        """Pages that PHP makes for people and robots."""
        return self.visits * self.assumptions.visitors.pages + self.crawled

    @property
    def looked_at(self) -> float:
        """Requests to PHP by which the refresher looks at sites."""
        return self.looks * (self.assumptions.work.look_pages + self.assumptions.work.look_rests)

    @property
    def php_requests(self) -> float:
        """All requests to PHP."""
        return self.pages + self.looked_at

    @property
    def requests(self) -> float:
        """All requests to the serving tasks."""
        return self.php_requests + self.visits * self.assumptions.visitors.files

    @property
    def sent_gb(self) -> float:
        """What visitors and robots get."""
        visitors = self.assumptions.visitors
        return self.visits * visitors.megabytes / MB_IN_GB + self.crawled * visitors.crawled_kb / KB_IN_GB

    # --- cells

    @property
    def sites_a_cell_at_most(self) -> int:
        """The sites of which the tables are as many as a server should have."""
        return math.floor(TABLES / self.assumptions.stored.tables)

    @property
    def cells(self) -> int:
        """Cells; one is there without any site."""
        return 1 if self.one_cell else max(1, math.ceil(self.sites / self.sites_a_cell_at_most))

    @property
    def sites_a_cell(self) -> float:
        """The sites of a cell."""
        return self.sites / self.cells

    @property
    def own_scripts(self) -> float:
        """The scripts of a page that are files of the site's own."""
        php = self.assumptions.php
        return php.scripts * (php.real - self.settings.shared_wordpress)

    @property
    def sites_in_opcache(self) -> int:
        """How many sites' scripts the opcache of a task holds. What does not fit is compiled again with every request."""
        php = self.assumptions.php
        base = php.opcache_base_mb + php.opcache_mb * self.settings.shared_wordpress
        own = php.opcache_mb * (php.real - self.settings.shared_wordpress)
        return max(0, math.floor((self.settings.opcache_mb - base) / own))

    @property
    def compiled_share(self) -> float:
        """The share of requests for which scripts are compiled: that of the sites that the opcache does not hold."""
        return max(0.0, 1 - self.sites_in_opcache / self.sites_a_cell) if self.sites else 0.0

    @property
    def fetched_share(self) -> float:
        """The share of these that read the scripts from EFS, because the task's memory does not hold the files either."""
        php, memory = self.assumptions.php, self.inventory.serving.memory * MB_IN_GB
        left = memory - self.settings.workers * php.worker_mb - self.settings.opcache_mb
        held = max(0.0, left) / (self.own_scripts * php.script_kb / 1024)
        return max(0.0, 1 - held / self.sites_a_cell) if self.sites else 0.0

    @cached_property
    def cpu_seconds(self) -> float:
        """The CPU time of PHP."""
        php, work = self.assumptions.php, self.assumptions.work
        look = work.look_pages * php.page_ms + work.look_rests * php.rest_ms
        compiling = self.compiled_share * php.compile_ms * (php.real - self.settings.shared_wordpress)
        warm = (self.pages * php.page_ms + self.looks * look) * php.real
        return (warm + self.php_requests * compiling) / 1000

    @property
    def tasks(self) -> float:
        """The serving tasks of a cell, on average over the month."""
        serving = self.inventory.serving
        needed = self.cpu_seconds / SECONDS / self.cells / self.inventory.busy / serving.cpu
        return max(float(serving.least), needed)

    @property
    def tasks_at_peak(self) -> int:
        """The serving tasks that a cell would need in its busiest hour."""
        serving = self.inventory.serving
        needed = self.cpu_seconds / SECONDS / self.cells / self.inventory.busy / serving.cpu
        return max(serving.least, math.ceil(needed * self.assumptions.visitors.busiest))

    # --- files and databases

    @property
    def efs_read_gb(self) -> float:
        """What serving reads of the sites' file systems, as EFS meters it: every question about a file counts 4 kB."""
        php = self.assumptions.php
        data = self.fetched_share * max(DATA_KB, php.script_kb)
        warm, compiled = php.stats * METADATA_KB, php.opens * METADATA_KB + data
        a_script = (1 - self.compiled_share) * warm + self.compiled_share * compiled
        files = self.visits * self.assumptions.visitors.files * php.opens * METADATA_KB
        return (self.php_requests * self.own_scripts * a_script + files) / KB_IN_GB

    @property
    def live_gb(self) -> float:
        """The sites' files. They stay in Standard: each backup opens all files of a site, which brings them back."""
        return self.sites * (self.assumptions.stored.code_mb + self.assumptions.stored.uploads_mb) / MB_IN_GB

    @property
    def backed_up(self) -> tuple[float, float]:
        """How many backups the maintenance command makes: of plugin updates, and of what overwrites or ends a site."""
        made = {kind.name: self.tenants * kind.often * kind.backups for kind in self.assumptions.kinds}
        plugins = made.pop("plugin update", 0.0)
        return plugins, sum(made.values())

    def _backups_gb(self, code: float, uploads: float, database: float) -> float:
        plugins, others = self.backed_up
        base = self.assumptions.stored.code_mb * code + self.assumptions.stored.database_mb * database
        with_uploads = others + plugins * self.settings.uploads_in_plugin_backups
        return ((plugins + others) * base + with_uploads * self.assumptions.stored.uploads_mb * uploads) / MB_IN_GB

    @property
    def backups_written_gb(self) -> float:
        """What these backups write, and read back once to be checked."""
        stored = self.assumptions.stored
        return self._backups_gb(stored.packed_code, 1, stored.packed_database)

    @property
    def backups_read_gb(self) -> float:
        """What they read of the sites' files."""
        return self._backups_gb(1, 1, 0)

    @property
    def database_gb(self) -> float:
        """What a cell's server has to store: twice what sites have while they are promoted is not counted."""
        return max(self.inventory.database.storage, self.sites_a_cell * self.assumptions.stored.database_mb / MB_IN_GB * 1.2)

    @property
    def table_gb(self) -> float:
        """The table with its indexes."""
        stored = self.assumptions.stored
        return (self.sites * stored.row_kb + self.operations * 3 * stored.operation_kb) / KB_IN_GB
