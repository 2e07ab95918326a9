"""Curating the catalogue of plugins: what a stage begins with, and what operators change by hand."""

from __future__ import annotations

import argparse

import pytest

from ops import plugins
from ops.catalogue import SLUG, CatalogueError, beginnings, change, read, seed
from runtime.plugins.domain import CataloguedPlugin
from runtime.plugins.rows import plugin_key
from tests.runtime.fakes import InMemoryTable


@pytest.fixture
def table() -> InMemoryTable:
    return InMemoryTable()


def does(table: InMemoryTable, *words: str) -> str:
    """What the command says that these words are given to."""
    parser = argparse.ArgumentParser(exit_on_error=False)
    plugins.add_arguments(parser)
    return plugins.run(parser.parse_args(words), table)


def entry(table: InMemoryTable, plugin_id: str) -> CataloguedPlugin:
    (found,) = read(table, plugin_id)
    return found


def test_a_stage_begins_with_thirty_plugins_each_once_by_its_slug_in_order() -> None:
    slugs = [plugin.plugin_id for plugin in beginnings()]

    assert len(slugs) == len(set(slugs)) == 30
    assert slugs == sorted(slugs)
    assert all(SLUG.fullmatch(slug) for slug in slugs)


def test_what_a_stage_begins_with_is_blocked_for_a_reason_only_and_vulnerable_up_to_a_version_only() -> None:
    for plugin in beginnings():
        assert plugin.is_blocklisted == bool(plugin.blocklist_reason)
        assert all(each.fixed_in and not each.affects(each.fixed_in) for each in plugin.vulnerabilities)


def test_seeding_writes_what_is_missing_and_reads_once(table: InMemoryTable) -> None:
    assert does(table, "seed") == "30 added, 30 in the catalogue"
    table.calls.clear()

    assert seed(table) == 0
    assert table.calls == {"get": 1}


def test_seeding_again_takes_back_nothing_that_an_operator_decided(table: InMemoryTable) -> None:
    seed(table)
    does(table, "unblock", "wp-file-manager")
    does(table, "block", "akismet", "--reason", "Not here.")
    does(table, "vulnerable", "jetpack", "--id", "CVE-1", "--title", "A hole", "--severity", "HIGH")
    decided = dict(table.rows)

    seed(table)

    assert table.rows == decided


def test_an_entry_that_somebody_else_writes_at_the_same_moment_stays_theirs(table: InMemoryTable) -> None:
    def block_meanwhile() -> None:
        does(table, "block", "advanced-custom-fields", "--reason", "Not here.")

    table.before_commit = block_meanwhile

    assert seed(table) == 29
    assert entry(table, "advanced-custom-fields").is_blocklisted


def test_a_plugin_that_nobody_offers_can_be_blocked(table: InMemoryTable) -> None:
    said = does(table, "block", "evil-plugin", "--reason", "It mines coins.")

    assert (entry(table, "evil-plugin").is_blocklisted, "It mines coins." in said) == (True, True)


def test_unblocking_takes_the_reason_along(table: InMemoryTable) -> None:
    does(table, "block", "evil-plugin", "--reason", "It mines coins.")

    does(table, "unblock", "evil-plugin")

    assert (entry(table, "evil-plugin").is_blocklisted, entry(table, "evil-plugin").blocklist_reason) == (False, None)


def test_a_plugin_that_is_described_anew_keeps_what_was_decided_about_it(table: InMemoryTable) -> None:
    does(table, "block", "shop", "--reason", "Not yet.")

    does(table, "add", "shop", "--category", "ecommerce", "--pricing", "PREMIUM", "--min-wordpress", "6.5")

    found = entry(table, "shop")
    assert (found.category, found.pricing, found.min_wordpress_version) == ("ECOMMERCE", "PREMIUM", "6.5")
    assert found.blocklist_reason == "Not yet."


def test_a_vulnerability_is_known_once_and_then_fixed(table: InMemoryTable) -> None:
    for severity in ("LOW", "CRITICAL"):
        does(
            table, "vulnerable", "shop", "--id", "CVE-1", "--title", "A hole", "--severity", severity, "--affected-from", "2.0"
        )

    said = does(table, "fixed", "shop", "--id", "CVE-1", "--in", "2.4")

    (known,) = entry(table, "shop").vulnerabilities
    assert (known.severity, known.affected_from, known.fixed_in) == ("CRITICAL", "2.0", "2.4")
    assert said.splitlines()[1].split(maxsplit=4)[4] == "CVE-1 CRITICAL (from 2.0, before 2.4)."


def test_what_is_not_known_cannot_be_fixed(table: InMemoryTable) -> None:
    with pytest.raises(CatalogueError, match="No vulnerability CVE-9 of shop is known"):
        does(table, "fixed", "shop", "--id", "CVE-9", "--in", "1.0")

    assert not table.rows


@pytest.mark.parametrize("slug", ["Akismet", "", "a/b", "-a", "x" * 101])
def test_what_is_no_slug_is_refused_with_what_one_is(table: InMemoryTable, slug: str) -> None:
    with pytest.raises(CatalogueError, match="lower-case letters"):
        change(table, slug, lambda plugin: plugin.blocked("No."))


def test_two_operators_at_once_lose_nothing_of_each_others(table: InMemoryTable) -> None:
    def warn_meanwhile() -> None:
        does(table, "vulnerable", "shop", "--id", "CVE-1", "--title", "A hole", "--severity", "LOW")

    table.before_commit = warn_meanwhile

    does(table, "block", "shop", "--reason", "Not here.")

    assert (entry(table, "shop").is_blocklisted, len(entry(table, "shop").vulnerabilities)) == (True, 1)
    assert table.rows[plugin_key("shop")]["version"] == 2


def test_the_whole_catalogue_is_shown_by_slug_as_wide_as_what_is_in_it(table: InMemoryTable) -> None:
    does(table, "add", "shop", "--category", "ECOMMERCE", "--pricing", "FREE")
    does(table, "block", "evil-plugin", "--reason", "It mines coins.")

    assert does(table, "show").splitlines() == [
        "PLUGIN       CATEGORY   PRICING  BLOCKED  NOTES",
        "evil-plugin  OTHER      FREE     yes      It mines coins.",
        "shop         ECOMMERCE  FREE     -        -",
    ]
    assert does(table, "show", "shop").splitlines()[1:] == ["shop    ECOMMERCE  FREE     -        -"]


def test_what_is_not_in_the_catalogue_cannot_be_shown(table: InMemoryTable) -> None:
    with pytest.raises(CatalogueError, match="shop is not in the catalogue"):
        does(table, "show", "shop")
