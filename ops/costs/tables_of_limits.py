"""The generated parts of docs/costs.md on what could be otherwise: changes and their savings, ways out, limits."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ops.costs.doors import doors_of, flips_at_gb
from ops.costs.load import Load
from ops.costs.quotas import Fixed, Quota
from ops.costs.quotas_hosting import hosting_fixed, hosting_quotas, in_one_cell
from ops.costs.quotas_portal import portal_fixed, portal_quotas
from ops.costs.report import Report
from ops.costs.tables import Row, much, table, usd
from ops.costs.variations import VARIATIONS, all_of_them, bursting_share, shared_wordpress

SCALES = ("1 tenant", "100 tenants", "10,000 tenants")


def variations_table(report: Report) -> str:
    """What each change saves alone, and what the bill is after all of them."""
    loads = report.prod
    now = [report.bill(load).total for load in loads]
    rows: list[Row] = [["as it is", *map(usd, now), *[""] * len(loads)]]
    for variation in VARIATIONS:
        after = [report.bill(variation.change(load)).total for load in loads]
        rows.append([variation.name, *map(usd, after), *(_saved(a, b) for a, b in zip(now, after, strict=True))])
    bills = [report.bill(all_of_them(load)) for load in loads]
    rows.append(
        [
            "**all of them**",
            *(f"**{usd(bill.total)}**" for bill in bills),
            *(_saved(a, b.total) for a, b in zip(now, bills, strict=True)),
        ]
    )
    rows.append(["**a site, after all of them**", *(f"**{usd(bill.a_site or 0)}**" for bill in bills), *[""] * len(loads)])
    heads = ["US dollars a month in prod", *SCALES, *(f"saved, {scale}" for scale in SCALES)]
    return f"{table(heads, rows)}\n\n{_bursting(loads)}"


def _saved(before: float, after: float) -> str:
    return f"{(before - after) / before:.0%}"


def _bursting(loads: Sequence[Load]) -> str:
    shares = [
        f"{bursting_share(load):.0%} as it is and {bursting_share(shared_wordpress(load)):.0%} with WordPress in the image"
        for load in loads[:2]
    ]
    return (
        "Bursting mode only does where what is read stays below what it gives for ever: "
        f"{shares[0]} for 1 tenant, {shares[1]} for 100 and for each cell of more."
    )


def doors_table(report: Report) -> str:
    """Each service that is called from inside the network, by endpoint and by NAT."""
    prices, by_scale = report.prices, [list(doors_of(load)) for load in report.prod]
    rows = []
    for doors in zip(*by_scale, strict=True):
        amounts = " / ".join(much(door.gb) for door in doors)
        endpoint = " / ".join(usd(door.by_endpoint(prices)) for door in doors)
        nat = " / ".join(usd(door.by_nat(prices)) for door in doors)
        cheaper = " / ".join(door.cheaper(prices) for door in doors)
        rows.append([doors[0].who, doors[0].service, doors[0].today, amounts, endpoint, nat, cheaper])
    heads = ["Who", "Calls", "Today", "GB: 1 / 100 / 10,000", "by endpoint", "by the tasks' NAT", "cheaper"]
    first = report.prod[0].inventory.cell
    inside, own = first.endpoint_zones * prices["endpoint.hour"].of(730), first.gateways * prices["nat.hour"].of(730)
    told = [
        "An endpoint in two zones costs less than the NAT gateways that are there for the tasks",
        f"from {flips_at_gb(prices):,.0f} GB a month and network on.",
        "NAT gateways of the functions' own, so that they stay apart from the tasks,",
        f"would be {usd(own)} a month against {usd(inside)} for the interface endpoints of today.",
    ]
    return f"{table(heads, rows)}\n\n{' '.join(told)}"


def quotas_table(report: Report) -> str:
    """The limits that come nearer with tenants, the first one first."""
    base = in_one_cell(report.prod[0])
    met = [(quota.tenants(base), quota) for quota in (*portal_quotas(base), *hosting_quotas(base))]
    met.sort(key=lambda pair: (pair[0] is None, pair[0] or 0))
    heads = [
        "Met at",
        "Whose",
        "Limit",
        "Code or place",
        "Default",
        "At 1 / 100 / 10,000 tenants",
        "What meets it",
        "What to do",
        "Source",
    ]
    return table(heads, [_quota_row(report, tenants, quota) for tenants, quota in met])


def _quota_row(report: Report, tenants: int | None, quota: Quota) -> Row:
    loads = " / ".join(much(quota.load(in_one_cell(load))) for load in report.prod)
    at = "beyond 10 million" if tenants is None else "**the first tenant**" if tenants <= 1 else f"{tenants:,} tenants"
    most = f"{quota.most:,g} {quota.unit}"
    return [at, quota.service, quota.name, quota.code, most, loads, quota.meets, quota.change, quota.source]


def fixed_table(report: Report) -> str:
    """The limits that have nothing to do with how many tenants there are."""
    return table(["Whose", "Limit", "Most", "Used", "What to do", "Source"], list(_fixed_rows(report)))


def _fixed_rows(report: Report) -> Iterator[Row]:
    load = report.prod[0]
    fixed: list[Fixed] = [*portal_fixed(load.inventory), *hosting_fixed(load)]
    for each in fixed:
        yield [each.service, each.name, each.most, each.used, each.change, each.source]
