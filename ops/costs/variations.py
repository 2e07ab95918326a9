"""What could be decided otherwise, and what that would save: each change alone, and all of them together."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace

from ops.costs.assumptions import MB_IN_GB
from ops.costs.inventory import Inventory
from ops.costs.load import Load

BURSTING_KB_A_GB, READS_COUNT, LEAST_KB = 50.0, 1 / 3, 1024.0
"""What a file system in bursting mode gives for each GB in Standard, what of a read counts, and the least that it gives.

https://docs.aws.amazon.com/efs/latest/ug/performance.html
"""

FARGATE_GB = {2.0: range(4, 17), 4.0: range(8, 31)}
"""The memory that tasks may have, by their vCPUs.

https://docs.aws.amazon.com/AmazonECS/latest/developerguide/fargate-tasks-services.html
"""


@dataclass(frozen=True, kw_only=True)
class Variation:
    """A change, in words, and the load after it."""

    name: str
    change: Callable[[Load], Load]


def _with_inventory(load: Load, change: Callable[[Inventory], Inventory]) -> Load:
    return replace(load, inventory=change(load.inventory))


def shared_wordpress(load: Load) -> Load:
    """WordPress' own files once in the image, and an opcache that holds a cell's sites, in the memory that this takes."""
    shared = replace(load, settings=replace(load.settings, shared_wordpress=True))
    php, serving = load.assumptions.php, load.inventory.serving
    own = php.opcache_mb * (php.real - 1)
    opcache = max(load.settings.opcache_mb, php.opcache_base_mb + php.opcache_mb + own * math.ceil(shared.sites_a_cell))
    needed = (opcache + load.settings.workers * php.worker_mb) / MB_IN_GB + 1
    memory = max(serving.memory, next((gb for gb in FARGATE_GB.get(serving.cpu, ()) if gb >= needed), serving.memory))
    larger = _with_inventory(shared, lambda known: replace(known, serving=replace(serving, memory=float(memory))))
    return replace(larger, settings=replace(larger.settings, opcache_mb=opcache))


def bursting(load: Load) -> Load:
    """The sites' files in bursting mode, where bytes cost nothing and are limited by what is stored."""
    return _with_inventory(load, lambda known: replace(known, elastic=False))


def bursting_share(load: Load) -> float:
    """What is read of the sites' files, of what a cell's file system gives for ever in bursting mode, both on average."""
    given = max(LEAST_KB, load.live_gb / load.cells * BURSTING_KB_A_GB)
    wanted = load.efs_read_gb / load.cells * MB_IN_GB * 1024 / (730 * 3600) * READS_COUNT
    return wanted / given


VARIATIONS = (
    Variation(name="WordPress' own files once, in the image, and an opcache for all sites of a cell", change=shared_wordpress),
    Variation(name="bursting instead of elastic throughput for the sites' files", change=bursting),
    Variation(
        name="looks at sites every 15 minutes instead of every 5",
        change=lambda load: replace(load, settings=replace(load.settings, look_minutes=15.0)),
    ),
    Variation(
        name="backups before a plugin's update without uploads, which an update does not touch",
        change=lambda load: replace(load, settings=replace(load.settings, uploads_in_plugin_backups=False)),
    ),
    Variation(
        name="functions by the tasks' NAT gateways instead of interface endpoints",
        change=lambda load: _with_inventory(load, lambda known: replace(known, cell=replace(known.cell, endpoint_zones=0))),
    ),
    Variation(
        name="no metrics of each route by the gateway (an alarm for all routes instead of two for each)",
        change=lambda load: _with_inventory(load, lambda known: replace(known, gateway_metrics=0)),
    ),
    Variation(
        name="Cognito's Essentials instead of Plus, without threat protection",
        change=lambda load: _with_inventory(load, lambda known: replace(known, plus=False)),
    ),
)


def all_of_them(load: Load) -> Load:
    """The load after every change."""
    for variation in VARIATIONS:
        load = variation.change(load)
    return load
