"""The access patterns of plugins, by their numbers in ``runtime/table/__init__.py``, with the calls they make."""

from __future__ import annotations

import pytest

from ops.catalogue import beginnings, seed
from ops.catalogue import read as read_catalogue
from runtime.hateoas_endpoint.principal import Principal, principal_from
from runtime.plugins.service import read_catalogued, read_details, read_site, read_site_to_change
from runtime.table.unit import Unit
from runtime.wordpress.port import InstalledPlugin
from tests.runtime.dynamo import RecordedTable
from tests.runtime.fakes import FakePorts, claims
from tests.runtime.operations.world import OperationWorld, site_made
from tests.runtime.plugins.asking import details
from tests.runtime.plugins.directory import FakeDirectory

READ, READS, LIST, WRITE = "GetItem", "BatchGetItem", "Query", "TransactWriteItems"


@pytest.fixture(scope="module")
def life() -> FakePorts:
    """A site, the catalogue that a stage begins with, and what the directory said of one plugin."""
    world = OperationWorld()
    seed(world.table)
    details(world)
    site_made(world)
    return world


@pytest.fixture(scope="module")
def principal() -> Principal:
    return principal_from(claims())


def site_of(life: FakePorts) -> str:
    (row,) = life.table.of_type("SITE")
    site_id: str = row["siteId"]
    return site_id


def test_25_a_plugin_and_what_the_directory_said_of_it(life: FakePorts, recorded: RecordedTable, principal: Principal) -> None:
    directory = FakeDirectory(down=True)

    found = read_details(recorded.table, directory, "akismet", principal, life.clock)

    assert (found.catalogued.category, found.is_stale) == ("SPAM_PROTECTION", False)
    assert found.fetched
    assert found.fetched.listing
    assert (found.fetched.listing.name, directory.calls) == ("Akismet Anti-spam", {})
    assert recorded.calls == [READS]


def test_25_a_plugin_of_which_the_directory_was_not_asked_yet(
    life: FakePorts, recorded: RecordedTable, principal: Principal
) -> None:
    read_details(recorded.table, FakeDirectory(), "jetpack", principal, life.clock)
    again = read_details(recorded.table, FakeDirectory(down=True), "jetpack", principal, life.clock)

    assert again.fetched
    assert again.fetched.listing is None
    assert recorded.calls == [READS, WRITE, READS]


def test_26_a_site_by_its_id_alone_and_its_tenant(life: FakePorts, recorded: RecordedTable, principal: Principal) -> None:
    found = read_site(recorded.table, site_of(life), principal)

    assert (found.site.site_id, found.tenant.tenant_id) == (site_of(life), "acme")
    assert recorded.calls == [READ, READS]


def test_27_the_same_and_a_plugin_to_change_on_it(life: FakePorts, recorded: RecordedTable, principal: Principal) -> None:
    found = read_site_to_change(Unit(recorded.table), site_of(life), "wp-file-manager", principal)

    assert found.catalogued
    assert found.catalogued.is_blocklisted
    assert recorded.calls == [READ, READS]


def test_28_what_the_catalogue_says_of_a_sites_plugins(life: FakePorts, recorded: RecordedTable) -> None:
    names = [*(plugin.plugin_id for plugin in beginnings()), *(f"own-{number}" for number in range(70))]
    installed = [InstalledPlugin(plugin_id=name, name=name, version="1.0", is_active=False) for name in names]

    found = read_catalogued(recorded.table, installed)

    assert found.keys() == {plugin.plugin_id for plugin in beginnings()}
    assert recorded.calls == [READS]


def test_29_the_whole_catalogue_by_slug(life: FakePorts, recorded: RecordedTable) -> None:
    assert read_catalogue(recorded.table) == beginnings()
    assert recorded.calls == [LIST, LIST], "the second finds that there is no more"
