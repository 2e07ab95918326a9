"""Many sites at once, as rows."""

from __future__ import annotations

from datetime import timedelta

from runtime.ids import new_id
from runtime.sites.domain import Environment, Site, SiteStatus
from runtime.sites.rows import site_row
from runtime.table.port import Key, Row, key_of
from tests.runtime.fakes import START

STATUSES = (SiteStatus.ACTIVE, SiteStatus.ACTIVE, SiteStatus.SUSPENDED, SiteStatus.FAILED)


def sites(count: int, *, tenant: str = "acme") -> dict[Key, Row]:
    """So many sites, each a millisecond younger than the one before, of changing environments and statuses."""
    rows = {}
    for number in range(count):
        moment = START - timedelta(days=1) + timedelta(milliseconds=number)
        site = Site(
            site_id=new_id("site", now=moment, random=number.to_bytes(10, "big")),
            tenant_id=tenant,
            site_name=f"Shop {number}",
            subdomain=f"seeded-{number}",
            url=f"https://seeded-{number}.sites.example",
            environment=list(Environment)[number % 3],
            status=STATUSES[number % len(STATUSES)],
            created_at=moment,
            created_by="sub",
            updated_at=moment,
        )
        row = site_row(site)
        rows[key_of(row)] = row
    return rows
