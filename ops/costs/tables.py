"""The generated parts of docs/costs.md: money, counts and what they are computed with."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import fields

from ops.costs.assumptions import Assumptions
from ops.costs.bill import Bill
from ops.costs.inventory import Database, Inventory
from ops.costs.report import SCALES, Report
from ops.costs.servers import server_of

Row = Sequence[str]


def table(heads: Row, rows: Sequence[Row]) -> str:
    """A table in Markdown."""
    lines = [heads, ["---"] * len(heads), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def usd(amount: float) -> str:
    """Dollars as people read them: cents where there are few."""
    return f"{amount:,.2f}" if amount < 100 else f"{amount:,.0f}"


def much(quantity: float) -> str:
    """A quantity with three digits or so that matter."""
    return f"{quantity:,.0f}" if quantity >= 100 else f"{quantity:,.3g}"


def bill_table(report: Report) -> str:
    """The bill by resource, with what it comes to for a site."""
    bills = report.bills
    return table(["US dollars a month", *(scale.title for scale in SCALES)], list(bill_rows(bills)))


def bill_rows(bills: Sequence[Bill]) -> Iterator[Row]:
    """A row for each resource, the sums, and what a site costs."""
    for resource in dict.fromkeys(name for bill in bills for name in bill.by_resource):
        yield [resource, *(usd(bill.by_resource.get(resource, 0.0)) for bill in bills)]
    yield ["**All of it**", *(f"**{usd(bill.total)}**" for bill in bills)]
    yield ["**A site**", *(f"**{usd(bill.a_site)}**" if bill.a_site is not None else "" for bill in bills)]


def sizes_table(report: Report) -> str:
    """What the scales are carried by."""
    loads = [report.load(scale) for scale in SCALES]
    servers = [server_of(load) for load in loads]
    rows = [
        ["sites, of these on PROD", *(f"{load.sites:,.0f}, {load.prod_sites:,.0f}" for load in loads)],
        ["cells of hosting (one is built)", *(f"{load.cells:,}" for load in loads)],
        ["requests to PHP: by people and robots", *(much(load.pages) for load in loads)],
        ["requests to PHP: looks at sites", *(much(load.looked_at) for load in loads)],
        ["of these with scripts compiled", *(f"{load.compiled_share:.0%}" for load in loads)],
        ["serving tasks of a cell, on average", *(f"{load.tasks:,.1f}" for load in loads)],
        ["serving tasks of a cell, in the busiest hour", *(f"{load.tasks_at_peak:,}" for load in loads)],
        ["database of a cell", *(f"{server.times} x db.{server.instance}" for server in servers)],
        ["operations", *(much(load.operations) for load in loads)],
        ["maintenance tasks", *(much(load.jobs) for load in loads)],
        ["calls of the API", *(much(load.calls) for load in loads)],
    ]
    return table(["", *(scale.title for scale in SCALES)], rows)


COUNTED: Sequence[tuple[str, Callable[[Inventory], str]]] = (
    ("functions", lambda found: str(found.count("AWS::Lambda::Function"))),
    ("routes", lambda found: str(found.count("AWS::ApiGatewayV2::Route"))),
    ("alarms; metrics in them", lambda found: f"{found.count('AWS::CloudWatch::Alarm')}; {found.stage.alarm_metrics}"),
    ("metrics of routes by the gateway", lambda found: str(found.gateway_metrics)),
    ("queues that are polled", lambda found: str(found.polled_queues)),
    ("functions that run each minute", lambda found: str(found.schedules)),
    ("keys; secrets", lambda found: f"{found.stage.keys}; {found.stage.secrets}"),
    ("log groups; days kept", lambda found: f"{found.count('AWS::Logs::LogGroup')}; {found.log_days:g}"),
    ("NAT gateways", lambda found: str(found.cell.gateways)),
    ("interface endpoints, times zones", lambda found: str(found.cell.endpoint_zones)),
    ("load balancers", lambda found: str(found.cell.balancers)),
    ("public addresses", lambda found: str(found.cell.addresses)),
    (
        "serving tasks: at least",
        lambda found: f"{found.serving.least} of {found.serving.cpu:g} vCPUs, {found.serving.memory:g} GB",
    ),
    ("database", lambda found: f"{_server(found.database)}, {found.database.storage:g} GB"),
    ("file systems", lambda found: f"{found.count('AWS::EFS::FileSystem')}, {'elastic' if found.elastic else 'bursting'}"),
    ("plan of the user pool", lambda found: "Plus" if found.plus else "Essentials"),
    ("nightly backups", lambda found: f"{found.copies_kept_days:g} days; copies in another region: {found.copies}"),
)
"""What is shown of an inventory."""


def inventory_table(report: Report) -> str:
    """What is there without anybody, as the templates say."""
    named = {name: report.inventories[name] for name in dict.fromkeys(scale.stage for scale in SCALES)}
    rows = [[what, *(shown(found) for found in named.values())] for what, shown in COUNTED]
    return table(["counted in the templates", *named], rows)


def _server(database: Database) -> str:
    return f"db.{database.instance}{' with a standby' if database.standby else ''}"


def lines_table(report: Report) -> str:
    """Every line of the bills of prod: how much of what, and its price."""
    bills = [report.bill(load) for load in report.prod]
    rows = []
    for lines in zip(*(bill.lines for bill in bills), strict=True):
        price = report.prices[lines[0].price]
        quantities = " / ".join(much(line.quantity) for line in lines)
        dollars = " / ".join(usd(bill.usd(line)) for bill, line in zip(bills, lines, strict=True))
        rows.append([lines[0].resource, lines[0].item, quantities, price.unit, f"`{price.id}`", dollars])
    return table(["Resource", "What of it", "1 / 100 / 10,000 tenants", "Unit", "Price", "US dollars"], rows)


def assumptions_table(assumptions: Assumptions) -> str:
    """Every assumption with its sentence."""
    rows = [
        [group.name, each.name.replace("_", " "), f"{getattr(getattr(assumptions, group.name), each.name):,g}",
         each.metadata["unit"], each.metadata["why"]]
        for group in fields(assumptions)
        if group.name != "kinds"
        for each in fields(getattr(assumptions, group.name))
    ]  # fmt: skip
    kinds = [
        [kind.name, f"{kind.often:g}", f"{kind.writes:g}", f"{kind.turns:g}", f"{kind.jobs:g}", f"{kind.backups:g}"]
        for kind in assumptions.kinds
    ]
    heads = ["Operation", "A tenant and month", "Write units", "Turns of a consumer", "Maintenance tasks", "Backups"]
    return f"{table(['Of', 'What', 'Number', 'Unit', 'Where it is from'], rows)}\n\n{table(heads, kinds)}"


def prices_table(report: Report) -> str:
    """Every price with its source."""
    rows = [
        [
            f"`{price.id}`",
            price.shown,
            price.unit,
            price.taken,
            "yes" if price.checked else "**no**",
            price.source,
            _link(price.page),
        ]
        for price in report.prices.values()
    ]
    checked = sum(price.checked for price in report.prices.values())
    told = (
        f"{checked} of {len(report.prices)} were seen in a copy of AWS's price list or in a bill; the others are to be checked."
    )
    return f"{told}\n\n{table(['Price', 'US dollars', 'For a', 'Taken', 'Checked', 'Source', 'Page'], rows)}"


def _link(page: str) -> str:
    return f"[{page.removeprefix('https://aws.amazon.com/').strip('/')}]({page})"
