"""The arithmetic of costs, with small numbers that were worked out by hand."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from ops.costs.assumptions import HOURS, SECONDS, Assumptions, Customers, Kind, Php, Stored, Visitors, Work
from ops.costs.bill import Bill, Line
from ops.costs.doors import Door, flips_at_gb
from ops.costs.inventory import Database, Inventory, Part, Tasks
from ops.costs.lines_hosting import capacity_units
from ops.costs.lines_portal import derived_secrets
from ops.costs.lines_watching import seen, traced
from ops.costs.load import Load
from ops.costs.page import PARTS, PageError, renewed
from ops.costs.prices import PriceError, Prices, known_prices
from ops.costs.quotas import Quota
from ops.costs.report import Report
from ops.costs.servers import server_of
from ops.costs.settings import Settings
from ops.costs.variations import bursting_share, shared_wordpress

NOTHING = Part(keys=0, secrets=0, alarm_metrics=0, gateways=0, endpoint_zones=0, addresses=0, balancers=0)
INVENTORY = Inventory(
    counts={"AWS::ApiGatewayV2::Route": 10},
    stage=NOTHING,
    cell=NOTHING,
    gateway_metrics=0,
    route_throttle=50,
    function_gb=1,
    refresher_seconds=50,
    busy=0.5,
    schedules=3,
    polled_queues=3,
    most_at_once=10,
    serving=Tasks(cpu=2, memory=4, least=2, most=10),
    job=Tasks(cpu=1, memory=2),
    database=Database(instance="m7g.large", storage=200, standby=True),
    elastic=True,
    backups_standard_days=7,
    plus=True,
    copies=1,
    copies_kept_days=35,
    log_days=90,
    largest_stack=100,
)
SETTINGS = Settings(opcache_mb=192, php_memory_mb=256, workers=16, look_minutes=5, remembered_sites=1024)
SIMPLE = Assumptions(
    customers=Customers(prod_share=0.5, users=2, calls=100),
    visitors=Visitors(visits=100, elsewhere=0, pages=2, crawled=0.5, files=10, megabytes=1, crawled_kb=0, busiest=4),
    php=Php(page_ms=100, rest_ms=50, compile_ms=400, scripts=100, script_kb=8, opcache_mb=10, opcache_base_mb=2, real=2),
    stored=Stored(tables=100, code_mb=24, uploads_mb=1000),
    work=Work(looks=3),
    kinds=(Kind(name="plugin update", often=10, writes=100, turns=4, jobs=1, backups=1),),
)


def load_of(tenants: int, *, assumptions: Assumptions = SIMPLE, settings: Settings = SETTINGS) -> Load:
    return Load(tenants=tenants, sites_each=4, inventory=INVENTORY, assumptions=assumptions, settings=settings)


def prices_in(folder: Path, text: str) -> Prices:
    file = folder / "prices.toml"
    file.write_text(text)
    return known_prices(file)


ABOUT = 'unit = "GB"\npage = "https://aws.example"\ntaken = "2026-11-28"\nchecked = true\nsource = "a bill"\n'


# --- prices


def test_a_price_with_tiers_counts_each_unit_in_its_tier(tmp_path: Path) -> None:
    prices = prices_in(
        tmp_path, f'["gb"]\ntiers = [{{ up_to = 10, usd = 3 }}, {{ up_to = 30, usd = 2 }}, {{ usd = 1 }}]\n{ABOUT}'
    )

    assert [prices["gb"].of(quantity) for quantity in (0, 4, 10, 12, 100)] == [0, 12, 30, 34, 140]


@pytest.mark.parametrize(
    "amount",
    ["", "tiers = [{ up_to = 10, usd = 1 }]", "tiers = [{ usd = 2 }, { up_to = 5, usd = 1 }]", "usd = 1\ncurrency = 'EUR'"],
)
def test_a_price_that_is_not_written_as_one_is_refused_by_its_name(tmp_path: Path, amount: str) -> None:
    with pytest.raises(PriceError, match="gb"):
        prices_in(tmp_path, f'["gb"]\n{amount}\n{ABOUT}')


def test_a_price_that_is_missing_is_asked_for_by_its_name(tmp_path: Path) -> None:
    with pytest.raises(PriceError, match="'hour'"):
        prices_in(tmp_path, f'["gb"]\nusd = 1\n{ABOUT}')["hour"]


def test_a_bill_sums_its_lines_by_resource_and_for_a_site(tmp_path: Path) -> None:
    prices = prices_in(tmp_path, f'["gb"]\nusd = 0.5\n{ABOUT}')
    lines = [
        Line(resource="Files", item="storage", quantity=10, price="gb"),
        Line(resource="Files", item="read", quantity=6, price="gb"),
        Line(resource="Traffic", item="out", quantity=4, price="gb"),
    ]

    bill = Bill(load=load_of(5), lines=lines, prices=prices)

    assert bill.by_resource == {"Files": 8, "Traffic": 2}
    assert (bill.total, bill.a_site) == (10, 0.5)
    assert Bill(load=load_of(0), lines=lines, prices=prices).a_site is None


# --- loads


def test_operations_and_what_they_take_follow_from_how_often_tenants_have_them() -> None:
    load = load_of(3)

    assert (load.operations, load.jobs) == (30, 30)
    assert load.turns == 3 * 10 * 4 + 30 * (3 - 2)


def test_php_answers_people_robots_and_the_refresher() -> None:
    load = load_of(1)

    assert load.prod_sites == 2
    assert load.pages == 2 * 100 * 2 * 1.5
    assert load.looks == 2 * HOURS * 12
    assert load.php_requests == 600 + load.looks * 3
    assert load.requests == load.php_requests + 200 * 10


def test_a_cell_has_the_sites_whose_tables_a_server_should_have() -> None:
    assert load_of(25).sites_a_cell_at_most == 100
    assert [load_of(tenants).cells for tenants in (0, 25, 26)] == [1, 1, 2]
    assert load_of(26).sites_a_cell == 52


def test_sites_that_the_opcache_does_not_hold_are_compiled() -> None:
    # 192 MB less 2 of PHP's own, 20 MB a site: nine sites.
    assert load_of(1).sites_in_opcache == 9
    assert load_of(2).compiled_share == 0
    assert load_of(9).compiled_share == pytest.approx(1 - 9 / 36)


def test_cpu_time_is_that_of_pages_and_looks_and_of_compiling() -> None:
    warm, cold = load_of(1), load_of(9)

    a_look = 100 + 2 * 50
    assert warm.cpu_seconds == pytest.approx((600 * 100 + warm.looks * a_look) * 2 / 1000)
    assert cold.cpu_seconds == pytest.approx(9 * warm.cpu_seconds + cold.php_requests * 0.75 * 400 * 2 / 1000)


def test_tasks_follow_the_load_and_are_never_fewer_than_the_least() -> None:
    busy = replace(SIMPLE, php=replace(SIMPLE.php, page_ms=20_000))

    assert (load_of(1).tasks, load_of(1).tasks_at_peak) == (2, 2)
    many = load_of(20, assumptions=busy)
    assert many.tasks == pytest.approx(many.cpu_seconds / SECONDS / 0.5 / 2)
    assert many.tasks_at_peak == pytest.approx(many.tasks * 4, abs=1)


def test_each_question_about_a_file_counts_four_kilobytes() -> None:
    load = load_of(1)

    asked = load.php_requests * 200 * load.assumptions.php.stats * 4
    opened = 200 * 10 * load.assumptions.php.opens * 4
    assert load.efs_read_gb == pytest.approx((asked + opened) / 1024**2)


def test_shared_files_of_wordpress_leave_the_site_its_own_scripts_only() -> None:
    shared = shared_wordpress(load_of(20))

    assert (load_of(20).own_scripts, shared.own_scripts) == (200, 100)
    # 80 sites of 10 MB, WordPress' own 10 MB once, PHP's own 2 MB.
    assert shared.settings.opcache_mb == 812
    assert (shared.sites_in_opcache, shared.compiled_share) == (80, 0)


def test_a_backup_before_a_plugin_update_may_leave_the_uploads_out() -> None:
    whole = load_of(1)
    without = replace(whole, settings=replace(SETTINGS, uploads_in_plugin_backups=False))

    assert whole.backups_read_gb == pytest.approx(10 * 1024 / 1024)
    assert without.backups_read_gb == pytest.approx(10 * 24 / 1024)


def test_secrets_are_derived_with_every_look_once_there_are_more_sites_than_are_remembered() -> None:
    few, many = load_of(512), load_of(513)

    assert few.prod_sites == 1024
    assert derived_secrets(few) == 1024 * few.assumptions.work.starts + few.jobs
    assert derived_secrets(many) == 1024 * many.assumptions.work.starts + many.jobs + many.looks


def test_a_load_balancer_is_billed_by_what_it_has_most_of() -> None:
    gigabytes = load_of(1, assumptions=replace(SIMPLE, visitors=replace(SIMPLE.visitors, megabytes=1024 * HOURS)))
    connections = load_of(1, assumptions=replace(SIMPLE, visitors=replace(SIMPLE.visitors, visits=SECONDS, megabytes=0)))

    assert capacity_units(gigabytes) == pytest.approx(200)
    assert capacity_units(connections) == pytest.approx((2 * 4 + 2) / 25)


def test_bursting_is_enough_where_reads_stay_below_what_is_given_for_what_is_stored() -> None:
    load = load_of(25)

    given = 100 * 50.0  # KB a second, for 100 sites of 1 GB
    read = load.efs_read_gb * 1024**2 / SECONDS
    assert load.live_gb == 100
    assert bursting_share(load) == pytest.approx(read / 3 / given)


# --- what is watched


def test_a_metric_is_billed_for_the_hours_in_which_it_is_seen() -> None:
    assert seen(0) == 0
    assert seen(1) == pytest.approx(0.632, abs=0.001)
    assert seen(50) == pytest.approx(1)


def test_x_ray_keeps_the_first_request_of_a_second_and_one_in_twenty_of_the_rest() -> None:
    assert traced(1000) == 1000
    assert traced(SECONDS + 2000) == SECONDS + 100


# --- servers, doors, limits


def test_a_server_grows_until_it_takes_the_connections_of_the_busiest_hour() -> None:
    busy = replace(SIMPLE, php=replace(SIMPLE.php, page_ms=100_000))
    small, large = load_of(1), load_of(10, assumptions=busy)

    assert (server_of(small).times, server_of(small).connections) == (1, 341)
    assert large.tasks_at_peak * 16 > 341
    assert server_of(large).connections >= large.tasks_at_peak * 16 > server_of(large).connections / 2


def test_an_endpoint_pays_for_its_hours_by_what_nat_charges_more_for_a_gigabyte() -> None:
    prices = known_prices()
    flips = flips_at_gb(prices)

    # Two zones at 0.011 an hour, against 0.048 less 0.01 a GB.
    assert flips == pytest.approx(2 * 0.011 * 730 / 0.038)
    below, above = (Door(who="tasks", service="KMS", today="NAT", gb=flips * part, cells=1) for part in (0.99, 1.01))
    assert (below.cheaper(prices), above.cheaper(prices)) == ("NAT", "endpoint")


def quota(most: float) -> Quota:
    return Quota(
        service="Portal",
        name="sites",
        code="",
        most=most,
        unit="sites",
        load=lambda load: load.sites,
        meets="",
        source="",
        change="",
    )


def test_a_limit_is_met_by_the_first_tenant_that_is_too_many() -> None:
    assert quota(40).tenants(load_of(1)) == 11
    assert quota(3).tenants(load_of(1)) == 1
    assert quota(1e12).tenants(load_of(1)) is None


# --- the page


def test_only_what_stands_between_marks_is_made_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ops.costs.page.PARTS", dict.fromkeys(PARTS, lambda _: "made"))
    page = "By hand.\n" + "".join(f"<!-- begin {name} -->\nold\n<!-- end {name} -->\n" for name in PARTS) + "By hand too.\n"
    report = Report(inventories={}, settings=SETTINGS, prices=Prices({}), assumptions=SIMPLE)

    text = renewed(page, report)

    assert text.startswith("By hand.\n")
    assert text.endswith("By hand too.\n")
    assert text.count("made") == len(PARTS)
    assert "old" not in text
    assert renewed(text, report) == text


def test_a_page_that_lost_a_part_is_refused() -> None:
    report = Report(inventories={}, settings=SETTINGS, prices=Prices({}), assumptions=SIMPLE)

    with pytest.raises(PageError, match="bill"):
        renewed("<!-- begin bill -->\n<!-- end bill -->\n", report)
