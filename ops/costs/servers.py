"""Which database server a cell takes: of the stage's own class, or as many times larger as a rule asks for."""

from __future__ import annotations

from dataclasses import dataclass

from ops.costs.assumptions import MB_IN_GB, SECONDS
from ops.costs.load import CONNECTIONS_A_GB, Load

CLASSES = {"t4g.small": (2, 2.0), "m7g.large": (2, 8.0)}
"""The vCPUs and GB of the classes that stages have: https://aws.amazon.com/rds/instance-types/"""

FOR_PAGES_OF_DATA = 0.75
"""The share of memory that RDS gives to InnoDB's buffer pool."""

BUSY = 0.6
SIZES = (1, 2, 4, 8, 16)
"""large, xlarge, 2xlarge, 4xlarge, 8xlarge: each has, and costs, twice as much as the one before."""


@dataclass(frozen=True, kw_only=True)
class Server:
    """A server that is ``times`` the stage's own class."""

    instance: str
    times: int

    @property
    def vcpus(self) -> float:
        """Its processors."""
        return float(CLASSES[self.instance][0] * self.times)

    @property
    def memory_gb(self) -> float:
        """Its memory."""
        return CLASSES[self.instance][1] * self.times

    @property
    def connections(self) -> int:
        """How many connections it takes."""
        return int(self.memory_gb * CONNECTIONS_A_GB)


def wanted(load: Load) -> dict[str, float]:
    """What a cell asks of its server: memory for what pages ask for, connections and processors in the busiest hour."""
    php, stored = load.assumptions.php, load.assumptions.stored
    queries = load.php_requests / load.cells / SECONDS * load.assumptions.visitors.busiest
    return {
        "memory_gb": load.sites_a_cell * stored.hot_mb / MB_IN_GB / FOR_PAGES_OF_DATA,
        "connections": float(load.tasks_at_peak * load.settings.workers),
        "vcpus": queries * php.query_ms / 1000 * php.real / BUSY,
    }


def server_of(load: Load) -> Server:
    """The smallest server that is no smaller than the stage's and gives all that is wanted, or the largest there is."""
    instance, needs = load.inventory.database.instance, wanted(load)
    if instance not in CLASSES:
        raise ValueError(f"No size is known of db.{instance}: add it to CLASSES, and its price to prices.toml.")
    servers = [Server(instance=instance, times=times) for times in SIZES]
    return next((s for s in servers if all(getattr(s, what) >= much for what, much in needs.items())), servers[-1])
