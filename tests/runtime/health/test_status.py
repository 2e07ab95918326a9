"""The status endpoint: what the table knows of a site, and never a question to WordPress."""

from __future__ import annotations

import pytest

from runtime.clock import iso
from runtime.sites.rows import site_key
from runtime.wordpress.port import WordPressFault
from tests.runtime.fakes import claims
from tests.runtime.health.asking import health, status
from tests.runtime.operations.world import OperationWorld, create_site, site_made
from tests.runtime.sites.asking import (
    ADMIN,
    NOTHING,
    STAFF,
    USER,
    VIEWER,
    carried_out,
    site_deleted_for_good,
    site_suspended,
    update,
)
from tests.runtime.stories import problem


def test_a_new_site_has_a_status_and_no_health_yet(world: OperationWorld) -> None:
    site_id = site_made(world)
    base = f"/tenants/acme/sites/{site_id}"

    answer = status(world, site_id)

    assert answer.status == 200
    assert answer.json == {
        "siteId": site_id,
        "tenantId": "acme",
        "environment": "DEV",
        "status": "ACTIVE",
        "health": {"status": "UNKNOWN"},
        "wordpressVersion": "7.1.1",
        "phpVersion": "8.2.36",
        "updatedAt": iso(world.site(site_id).updated_at),
        "_links": {
            "self": {"href": f"{base}/status"},
            "site": {"href": base, "title": "The site"},
            "health": {"href": f"{base}/health", "title": "How the site's WordPress is now"},
        },
    }


@pytest.mark.parametrize("caller", [ADMIN, STAFF, USER, VIEWER], ids=["ADMIN", "STAFF", "USER", "VIEWER"])
def test_every_role_reads(world: OperationWorld, caller: dict[str, str]) -> None:
    assert status(world, site_made(world), caller=caller).status == 200


def test_who_may_not_read_and_what_is_not_there_are_refused(world: OperationWorld) -> None:
    site_id = site_made(world)

    assert problem(status(world, site_id, caller=claims(groups=""))) == (403, "FORBIDDEN")
    assert problem(status(world, site_id, tenant="globex")) == (403, "TENANT_ACCESS_DENIED")
    assert problem(status(world, site_id, tenant="nowhere", caller=STAFF)) == (404, "TENANT_NOT_FOUND")
    assert problem(status(world, site_id, tenant="globex", caller=STAFF)) == (404, "SITE_002")
    assert problem(status(world, f"site-{NOTHING}")) == (404, "SITE_002")


def test_health_is_as_it_was_last_seen(world: OperationWorld) -> None:
    site_id = site_made(world)
    health(world, site_id)
    looked = iso(world.clock)
    world.move(hours=1)

    assert status(world, site_id).json["health"] == {"status": "HEALTHY", "score": 100, "checkedAt": looked}


def test_the_operation_at_work_is_shown_with_its_step_until_it_has_ended(world: OperationWorld) -> None:
    world.maintenance.looks = 3
    operation = create_site(world).json
    waiting = status(world, operation["siteId"]).json
    world.dispatch()
    world.consume("creation")
    at_work = status(world, operation["siteId"]).json
    world.run()
    ended = status(world, operation["siteId"]).json

    common = {"operationId": operation["operationId"], "operationType": "SITE_CREATION", "progress": 0, "step": "install"}
    assert waiting["operation"] == common | {"status": "PENDING"}
    assert at_work["operation"] == common | {"status": "IN_PROGRESS"}
    assert at_work["_links"]["operation"]["href"] == operation["_links"]["self"]["href"]
    assert (ended["status"], "operation" in ended, "operation" in ended["_links"]) == ("ACTIVE", False, False)


def test_the_last_promotion_is_shown(world: OperationWorld) -> None:
    site_id = site_made(world)
    promotion = {
        "operationId": f"op-{NOTHING}",
        "sourceSiteId": site_id,
        "targetSiteId": f"site-{NOTHING}",
        "targetEnvironment": "SIT",
        "status": "COMPLETED",
        "completedAt": "2026-11-23T09:00:00.000Z",
    }
    world.table.rows[site_key("acme", site_id)]["lastPromotion"] = promotion

    assert status(world, site_id).json["lastPromotion"] == promotion


def test_wordpress_is_never_called_and_may_be_down(world: OperationWorld) -> None:
    site_id = site_made(world)
    carried_out(world, update(world, site_id, siteName="Other"))
    world.agent.down = WordPressFault("Down.")
    world.agent.calls.clear()

    answers = [status(world, each) for each in (site_id, create_site(world).json["siteId"])]

    assert [answer.status for answer in answers] == [200, 200]
    assert not world.agent.calls


def test_a_site_that_is_not_active_still_has_its_status(world: OperationWorld) -> None:
    found = [status(world, site_id).json["status"] for site_id in (site_suspended(world), site_deleted_for_good(world))]

    assert found == ["SUSPENDED", "DELETED"]


def test_a_status_has_no_tag_because_what_is_at_work_moves_without_the_site(world: OperationWorld) -> None:
    answer = status(world, site_made(world))

    assert "ETag" not in answer.headers
    assert answer.headers["Cache-Control"] == "private, no-cache"
