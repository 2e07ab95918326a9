"""Unit prices, read from prices.toml: what each is for, where it is from, and whether anybody has checked it."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

FILE = Path(__file__).with_name("prices.toml")


class PriceError(ValueError):
    """A price that is missing, or that is not written as one is."""


@dataclass(frozen=True)
class Tier:
    """What a unit costs up to so many units a month; the last tier has no end."""

    usd: float
    up_to: float = float("inf")


@dataclass(frozen=True, kw_only=True)
class Price:
    """A unit price in US dollars. ``page`` is AWS's page of it; ``checked`` says that ``source`` showed it for the region."""

    id: str
    unit: str
    page: str
    taken: str
    checked: bool
    source: str
    tiers: tuple[Tier, ...]

    def of(self, quantity: float) -> float:
        """What so many units cost in a month."""
        total, below = 0.0, 0.0
        for tier in self.tiers:
            total += max(0.0, min(quantity, tier.up_to) - below) * tier.usd
            below = tier.up_to
        return total

    @property
    def shown(self) -> str:
        """The price as it is written, tier by tier."""
        return ", then ".join(f"{tier.usd:.10f}".rstrip("0").ljust(4, "0") for tier in self.tiers)


class Prices(Mapping[str, Price]):
    """All prices by id, and which of them have been asked for."""

    def __init__(self, prices: Mapping[str, Price]) -> None:
        self._prices = dict(prices)
        self.asked: set[str] = set()

    def __getitem__(self, id_: str) -> Price:
        if id_ not in self._prices:
            raise PriceError(f"There is no price {id_!r}: add it to {FILE.name}.")
        self.asked.add(id_)
        return self._prices[id_]

    def __iter__(self) -> Iterator[str]:
        return iter(self._prices)

    def __len__(self) -> int:
        return len(self._prices)


def known_prices(file: Path = FILE) -> Prices:
    """Read the file of prices; PriceError names one that is not written as a price is."""
    return Prices({id_: _price(id_, fields) for id_, fields in tomllib.loads(file.read_text()).items()})


def _price(id_: str, fields: dict[str, Any]) -> Price:
    amounts = fields.pop("tiers", None) or [{"usd": fields.pop("usd", None)}]
    try:
        tiers = tuple(Tier(**amount) for amount in amounts)
        price = Price(id=id_, tiers=tiers, **fields)
    except TypeError as error:
        raise PriceError(f"{id_}: {error}") from error
    ends = [tier.up_to for tier in tiers]
    if any(tier.usd is None for tier in tiers) or ends != sorted(set(ends)) or ends[-1] != float("inf"):
        raise PriceError(f"{id_}: write usd, or tiers that follow one another, of which the last one has no up_to.")
    return price
