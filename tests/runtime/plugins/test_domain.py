"""The rules of the catalogue: what a vulnerability affects, what is refused and in which order, and how a home page is."""

from __future__ import annotations

import pytest

from runtime.hateoas_endpoint.problem import BusinessException
from runtime.plugins.domain import (
    CataloguedPlugin,
    Condition,
    Severity,
    Vulnerability,
    has_update,
    toggle_refusal,
    update_refusal,
)
from runtime.plugins.rows import catalogued_from, catalogued_row
from runtime.wordpress.port import InstalledPlugin, Visit

HOLE = Vulnerability(vulnerability_id="CVE-1", title="A hole", severity=Severity.HIGH, affected_from="2.0", fixed_in="2.4")
OTHER = Vulnerability(vulnerability_id="CVE-2", title="Another hole", severity=Severity.LOW)
FORBIDDEN = CataloguedPlugin(
    plugin_id="shop", is_blocklisted=True, blocklist_reason="It mines coins.", vulnerabilities=(OTHER,)
)


def installed(
    version: str = "2.3", latest: str | None = None, *, is_active: bool = False, package: str | None = "p"
) -> InstalledPlugin:
    return InstalledPlugin(
        plugin_id="shop", name="Shop", version=version, is_active=is_active, latest_version=latest, package=package
    )


def code(refusal: BusinessException | None) -> str | None:
    return refusal.code.name if refusal else None


@pytest.mark.parametrize(
    ("version", "affected"),
    [
        ("1.9.9", False),
        ("2.0-rc1", False),
        ("2.0", True),
        ("2.3.99", True),
        ("2.4-beta", True),
        ("2.4", False),
        ("10.0", False),
    ],
)
def test_a_vulnerability_affects_the_versions_from_its_first_to_before_its_fix(version: str, affected: bool) -> None:
    assert HOLE.affects(version) is affected


@pytest.mark.parametrize("version", ["0.1", "2.0", "99.0"])
def test_what_nobody_has_fixed_affects_every_version(version: str) -> None:
    assert OTHER.affects(version)


def test_a_vulnerable_version_is_refused_by_the_names_of_what_affects_it() -> None:
    plugin = CataloguedPlugin(plugin_id="shop", vulnerabilities=(HOLE, OTHER))

    both, one = plugin.refusal("2.3"), plugin.refusal("3.0")

    assert [refusal and refusal.detail for refusal in (both, one)] == [
        "Version 2.3 has known vulnerabilities: CVE-1, CVE-2.",
        "Version 3.0 has known vulnerabilities: CVE-2.",
    ]


def test_what_is_blocklisted_is_refused_for_that_first_and_with_its_reason() -> None:
    refusal = FORBIDDEN.refusal("1.0")

    assert refusal
    assert (refusal.code.name, refusal.detail) == ("PLUG_002", "It mines coins.")


@pytest.mark.parametrize("latest", [None, "2.3", "2.2", "2.3-rc1"])
def test_there_is_no_update_unless_the_latest_version_is_newer(latest: str | None) -> None:
    assert not has_update(installed("2.3", latest))
    assert update_refusal(installed("2.3", latest), CataloguedPlugin(plugin_id="shop", vulnerabilities=(OTHER,))) is None


@pytest.mark.parametrize(
    ("catalogued", "latest", "package", "refused"),
    [
        (None, "2.4", "p", None),
        (CataloguedPlugin(plugin_id="shop", vulnerabilities=(HOLE,)), "2.4", "p", None),
        (CataloguedPlugin(plugin_id="shop", vulnerabilities=(HOLE,)), "2.3.5", "p", "PLUG_003"),
        (FORBIDDEN, "2.4", "p", "PLUG_002"),
        (FORBIDDEN, None, None, "PLUG_002"),
        (None, "2.4", None, "INVALID_STATE"),
    ],
)
def test_an_update_is_judged_by_the_version_that_it_leads_to(
    catalogued: CataloguedPlugin | None, latest: str | None, package: str | None, refused: str | None
) -> None:
    assert code(update_refusal(installed("2.3", latest, package=package), catalogued)) == refused


@pytest.mark.parametrize(
    ("is_active", "active", "refused"),
    [(False, True, "PLUG_002"), (True, True, None), (True, False, None), (False, False, None)],
)
def test_only_an_activation_is_refused(is_active: bool, active: bool, refused: str | None) -> None:
    assert code(toggle_refusal(installed(is_active=is_active), FORBIDDEN, active=active)) == refused


@pytest.mark.parametrize(
    ("visit", "condition"),
    [
        (Visit(status=200, seconds=0.1), Condition.GOOD),
        (Visit(status=302, seconds=0.1), Condition.GOOD),
        (Visit(status=404, seconds=0.1), Condition.REFUSED),
        (Visit(status=503, seconds=0.1), Condition.BROKEN),
        (Visit(status=200, seconds=0.1, whole=False), Condition.BROKEN),
        (Visit(status=404, seconds=0.1, whole=False), Condition.BROKEN),
    ],
)
def test_a_home_page_is_good_refused_or_broken_in_this_order(visit: Visit, condition: Condition) -> None:
    assert Condition.of(visit) is condition
    assert Condition.GOOD < Condition.REFUSED < Condition.BROKEN


@pytest.mark.parametrize(
    "plugin", [FORBIDDEN, CataloguedPlugin(plugin_id="shop", min_wordpress_version="6.5", vulnerabilities=(HOLE,))]
)
def test_an_entry_comes_back_from_its_row_as_it_was(plugin: CataloguedPlugin) -> None:
    assert catalogued_from(catalogued_row(plugin)) == plugin
