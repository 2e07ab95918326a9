"""Promotion: one step up, onto the same site each time, put back whole when anything goes wrong."""

from __future__ import annotations

from datetime import timedelta
from itertools import product
from typing import Any

import pytest

from runtime.wordpress.port import JobCommand, Visit
from tests.runtime.operations.wordpress import failed
from tests.runtime.operations.world import OperationWorld, site_made
from tests.runtime.sites.asking import (
    COLLEAGUE,
    STAFF,
    USER,
    VIEWER,
    accepted,
    cancel,
    carried_out,
    delete,
    delete_for_good,
    get,
    get_operation,
    outcome,
    promote,
    retry,
    site_promoted,
    site_suspended,
    target_of,
    text_of,
    update,
    write,
)

BROKEN = Visit(status=500, seconds=0.1)


def test_the_first_promotion_makes_the_target() -> None:
    world = OperationWorld()
    source = site_made(world)
    write(world, source, "our catalogue")

    answer = promote(world, source, notes="First look\nfor the customer")
    world.run()

    target = world.site(target_of(world, source))
    assert (answer.json["operationType"], answer.json["siteId"]) == ("SITE_PROMOTION", source)
    assert (target.environment, target.status, target.promoted_from) == ("SIT", "ACTIVE", source)
    assert (target.subdomain, target.url) == (world.site(source).subdomain, "https://shop-1.sit.sites.example")
    assert (text_of(world, target.site_id), world.wordpress.installed[target.site_id].frozen) == ("our catalogue", False)
    for site in (target, world.site(source)):
        assert site.last_promotion
        assert (site.last_promotion["status"], site.last_promotion["notes"]) == ("COMPLETED", "First look\nfor the customer")


def test_later_promotions_overwrite_the_same_target() -> None:
    world = OperationWorld()
    source = site_promoted(world)
    target = target_of(world, source)
    write(world, source, "the second edition")

    carried_out(world, promote(world, source))

    assert (target_of(world, source), text_of(world, target)) == (target, "the second edition")
    assert world.count("QUOTA#SIT") == 1


def test_a_site_goes_from_dev_through_sit_to_prod() -> None:
    world = OperationWorld()
    source = site_promoted(world)
    middle = target_of(world, source)

    carried_out(world, promote(world, middle, "PROD"))

    last = world.site(target_of(world, middle))
    assert (last.environment, last.status, last.promoted_from) == ("PROD", "ACTIVE", middle)


def test_a_target_that_was_deleted_for_good_is_made_anew() -> None:
    world = OperationWorld()
    source = site_promoted(world)
    gone = target_of(world, source)
    carried_out(world, delete_for_good(world, gone))

    carried_out(world, promote(world, source))

    assert target_of(world, source) != gone
    assert world.site(target_of(world, source)).status == "ACTIVE"


@pytest.mark.parametrize(("start", "to"), list(product(["DEV", "SIT", "PROD"], repeat=2)))
def test_of_all_pairs_of_environments_two_are_a_promotion(start: str, to: str) -> None:
    world = OperationWorld()
    source = site_made(world, body={"environment": start})

    answer = promote(world, source, to)

    if (start, to) in {("DEV", "SIT"), ("SIT", "PROD")}:
        carried_out(world, answer)
        assert world.site(target_of(world, source)).environment == to
    else:
        assert (outcome(answer), answer.json["currentEnvironment"]) == ("SITE_006", start)


@pytest.mark.parametrize(
    ("caller", "code"), [(STAFF, None), (USER, "FORBIDDEN"), (COLLEAGUE, "FORBIDDEN"), (VIEWER, "FORBIDDEN")],
    ids=["staff", "whoever made it", "another user", "viewer"],
)  # fmt: skip
def test_promotions_are_an_administrators_to_ask_for(caller: dict[str, str], code: str | None) -> None:
    world = OperationWorld()
    source = site_made(world, caller=USER)

    assert outcome(promote(world, source, options={"caller": caller})) == code


def test_a_target_that_is_suspended_takes_no_promotion() -> None:
    world = OperationWorld()
    source = site_promoted(world)
    carried_out(world, update(world, target_of(world, source), status="SUSPENDED"))

    answer = promote(world, source)

    assert (outcome(answer), answer.json["currentStatus"]) == ("SITE_005", "SUSPENDED")


def test_only_an_active_site_is_promoted() -> None:
    world = OperationWorld()

    assert outcome(promote(world, site_suspended(world))) == "SITE_005"


def test_a_subdomain_that_is_taken_where_the_target_would_be_is_a_conflict() -> None:
    world = OperationWorld()
    site_made(world, body={"environment": "SIT", "subdomain": "same"})
    source = site_made(world, body={"subdomain": "same"})

    assert outcome(promote(world, source)) == "SITE_003"
    assert outcome(promote(world, source, options={"query": "dryRun=true"})) == "SITE_003"


def test_during_a_promotion_source_and_target_take_nothing_else() -> None:
    world = OperationWorld()
    source = site_promoted(world)
    answer = promote(world, source)

    blocked = [
        promote(world, source), delete(world, source), update(world, target_of(world, source), siteName="Other"),
        delete(world, target_of(world, source)),
    ]  # fmt: skip

    operation = {"href": f"/operations/{accepted(answer)}"}
    assert [(outcome(each), each.json["_links"]["blockedBy"]) for each in blocked] == [("OPERATION_IN_PROGRESS", operation)] * 4


class TestDryRun:
    """``?dryRun=true``: what would be changed, and nothing is started."""

    def test_a_first_promotion_would_make_the_target(self) -> None:
        world = OperationWorld()
        source = site_made(world)
        before = {key: dict(row) for key, row in world.table.rows.items()}

        answer = promote(world, source, options={"query": "dryRun=true"})

        assert (answer.status, world.table.rows) == (200, before)
        assert answer.json["target"] == {
            "siteName": "Shop 1", "url": "https://shop-1.sit.sites.example", "environment": "SIT", "exists": False,
        }  # fmt: skip
        assert answer.json["steps"] == ["backup", "stage", "switch", "smoke", "accept"]
        assert (answer.json["replaces"], answer.json["keeps"]) == ([], [])
        assert answer.json["_links"]["promote"]["method"] == "POST"

    def test_a_later_one_tells_what_it_would_replace_and_keep_by_its_rules(self) -> None:
        world = OperationWorld()
        source = site_promoted(world)
        rules: dict[str, Any] = {"comments": "REPLACE", "keepTables": ["wp_wc_orders"], "keepOptions": ["stripe_settings"]}

        document = promote(world, source, options={"query": "dryRun=true"}, **rules).json

        assert document["target"]["siteId"] == target_of(world, source)
        assert document["rules"] == {"users": "KEEP", "uploads": "MERGE", **rules}
        assert {"accounts", "uploads that only the target has", "table wp_wc_orders", "option stripe_settings"} <= set(
            document["keeps"]
        )
        assert "comments" in document["replaces"]

    def test_a_promotion_that_would_be_refused_is_refused(self) -> None:
        world = OperationWorld()
        source = site_promoted(world)
        accepted(update(world, target_of(world, source), siteName="Other"))

        assert outcome(promote(world, source, options={"query": "dryRun=true"})) == "OPERATION_IN_PROGRESS"

    def test_the_rules_reach_the_site(self) -> None:
        world = OperationWorld()
        source = site_made(world)
        operation_id = accepted(promote(world, source, uploads="REPLACE", keepTables=["wp_orders", "wp_lines"]))

        rules = world.operation(operation_id).input["rules"]

        assert (rules["uploads"], rules["keepTables"]) == ("REPLACE", ["wp_orders", "wp_lines"])

    @pytest.mark.parametrize(
        "rules", [{"keepTables": ["users; DROP"]}, {"keepOptions": ["a'b"]}, {"users": "SOME"}, {"keepTables": ["mysql.user"]}]
    )
    def test_rules_that_are_none_are_refused(self, rules: dict[str, Any]) -> None:
        world = OperationWorld()

        assert outcome(promote(world, site_made(world), **rules)) == "VALIDATION_ERROR"


class TestPuttingBack:
    """A failure leaves the target as it was, and the operation says so."""

    def test_a_backup_that_fails_leaves_the_target_untouched(self) -> None:
        world = OperationWorld()
        source = site_promoted(world)
        target = target_of(world, source)
        write(world, source, "the second edition")
        world.maintenance.faults_of = {JobCommand.BACKUP: [failed()] * 3}

        document = get_operation(world, carried_out(world, promote(world, source))).json

        assert (document["status"], document.get("rolledBack")) == ("FAILED", None)
        assert (text_of(world, target), world.site(target).status) == ("as installed", "ACTIVE")
        assert world.wordpress.effects[JobCommand.STAGE] == 1  # that of the first promotion

    def test_a_smoke_test_that_fails_puts_the_target_back(self) -> None:
        world = OperationWorld()
        source = site_promoted(world)
        target = target_of(world, source)
        write(world, source, "the second edition")
        world.agent.visits["/wp-login.php"] = BROKEN

        document = get_operation(world, carried_out(world, promote(world, source))).json

        assert (document["status"], document["rolledBack"]) == ("FAILED", True)
        assert document["error"] == {
            "code": "WP_001", "detail": "The promoted site does not work: the login page answers 500.", "retryable": False,
        }  # fmt: skip
        assert [(step["name"], step["status"]) for step in document["steps"]] == [
            ("backup", "COMPLETED"), ("stage", "COMPLETED"), ("switch", "COMPLETED"), ("smoke", "FAILED"),
            ("accept", "SKIPPED"), ("put-back", "COMPLETED"),
        ]  # fmt: skip
        assert (text_of(world, target), world.wordpress.installed[target].frozen) == ("as installed", False)
        assert world.event_names[-1] == "SITE_PROMOTION_FAILED"
        assert [site.active_operation for site in map(world.site, (source, target))] == [None, None]

    @pytest.mark.parametrize("page", ["/", "/wp-json/"])
    def test_pages_that_break_off_fail_it_too(self, page: str) -> None:
        world = OperationWorld()
        source = site_promoted(world)
        world.agent.visits[page] = Visit(status=200, seconds=0.1, whole=False)

        operation = world.operation(carried_out(world, promote(world, source)))

        assert (operation.status, operation.rolled_back) == ("FAILED", True)

    @pytest.mark.parametrize("command", [JobCommand.STAGE, JobCommand.SWITCH])
    def test_a_step_that_fails_for_a_reason_of_ours_is_put_back_after_its_attempts_and_can_be_tried_again(
        self, command: JobCommand
    ) -> None:
        world = OperationWorld()
        source = site_promoted(world)
        target = target_of(world, source)
        write(world, source, "the second edition")
        world.maintenance.faults_of = {command: [failed()] * 3}
        operation_id = carried_out(world, promote(world, source))
        ended = world.operation(operation_id)
        put_back = text_of(world, target)

        carried_out(world, retry(world, operation_id))

        assert (ended.status, ended.rolled_back, put_back) == ("FAILED", True, "as installed")
        assert ended.error
        assert ended.error.retryable
        again = world.operation(operation_id)
        assert (again.status, again.rolled_back, text_of(world, target)) == ("COMPLETED", None, "the second edition")
        assert [step.name for step in again.steps] == ["backup", "stage", "switch", "smoke", "accept"]

    def test_its_dead_letter_put_back_begins_it_anew(self) -> None:
        world = OperationWorld()
        source = site_promoted(world)
        world.maintenance.faults_of = {JobCommand.SWITCH: [failed()] * 3}
        operation_id = carried_out(world, promote(world, source))
        letters = len(world.dead_letters)

        world.redrive()
        world.run()

        assert letters == 1
        assert world.operation(operation_id).status == "COMPLETED"

    def test_putting_back_that_fails_is_tried_again_where_it_stopped(self) -> None:
        world = OperationWorld()
        source = site_promoted(world)
        target = target_of(world, source)
        write(world, source, "the second edition")
        world.agent.visits["/"] = BROKEN
        world.maintenance.faults_of = {JobCommand.PUT_BACK: [failed()] * 3}
        operation_id = carried_out(world, promote(world, source))
        stuck = world.operation(operation_id)

        carried_out(world, retry(world, operation_id))

        assert (stuck.status, stuck.rolled_back) == ("FAILED", None)
        ended = world.operation(operation_id)
        assert (ended.status, ended.rolled_back, text_of(world, target)) == ("FAILED", True, "as installed")
        assert ended.error
        assert ended.error.detail == "The promoted site does not work: the home page answers 500."

    def test_a_first_promotion_that_fails_leaves_no_site_behind(self) -> None:
        world = OperationWorld()
        source = site_made(world)
        world.agent.visits["/"] = BROKEN

        operation = world.operation(carried_out(world, promote(world, source)))
        target = target_of(world, source)
        world.agent.visits.clear()
        there = target in world.wordpress.installed
        again = carried_out(world, promote(world, source))

        assert (operation.rolled_back, there) == (True, False)
        assert (world.operation(again).status, world.site(target).status) == ("COMPLETED", "ACTIVE")

    def test_a_worker_that_dies_every_time_is_put_back_too(self) -> None:
        world = OperationWorld()
        source = site_promoted(world)
        target = target_of(world, source)
        write(world, source, "the second edition")
        operation_id = accepted(promote(world, source))
        world.killer.every = "agent.visit"
        world.run()

        operation = world.operation(operation_id)

        assert (operation.status, operation.rolled_back) == ("FAILED", True)
        assert (text_of(world, target), world.wordpress.installed[target].frozen) == ("as installed", False)

    def test_the_last_promotion_shows_on_both_sites_however_it_ended(self) -> None:
        world = OperationWorld()
        source = site_promoted(world)
        world.agent.visits["/"] = BROKEN
        operation_id = carried_out(world, promote(world, source))

        for site in (world.site(source), world.site(target_of(world, source))):
            assert site.last_promotion
            assert (site.last_promotion["operationId"], site.last_promotion["status"]) == (operation_id, "FAILED")

    def test_one_that_was_called_off_never_was(self) -> None:
        world = OperationWorld()
        source = site_promoted(world)
        before = world.site(source).last_promotion

        cancel(world, accepted(promote(world, source)))

        assert world.site(source).last_promotion == before
        assert get(world, target_of(world, source)).json["status"] == "ACTIVE"


def test_the_smoke_test_waits_until_php_has_seen_the_new_files() -> None:
    world = OperationWorld()
    source = site_promoted(world)
    operation_id = accepted(promote(world, source))
    world.agent.calls.clear()

    world.dispatch()
    world.consume("update")
    waits = world.operation(operation_id).resume_at
    asked = world.agent.calls["visit"]
    world.run()

    assert (waits, asked) == (world.operation(operation_id).created_at + timedelta(seconds=3), 0)
    assert world.operation(operation_id).status == "COMPLETED"
