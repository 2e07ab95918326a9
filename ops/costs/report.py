"""The stages and scales that are costed, synthesised and loaded: what the page and its tests are made of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ops.costs.assumptions import Assumptions
from ops.costs.bill import Bill
from ops.costs.inventory import Inventory, inventory_of
from ops.costs.lines import bill_of
from ops.costs.load import Load
from ops.costs.prices import Prices, known_prices
from ops.costs.settings import Settings, settings_of_repository
from ops.permissions.assembly import Assembly

SITES_EACH = 5


@dataclass(frozen=True, kw_only=True)
class Scale:
    """A column of the bill."""

    title: str
    stage: str
    tenants: int


SCALES = (
    Scale(title="dev, idle", stage="dev", tenants=0),
    Scale(title="prod, 1 tenant", stage="prod", tenants=1),
    Scale(title="prod, 100 tenants", stage="prod", tenants=100),
    Scale(title="prod, 10,000 tenants", stage="prod", tenants=10_000),
)


@dataclass(frozen=True, kw_only=True)
class Report:
    """The inventories of the stages that the scales are of, and what everything is computed with."""

    inventories: Mapping[str, Inventory]
    settings: Settings
    prices: Prices
    assumptions: Assumptions

    def load(self, scale: Scale) -> Load:
        """The load of a scale."""
        return Load(
            tenants=scale.tenants,
            sites_each=SITES_EACH,
            inventory=self.inventories[scale.stage],
            assumptions=self.assumptions,
            settings=self.settings,
        )

    def bill(self, load: Load) -> Bill:
        """What a load costs."""
        return bill_of(load, self.prices)

    @property
    def bills(self) -> list[Bill]:
        """The bills of all scales."""
        return [self.bill(self.load(scale)) for scale in SCALES]

    @property
    def prod(self) -> list[Load]:
        """The loads of prod."""
        return [self.load(scale) for scale in SCALES if scale.stage == "prod"]


def report_of(assemblies: Mapping[str, Assembly]) -> Report:
    """Everything as the repository has it: its stages as synthesised, its settings, its prices and its assumptions."""
    return Report(
        inventories={scale.stage: inventory_of(assemblies[scale.stage]) for scale in SCALES},
        settings=settings_of_repository(),
        prices=known_prices(),
        assumptions=Assumptions(),
    )
