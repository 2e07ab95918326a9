"""GET /sites/{siteId}/plugins: what is installed, live from the site, with links that tell the truth."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from typing import Any

import pytest

from runtime.plugins.entrances import list_affordance
from runtime.wordpress.port import InstalledPlugin, SiteAddress, WordPressFault, WordPressTimeout
from tests.runtime.fakes import FakePorts, InMemoryTable, claims, follow
from tests.runtime.operations.world import OperationWorld, create_site, site_made
from tests.runtime.plugins.asking import blocked, curated, item, listed, on_it, put_on, shop, toggle, update, warned_of
from tests.runtime.sites.asking import (
    ADMIN,
    COLLEAGUE,
    NOTHING,
    STAFF,
    USER,
    VIEWER,
    accepted,
    outcome,
    set_tenant,
    site_deleted_for_good,
    site_deleted_softly,
    site_failed,
    site_suspended,
)
from tests.runtime.sites.asking import update as change_site
from tests.runtime.stories import problem

CALLERS = {"ADMIN": ADMIN, "STAFF": STAFF, "USER who made it": USER, "another OPERATOR": COLLEAGUE, "VIEWER": VIEWER}
FORMS = {"Accept": "application/prs.hal-forms+json"}


def copied(world: OperationWorld) -> FakePorts:
    """The same world once more, in which something may be tried."""
    table = InMemoryTable(*deepcopy([*world.table.rows.values()]))
    return FakePorts(table=table, clock=world.clock, drawn=world.drawn + 1000, wordpress=deepcopy(world.wordpress))


def test_the_plugins_are_those_that_the_site_has_now() -> None:
    world, site_id = shop()
    put_on(world, site_id, version="5.7.1", latest_version="5.7.2", is_active=True, auto_update=True)

    answer = listed(world, site_id, caller=VIEWER)

    akismet, hello = answer.json["_embedded"]["plugins"]
    assert (hello["pluginId"], hello["hasUpdate"], hello["isActive"]) == ("hello-dolly", False, False)
    assert {name: value for name, value in akismet.items() if not name.startswith("_")} == {
        "pluginId": "akismet",
        "name": "Akismet",
        "version": "5.7.1",
        "latestVersion": "5.7.2",
        "hasUpdate": True,
        "isActive": True,
        "autoUpdate": True,
    }


def test_what_the_site_does_not_know_yet_is_left_out() -> None:
    world, site_id = shop()
    put_on(world, site_id, latest_version=None)

    assert "latestVersion" not in item(world, site_id)


@pytest.mark.parametrize("size", [1, 2, 3, 5, 6, 100])
def test_pages_are_full_until_the_last_and_together_the_whole_list(size: int) -> None:
    world, site_id = shop()
    for number in range(4):
        put_on(world, site_id, f"plugin-{number}")

    pages, query = [], f"pageSize={size}"
    while query:
        document = listed(world, site_id, query).json
        pages.append([each["pluginId"] for each in document["_embedded"]["plugins"]])
        assert (document["count"], document["moreAvailable"]) == (len(pages[-1]), "next" in document["_links"])
        query = follow(document["_links"].get("next", {"href": "/"})["href"])[1]

    assert [plugin_id for page in pages for plugin_id in page] == sorted(world.wordpress.installed[site_id].content.plugins)
    assert {len(page) for page in pages[:-1]} <= {size}


def test_a_page_follows_the_last_plugin_seen_though_that_is_gone_meanwhile() -> None:
    world, site_id = shop()
    following = follow(listed(world, site_id, "pageSize=1").json["_links"]["next"]["href"])[1]
    del world.wordpress.installed[site_id].content.plugins["akismet"]

    assert [each["pluginId"] for each in listed(world, site_id, following).json["_embedded"]["plugins"]] == ["hello-dolly"]


@pytest.mark.parametrize("query", ["startAt=nonsense", "startAt=WyIwIiwiYSJd"])
def test_a_cursor_of_another_list_is_refused_before_the_site_is_asked(query: str) -> None:
    world, site_id = shop()
    world.agent.calls.clear()

    assert problem(listed(world, site_id, query)) == (400, "INVALID_CURSOR")
    assert not world.agent.calls


@pytest.mark.parametrize("caller", [claims(tenant_ids="globex"), claims(tenant_ids=""), claims(groups="")])
def test_a_site_of_a_tenant_in_which_the_caller_has_no_role_is_not_found(caller: dict[str, str]) -> None:
    world, site_id = shop()
    world.agent.calls.clear()

    answers = [
        act(world, site, caller=caller)
        for act in (listed, update, toggle)
        for site in (site_id, f"site-{NOTHING}", "#", "x" * 3000)
    ]

    assert {problem(answer) for answer in answers} == {(404, "SITE_002")}
    assert len({answer.json["detail"] for answer in answers}) == 1
    assert not world.agent.calls


@pytest.mark.parametrize(
    ("making", "status"),
    [(site_suspended, "SUSPENDED"), (site_failed, "FAILED"), (site_deleted_softly, "DEPROVISIONING")],
)
def test_a_site_that_is_not_running_is_not_asked(making: Callable[[OperationWorld], str], status: str) -> None:
    world = OperationWorld()
    site_id = making(world)
    world.agent.calls.clear()

    answer = listed(world, site_id)

    assert (problem(answer), answer.json["currentStatus"]) == ((422, "SITE_005"), status)
    assert not world.agent.calls
    obstacle = list_affordance(world.site(site_id)).obstacle
    assert obstacle
    assert obstacle.code.name == "SITE_005"


def test_a_site_that_is_being_made_is_not_asked_and_one_that_is_gone_is_not_found() -> None:
    world = OperationWorld()

    assert problem(listed(world, create_site(world).json["siteId"])) == (422, "SITE_005")
    assert problem(listed(world, site_deleted_for_good(world))) == (404, "SITE_002")


@pytest.mark.parametrize(
    ("fault", "answered"),
    [
        (WordPressFault("WordPress does not answer."), (502, "WP_001")),
        (WordPressTimeout("It takes too long."), (504, "WP_002")),
    ],
)
def test_a_site_that_does_not_answer_is_told_as_such_with_its_reason(fault: WordPressFault, answered: tuple[int, str]) -> None:
    world, site_id = shop()
    world.agent.down = fault

    for act in (listed, update, toggle):
        answer = act(world, site_id)
        assert problem(answer) == answered
        assert (answer.json["detail"], answer.json["retryable"]) == (fault.detail, True)


def test_a_plugin_leads_to_what_the_marketplace_says_of_it_where_the_caller_may_see_that() -> None:
    world, site_id = shop()
    curated(world, "hello-dolly")
    blocked(world)

    customers = {plugin_id: item(world, site_id, plugin_id)["_links"] for plugin_id in ("akismet", "hello-dolly")}

    assert customers["hello-dolly"]["details"]["href"] == "/plugins/hello-dolly"
    assert "details" not in customers["akismet"]
    assert item(world, site_id, caller=STAFF)["_links"]["details"]["href"] == "/plugins/akismet"


def test_a_plugin_that_is_not_catalogued_leads_nowhere_but_can_be_changed() -> None:
    world, site_id = shop()
    put_on(world, site_id, "my own plugin")

    links = item(world, site_id, "my own plugin")["_links"]

    assert set(links) == {"self", "toggle"}
    assert links["toggle"]["href"] == f"/sites/{site_id}/plugins/my%20own%20plugin/toggle"
    assert toggle(world, site_id, True, plugin_id="my own plugin", path=links["toggle"]["href"]).status == 200


# --- links tell the truth


def latest(world: OperationWorld, site_id: str) -> None:
    """The plugin as it comes, inactive and up to date."""


def outdated(world: OperationWorld, site_id: str) -> None:
    world.wordpress.publish("akismet", "6.0")


def active(world: OperationWorld, site_id: str) -> None:
    put_on(world, site_id, is_active=True)


def vulnerable(world: OperationWorld, site_id: str) -> None:
    warned_of(world)


def vulnerable_and_fixed(world: OperationWorld, site_id: str) -> None:
    outdated(world, site_id)
    warned_of(world, fixed_in="6.0")


def vulnerable_in_the_latest_too(world: OperationWorld, site_id: str) -> None:
    outdated(world, site_id)
    warned_of(world, fixed_in="6.1")


def blocklisted(world: OperationWorld, site_id: str) -> None:
    blocked(world)


def blocklisted_and_outdated(world: OperationWorld, site_id: str) -> None:
    outdated(world, site_id)
    blocked(world)


def blocklisted_and_active(world: OperationWorld, site_id: str) -> None:
    active(world, site_id)
    blocked(world)


def without_a_package(world: OperationWorld, site_id: str) -> None:
    put_on(world, site_id, latest_version="6.0")


def busy(world: OperationWorld, site_id: str) -> None:
    accepted(change_site(world, site_id, siteName="Other"))


def busy_and_outdated(world: OperationWorld, site_id: str) -> None:
    outdated(world, site_id)
    busy(world, site_id)


STATES = {
    state.__name__.replace("_", " "): state
    for state in (
        latest, outdated, active, vulnerable, vulnerable_and_fixed, vulnerable_in_the_latest_too, blocklisted,
        blocklisted_and_outdated, blocklisted_and_active, without_a_package, busy, busy_and_outdated,
    )
}  # fmt: skip
ACTIONS: dict[str, Callable[..., Any]] = {"update": update, "toggle": toggle}


@pytest.mark.parametrize("environment", ["DEV", "PROD"])
@pytest.mark.parametrize("tenant_status", ["ACTIVE", "SUSPENDED"])
@pytest.mark.parametrize("state", STATES)
def test_an_action_is_linked_exactly_when_its_call_does_something(state: str, tenant_status: str, environment: str) -> None:
    making = ADMIN if environment == "PROD" else USER
    world, site_id = shop(caller=making, body={"environment": environment})
    STATES[state](world, site_id)
    set_tenant(world, status=tenant_status)

    for who, caller in CALLERS.items():
        document = item(world, site_id, caller=caller)
        for relation, act in ACTIONS.items():
            answer = act(copied(world), site_id, caller=caller)
            code, nothing_to_do = outcome(answer), relation == "update" and answer.status == 200
            hindered = document.get("_unavailable", {}).get(relation, {}).get("code")
            assert (relation in document["_links"]) == (code is None and not nothing_to_do), (who, relation, code)
            assert hindered == (None if code == "FORBIDDEN" else code), (who, relation, code)


def test_who_waits_for_an_operation_is_told_for_which() -> None:
    world, site_id = shop()
    operation_id = accepted(change_site(world, site_id, siteName="Other"))

    document = listed(world, site_id).json

    assert document["_links"]["operation"]["href"] == f"/operations/{operation_id}"
    for plugin in document["_embedded"]["plugins"]:
        for relation in ACTIONS:
            assert plugin["_unavailable"][relation]["blockedBy"] == {"href": f"/operations/{operation_id}"}


def test_following_only_links_and_forms_a_plugin_is_activated_and_updated() -> None:
    world, site_id = shop()
    outdated(world, site_id)
    plugin = item(world, site_id, headers=FORMS)

    form = plugin["_templates"]["toggle"]
    (field,) = form["properties"]
    activated = toggle(world, site_id, path=form["target"], body={field["name"]: field["options"]["inline"][0]}, headers=FORMS)
    started = update(world, site_id, path=activated.json["_templates"]["update"]["target"])
    world.run()

    assert (field["name"], field["required"], plugin["_templates"]["update"]["method"]) == ("isActive", False, "PUT")
    assert accepted(started)
    assert (on_it(world, site_id).version, on_it(world, site_id).is_active) == ("6.0", True)


def test_a_site_made_by_somebody_else_shows_its_plugins_to_every_member() -> None:
    world = OperationWorld()
    site_id = site_made(world)

    for caller in CALLERS.values():
        assert listed(world, site_id, caller=caller).json["count"] == 2


@pytest.mark.parametrize(("query", "asked"), [("", False), ("fresh=false", False), ("fresh=true", True)])
def test_the_site_looks_for_newer_versions_first_when_it_is_told_to(
    query: str, asked: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    world, site_id = shop()
    seen: list[bool] = []
    plugins = world.agent.plugins

    def watched(site: SiteAddress, *, fresh: bool) -> tuple[InstalledPlugin, ...]:
        seen.append(fresh)
        return plugins(site, fresh=fresh)

    monkeypatch.setattr(world.agent, "plugins", watched)

    page = listed(world, site_id, query).json

    assert seen == [asked]
    assert page["_links"]["refresh"]["href"] == f"/sites/{site_id}/plugins?fresh=true"
