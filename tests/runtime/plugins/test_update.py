"""PUT /sites/{siteId}/plugins/{pluginId}: an operation that leads to what was the latest version when it was accepted."""

from __future__ import annotations

from typing import Any

import pytest

from runtime.operations.domain import OperationType
from runtime.wordpress.port import InstalledPlugin, SiteAddress
from tests.runtime.fakes import InMemoryTable
from tests.runtime.operations.world import OperationWorld
from tests.runtime.plugins.asking import blocked, item, on_it, put_on, shop, toggle, update, warned_of
from tests.runtime.sites.asking import COLLEAGUE, STAFF, USER, VIEWER, accepted, get_operation, set_tenant, site_suspended
from tests.runtime.sites.asking import update as change_site
from tests.runtime.stories import problem


@pytest.fixture
def outdated() -> tuple[OperationWorld, str]:
    """A site whose active Akismet has a newer version, and its id."""
    world, site_id = shop(caller=USER)
    put_on(world, site_id, is_active=True)
    world.wordpress.publish("akismet", "6.0")
    return world, site_id


def test_an_update_is_an_operation_that_is_there_as_soon_as_it_is_accepted(outdated: tuple[OperationWorld, str]) -> None:
    world, site_id = outdated

    answer = update(world, site_id)

    operation_id = accepted(answer)
    assert (answer.json["operationType"], answer.headers["Location"]) == ("PLUGIN_UPDATE", f"/operations/{operation_id}")
    assert get_operation(world, operation_id).json["status"] == "PENDING"
    assert world.site(site_id).active_operation == operation_id
    assert world.site(site_id).status == "ACTIVE"


def test_the_operation_knows_all_that_its_steps_work_from(outdated: tuple[OperationWorld, str]) -> None:
    world, site_id = outdated

    operation = world.operation(accepted(update(world, site_id)))

    assert operation.operation_type is OperationType.PLUGIN_UPDATE
    assert [step.name for step in operation.steps] == ["look", "backup", "update", "smoke", "thaw"]
    assert operation.input == {
        "url": world.site(site_id).url,
        "pluginId": "akismet",
        "name": "Akismet",
        "version": "6.0",
        "package": "https://downloads.wordpress.org/plugin/akismet.6.0.zip",
        "fromVersion": "5.7.2",
        "isActive": True,
    }


def test_what_was_the_latest_version_when_it_was_asked_for_is_installed(outdated: tuple[OperationWorld, str]) -> None:
    world, site_id = outdated
    operation_id = accepted(update(world, site_id))
    world.wordpress.publish("akismet", "6.1")

    world.run()

    assert get_operation(world, operation_id).json["status"] == "COMPLETED"
    assert (on_it(world, site_id).version, on_it(world, site_id).is_active) == ("6.0", True)
    assert item(world, site_id)["hasUpdate"]


@pytest.mark.parametrize("latest", ["5.7.2", "5.7.1", "5.7.2-beta", None])
def test_a_plugin_that_is_up_to_date_is_shown_and_nothing_is_started(latest: str | None) -> None:
    world, site_id = shop()
    put_on(world, site_id, latest_version=latest)

    answer = update(world, site_id)

    assert (answer.status, answer.json) == (200, item(world, site_id))
    assert len(world.table.of_type("OPERATION")) == 1


def test_the_site_asks_the_directory_before_it_says_what_is_the_latest(monkeypatch: pytest.MonkeyPatch) -> None:
    world, site_id = shop()
    asked: list[bool] = []
    plugins = world.agent.plugins

    def heard(site: SiteAddress, *, fresh: bool) -> tuple[InstalledPlugin, ...]:
        asked.append(fresh)
        return plugins(site, fresh=fresh)

    monkeypatch.setattr(world.agent, "plugins", heard)

    update(world, site_id)

    assert asked == [True]


@pytest.mark.parametrize("plugin_id", ["nothing", "AKISMET", "bbws-agent", "x" * 3000, "#"])
def test_what_is_not_installed_cannot_be_updated_or_toggled(plugin_id: str) -> None:
    world, site_id = shop()

    for act in (update, toggle):
        assert problem(act(world, site_id, plugin_id=plugin_id, path="/sites/s/plugins/p")) == (404, "PLUG_001")


def test_a_blocklisted_plugin_is_not_updated(outdated: tuple[OperationWorld, str]) -> None:
    world, site_id = outdated
    blocked(world)

    answer = update(world, site_id)

    assert (problem(answer), answer.json["detail"]) == ((422, "PLUG_002"), "It mines coins.")


def test_an_update_that_leads_out_of_a_vulnerability_is_taken_and_one_that_leads_into_it_is_not(
    outdated: tuple[OperationWorld, str],
) -> None:
    world, site_id = outdated
    warned_of(world, fixed_in="6.1")
    refused = update(world, site_id)
    world.wordpress.publish("akismet", "6.1")

    assert problem(refused) == (422, "PLUG_003")
    assert accepted(update(world, site_id))


def test_a_version_without_a_package_is_not_to_be_had() -> None:
    world, site_id = shop()
    put_on(world, site_id, latest_version="6.0")

    assert problem(update(world, site_id)) == (422, "INVALID_STATE")


@pytest.mark.parametrize("caller", [VIEWER, COLLEAGUE])
def test_who_may_not_change_the_site_may_not_change_its_plugins_and_the_site_is_not_asked(
    outdated: tuple[OperationWorld, str], caller: dict[str, str]
) -> None:
    world, site_id = outdated
    world.agent.calls.clear()

    assert [problem(act(world, site_id, caller=caller)) for act in (update, toggle)] == [(403, "FORBIDDEN")] * 2
    assert not world.agent.calls


def test_a_user_may_not_change_plugins_on_prod_though_they_made_the_site() -> None:
    world, site_id = shop(body={"environment": "PROD"})
    world.table.rows = {
        key: row | ({"createdBy": USER["sub"]} if row.get("entityType") == "SITE" else {})
        for key, row in world.table.rows.items()
    }

    assert [problem(act(world, site_id, caller=USER)) for act in (update, toggle)] == [(403, "FORBIDDEN")] * 2
    assert toggle(world, site_id, caller=STAFF).status == 200


def test_a_site_that_is_busy_suspended_or_of_a_tenant_that_takes_no_writes_is_not_asked(
    outdated: tuple[OperationWorld, str],
) -> None:
    world, site_id = outdated
    other = site_suspended(world)
    operation_id = accepted(change_site(world, site_id, siteName="Other"))
    world.agent.calls.clear()

    for act in (update, toggle):
        busy, suspended = act(world, site_id), act(world, other)
        assert (problem(busy), busy.json["_links"]["blockedBy"]["href"]) == (
            (409, "OPERATION_IN_PROGRESS"),
            f"/operations/{operation_id}",
        )
        assert (problem(suspended), suspended.json["currentStatus"]) == ((422, "SITE_005"), "SUSPENDED")
    world.run()
    world.agent.calls.clear()
    set_tenant(world, status="SUSPENDED")
    assert [problem(act(world, site_id)) for act in (update, toggle)] == [(422, "TENANT_NOT_ACTIVE")] * 2
    assert not world.agent.calls


def test_of_two_updates_at_once_one_is_accepted_and_the_other_told_of_it(outdated: tuple[OperationWorld, str]) -> None:
    world, site_id = outdated
    others: list[Any] = []
    world.table.before_commit = lambda: others.append(update(world, site_id))

    answer = update(world, site_id)

    assert problem(answer) == (409, "OPERATION_IN_PROGRESS")
    assert answer.json["_links"]["blockedBy"]["href"] == f"/operations/{accepted(others[0])}"


def test_a_lost_race_is_decided_anew_without_asking_the_site_again(
    outdated: tuple[OperationWorld, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    world, site_id = outdated
    world.agent.calls.clear()
    world.table.before_commit = lambda: rewrite(world.table, f"SITE#{site_id}")

    assert accepted(update(world, site_id))
    assert world.agent.calls == {"plugins": 1}


def rewrite(table: InMemoryTable, sort_key: str) -> None:
    """Let somebody else have written a row, as it was."""
    (key,) = (key for key in table.rows if key.sk == sort_key)
    table.rows[key] = table.rows[key] | {"version": table.rows[key]["version"] + 1}


def test_a_version_that_breaks_the_site_is_taken_back(outdated: tuple[OperationWorld, str]) -> None:
    world, site_id = outdated
    world.wordpress.broken.add("akismet 6.0")
    operation_id = accepted(update(world, site_id))

    world.run()

    operation = get_operation(world, operation_id).json
    assert (operation["status"], operation["rolledBack"]) == ("FAILED", True)
    assert (on_it(world, site_id).version, world.wordpress.installed[site_id].frozen) == ("5.7.2", False)
    assert accepted(update(world, site_id))


@pytest.mark.parametrize("body", [{"version": "6.0"}, [], "text", {"isActive": True}])
def test_an_update_takes_no_body(outdated: tuple[OperationWorld, str], body: Any) -> None:
    world, site_id = outdated

    assert problem(update(world, site_id, body=body)) == (400, "VALIDATION_ERROR")
    assert update(world, site_id, body={}).status == 202
