"""A plugin's update, carried out: in place, looked at, and taken back whole when the site does not stand it."""

from __future__ import annotations

from runtime.wordpress.port import JobCommand, SiteBusy, Visit
from tests.runtime.operations.wordpress import failed
from tests.runtime.operations.world import OperationWorld, site_made
from tests.runtime.plugins.asking import on_it, toggle, update
from tests.runtime.sites.asking import (
    accepted,
    carried_out,
    delete,
    get_operation,
    outcome,
    promote,
    retry,
    site_promoted,
    target_of,
    text_of,
    write,
)


def shop_with_an_update(version: str = "6.0") -> tuple[OperationWorld, str]:
    """A site with an active plugin of which there is a newer version."""
    world = OperationWorld()
    site_id = site_made(world)
    assert toggle(world, site_id, True).status == 200
    world.wordpress.publish("akismet", version)
    return world, site_id


def test_the_new_version_is_in_place_and_still_active_and_visitors_may_change_things_again() -> None:
    world, site_id = shop_with_an_update()

    operation = get_operation(world, carried_out(world, update(world, site_id))).json

    assert operation["status"] == "COMPLETED"
    assert [step["name"] for step in operation["steps"]] == ["look", "backup", "update", "smoke", "thaw"]
    assert (on_it(world, site_id).version, on_it(world, site_id).is_active) == ("6.0", True)
    assert not world.wordpress.installed[site_id].frozen


def test_an_inactive_plugin_stays_inactive() -> None:
    world, site_id = shop_with_an_update()
    toggle(world, site_id, False)

    carried_out(world, update(world, site_id))

    assert (on_it(world, site_id).version, on_it(world, site_id).is_active) == ("6.0", False)


def test_what_was_latest_when_it_was_asked_for_is_installed_however_late() -> None:
    world, site_id = shop_with_an_update("6.0")
    operation_id = accepted(update(world, site_id))
    world.wordpress.publish("akismet", "6.1")
    world.maintenance.faults_of = {JobCommand.BACKUP: [failed()] * 3}
    world.run()

    carried_out(world, retry(world, operation_id))

    assert on_it(world, site_id).version == "6.0"


def test_a_version_that_breaks_the_site_is_taken_back_with_its_data() -> None:
    world, site_id = shop_with_an_update()
    write(world, site_id, "what customers wrote")
    world.wordpress.broken.add("akismet 6.0")

    operation = get_operation(world, carried_out(world, update(world, site_id))).json

    assert (operation["status"], operation["rolledBack"]) == ("FAILED", True)
    assert operation["error"]["detail"] == "The site does not work with version 6.0 of the plugin: the home page answers 500."
    assert (on_it(world, site_id).version, on_it(world, site_id).is_active) == ("5.7.2", True)
    assert (text_of(world, site_id), world.wordpress.installed[site_id].frozen) == ("what customers wrote", False)


def test_a_package_that_is_no_good_leaves_the_old_version_and_says_why() -> None:
    world, site_id = shop_with_an_update()
    world.wordpress.refused.add("akismet 6.0")

    operation = get_operation(world, carried_out(world, update(world, site_id))).json

    assert (operation["status"], operation["error"]["detail"]) == ("FAILED", "The package of the plugin is no good.")
    assert (on_it(world, site_id).version, world.wordpress.installed[site_id].frozen) == ("5.7.2", False)


def test_an_update_that_leaves_the_plugin_off_is_taken_back() -> None:
    world, site_id = shop_with_an_update()
    operation_id = accepted(update(world, site_id))
    installed, update_plugin = world.wordpress.installed[site_id], world.agent.update_plugin

    def and_deactivate(*arguments: object, **named: object) -> None:
        update_plugin(*arguments, **named)  # type: ignore[arg-type]
        world.agent.toggle_plugin(*arguments, plugin_id="akismet", active=False)  # type: ignore[arg-type]

    world.agent.update_plugin = and_deactivate  # type: ignore[method-assign]
    world.run()

    assert world.operation(operation_id).rolled_back
    assert (on_it(world, site_id).version, on_it(world, site_id).is_active, installed.frozen) == ("5.7.2", True, False)


def test_a_site_that_was_broken_before_may_be_so_after() -> None:
    world, site_id = shop_with_an_update()
    world.agent.visits["/wp-login.php"] = Visit(status=404, seconds=0.1)

    operation = world.operation(carried_out(world, update(world, site_id)))

    assert (operation.status, on_it(world, site_id).version) == ("COMPLETED", "6.0")


def test_it_waits_for_whoever_works_on_the_sites_plugins() -> None:
    world, site_id = shop_with_an_update()
    operation_id = accepted(update(world, site_id))
    answers: list[Exception] = [SiteBusy("Somebody else is at work."), SiteBusy("Somebody else is at work.")]
    update_plugin = world.agent.update_plugin

    def busy_first(*arguments: object, **named: object) -> None:
        if answers:
            raise answers.pop()
        update_plugin(*arguments, **named)  # type: ignore[arg-type]

    world.agent.update_plugin = busy_first  # type: ignore[method-assign]
    world.run()

    assert (world.operation(operation_id).status, world.operation(operation_id).attempts) == ("COMPLETED", 1)


def test_a_backup_that_fails_changes_nothing_and_thaws() -> None:
    world, site_id = shop_with_an_update()
    world.wordpress.installed[site_id].frozen = True  # the job froze the site and then failed
    world.maintenance.faults_of = {JobCommand.BACKUP: [failed()] * 3}

    operation = world.operation(carried_out(world, update(world, site_id)))

    assert operation.error
    assert (operation.status, operation.error.retryable) == ("FAILED", True)
    assert (on_it(world, site_id).version, world.wordpress.installed[site_id].frozen) == ("5.7.2", False)


def test_a_retry_after_a_rollback_makes_another_backup_and_installs_it_anew() -> None:
    world, site_id = shop_with_an_update()
    world.agent.faults = []
    operation_id = accepted(update(world, site_id))
    world.killer.every = "agent.update_plugin"
    world.run()
    world.killer.every = ""
    rolled_back = world.operation(operation_id).rolled_back

    carried_out(world, retry(world, operation_id))

    assert rolled_back
    assert (world.operation(operation_id).status, on_it(world, site_id).version) == ("COMPLETED", "6.0")
    assert set(world.wordpress.installed[site_id].backups) == {f"{operation_id}-r1", f"{operation_id}-r2"}


def test_a_plugin_that_is_gone_when_it_is_its_turn_is_a_refusal() -> None:
    world, site_id = shop_with_an_update()
    operation_id = accepted(update(world, site_id))
    del world.wordpress.installed[site_id].content.plugins["akismet"]
    world.run()

    operation = world.operation(operation_id)

    assert operation.error
    assert (operation.status, operation.error.detail) == (
        "FAILED",
        "There is no such plugin on the site.",
    )


def test_an_update_during_a_promotion_is_blocked_on_source_and_target_and_the_other_way_round() -> None:
    world = OperationWorld()
    source = site_promoted(world)
    target = target_of(world, source)
    world.wordpress.publish("akismet", "6.0")
    operation = {"href": f"/operations/{accepted(promote(world, source))}"}
    blocked = [update(world, source), update(world, target)]
    world.run()
    accepted(update(world, target))

    assert [(outcome(each), each.json["_links"]["blockedBy"]) for each in blocked] == [("OPERATION_IN_PROGRESS", operation)] * 2
    assert [outcome(promote(world, source)), outcome(delete(world, target))] == ["OPERATION_IN_PROGRESS"] * 2
