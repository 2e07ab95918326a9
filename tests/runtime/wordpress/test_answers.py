"""What is made of a site's own words about itself and its plugins, whoever wrote them."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runtime.wordpress import answers
from runtime.wordpress.exchange import Answer
from runtime.wordpress.port import (
    InstalledPlugin,
    PluginMissing,
    PluginRefused,
    SiteBusy,
    SiteFacts,
    SiteVitals,
    WordPressFault,
)

SITE_ID = "site-0199c0de-0000-7000-8000-000000000001"
PACKAGE = "https://downloads.wordpress.org/plugin/shop.2.0.zip"
ROW: dict[str, Any] = {
    "pluginId": "shop", "name": "Shop & Söhne", "version": "1.0", "latestVersion": "2.0", "package": PACKAGE,
    "isActive": True, "autoUpdate": False,
}  # fmt: skip
SHOP = InstalledPlugin(
    plugin_id="shop", name="Shop & Söhne", version="1.0", latest_version="2.0", package=PACKAGE, is_active=True
)  # fmt: skip
VITALS: dict[str, Any] = {
    "siteId": SITE_ID, "wordpressVersion": "7.1.1", "phpVersion": "8.2.36", "databaseOk": True, "safeMode": False,
    "coreUpdate": "7.2", "updatesChecked": True, "plugins": [ROW], "cronLagSeconds": 90, "diskFreePercent": 41.5,
}  # fmt: skip
ODD = [7, True, [], {}, "x" * 500, "a\nb", "\ud800", -1, 10**400, 1e300]
"""Values that no field of a kind other than theirs takes."""


def test_plugins_are_what_the_site_lists() -> None:
    unknown = ROW | {"pluginId": "own", "latestVersion": None, "package": None}

    found = answers.plugins({"plugins": [ROW, unknown]})

    assert found == (SHOP, InstalledPlugin(plugin_id="own", name="Shop & Söhne", version="1.0", is_active=True))


def test_vitals_are_what_the_site_measures() -> None:
    facts = SiteFacts(site_id=SITE_ID, wordpress_version="7.1.1", php_version="8.2.36", database_ok=True, safe_mode=False)

    assert answers.vitals(VITALS, SITE_ID) == SiteVitals(
        facts=facts, core_update="7.2", updates_checked=True, plugins=(SHOP,), cron_lag_seconds=90, disk_free_percent=41.5
    )


def test_what_a_site_cannot_find_out_is_unknown() -> None:
    unknown = dict.fromkeys(("coreUpdate", "cronLagSeconds", "diskFreePercent"))

    vitals = answers.vitals(VITALS | unknown, SITE_ID)

    assert (vitals.core_update, vitals.cron_lag_seconds, vitals.disk_free_percent) == (None, None, None)


def test_vitals_of_another_site_are_a_fault() -> None:
    with pytest.raises(WordPressFault, match="Another site"):
        answers.vitals(VITALS, SITE_ID[:-1] + "2")


@pytest.mark.parametrize("slug", ["", "a b", "../x", "a/b", "x" * 101, "ö", "a\n", "a\x00"])
def test_a_plugin_whose_name_no_directory_could_have_is_left_out(slug: str) -> None:
    assert answers.plugins({"plugins": [ROW | {"pluginId": slug}, ROW]}) == (SHOP,)


@pytest.mark.parametrize(
    "package", ["", "/etc/passwd", "file:///x.zip", "javascript:x", "https://a b", "https://x/" + "y" * 600, 7]
)
def test_a_package_that_is_no_address_is_no_package(package: Any) -> None:
    (plugin,) = answers.plugins({"plugins": [ROW | {"package": package}]})

    assert plugin.package is None


@pytest.mark.parametrize(
    ("name", "shown"),
    [("<b>\x1b[31mShop\u202e\n</b>", "<b>[31mShop</b>"), ("x" * 5000, "x" * 200), ("\x00", "shop"), (None, "shop")],
)
def test_a_name_is_what_can_be_printed_of_it(name: Any, shown: str) -> None:
    (plugin,) = answers.plugins({"plugins": [ROW | {"name": name}]})

    assert plugin.name == shown


@pytest.mark.parametrize("plugins", [None, {}, "x", 7, [7], [None], [[]], [ROW, {}], [ROW] * 501])
def test_what_is_no_list_of_plugins_is_a_fault(plugins: Any) -> None:
    with pytest.raises(WordPressFault, match="not understood"):
        answers.plugins({"plugins": plugins})


def test_a_list_of_500_plugins_is_taken() -> None:
    assert len(answers.plugins({"plugins": [ROW | {"pluginId": f"p{number}"} for number in range(500)]})) == 500


FIELDS = [
    *((VITALS, name, {"coreUpdate": str, "cronLagSeconds": int, "diskFreePercent": float}.get(name, type(value)))
      for name, value in VITALS.items() if name not in ("siteId", "plugins")),
    *((ROW, name, str if name == "latestVersion" else type(ROW[name]))
      for name in ("pluginId", "version", "latestVersion", "isActive", "autoUpdate")),
]  # fmt: skip


@pytest.mark.parametrize(("whole", "name", "kind"), FIELDS, ids=[name for _, name, _ in FIELDS])
def test_a_field_of_another_kind_or_size_is_a_fault(whole: dict[str, Any], name: str, kind: type) -> None:
    good_for = {str: (), int: (7,), float: (7,), bool: (True,)}[kind]
    odd = [value for value in ODD if not any(value is good for good in good_for)]

    for value in odd:
        changed = whole | {name: value}
        vitals = changed if whole is VITALS else VITALS | {"plugins": [changed]}
        if name == "pluginId" and isinstance(value, str):
            continue
        with pytest.raises(WordPressFault, match="not understood"):
            answers.vitals(vitals, SITE_ID)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from([*VITALS, *ROW]), inner, max_size=4),
    max_leaves=8,
)


@given(st.dictionaries(st.sampled_from([*VITALS]), json_values).map(lambda odd: VITALS | odd))
def test_whatever_a_site_says_is_a_value_or_a_fault(said: dict[str, Any]) -> None:
    body = json.dumps(said).encode()

    try:
        vitals = answers.vitals(answers.understood(Answer(200, body)), SITE_ID)
    except WordPressFault:
        return
    assert vitals.disk_free_percent is None or 0 <= vitals.disk_free_percent <= 100
    assert all(plugin.name.isprintable() and len(plugin.version) <= 64 for plugin in vitals.plugins)


REFUSALS = {
    "missing": (404, {"code": "plugin_missing"}, PluginMissing, answers.MISSING),
    "refused": (422, {"code": "plugin_refused", "detail": "It needs a newer PHP."}, PluginRefused, "It needs a newer PHP."),
    "busy": (409, {"code": "busy"}, SiteBusy, answers.BUSY),
    "in maintenance": (503, "<p>Briefly unavailable for scheduled maintenance.</p>", SiteBusy, answers.BUSY),
    "not downloaded": (502, {"code": "not_downloaded"}, WordPressFault, answers.NOT_DOWNLOADED),
    "a long detail": (422, {"code": "plugin_refused", "detail": "x" * 5000}, PluginRefused, "x" * 300),
    "an odd detail": (422, {"code": "plugin_refused", "detail": "\x1b[31mNo\u202e\n"}, PluginRefused, "[31mNo"),
    "no detail": (422, {"code": "plugin_refused", "detail": ["x"]}, PluginRefused, answers.REFUSED),
}


@pytest.mark.parametrize(("status", "body", "kind", "detail"), REFUSALS.values(), ids=REFUSALS)
def test_a_refusal_is_told_by_its_kind(status: int, body: Any, kind: type[WordPressFault], detail: str) -> None:
    with pytest.raises(WordPressFault) as fault:
        answers.raise_refusal(Answer(status, json.dumps(body).encode()))

    assert (type(fault.value), fault.value.detail) == (kind, detail)


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (200, {"code": "busy"}),
        (404, {"code": "unknown_action"}),
        (404, "<html>"),
        (409, {"code": "plugin_missing"}),
        (422, None),
        (500, {"code": "internal"}),
        (401, {"code": "unauthorized"}),
    ],
)
def test_what_the_agent_did_not_refuse_is_no_refusal(status: int, body: Any) -> None:
    answers.raise_refusal(Answer(status, json.dumps(body).encode()))


def test_a_number_that_is_no_json_is_not_understood() -> None:
    with pytest.raises(WordPressFault, match="not understood"):
        answers.understood(Answer(200, b'{"diskFreePercent": NaN}'))
