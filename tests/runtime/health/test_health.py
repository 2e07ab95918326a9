"""The health endpoint: whom it answers, of which sites, and what leads on from there."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from runtime.health import handlers
from runtime.wordpress.port import WordPressFault
from tests.runtime.fakes import InMemoryTable, claims, tenants
from tests.runtime.health.asking import checks, health, prod_site, seen
from tests.runtime.operations.world import OperationWorld, create_site, on_site
from tests.runtime.sites.asking import (
    ADMIN,
    NOTHING,
    STAFF,
    USER,
    VIEWER,
    set_tenant,
    site_deleted_for_good,
    site_deleted_softly,
    site_failed,
    site_suspended,
)
from tests.runtime.stories import problem

DOWN = WordPressFault("The site could not be reached.")


def test_a_site_that_is_well_is_healthy_with_every_check_passed(world: OperationWorld, site_id: str) -> None:
    answer = health(world, site_id)

    assert (seen(answer), answer.json["score"], answer.json["checkedAt"]) == ("HEALTHY", 100, "2026-11-23T09:30:15.250Z")
    assert {check["status"] for check in checks(answer).values()} == {"PASS"}
    assert list(checks(answer)) == [
        "reachability", "responseTime", "restApi", "database", "phpVersion", "wordpressVersion",
        "pluginUpdates", "coreUpdate", "vulnerablePlugins", "cronLag", "disk", "tlsExpiry",
    ]  # fmt: skip
    assert checks(answer)["responseTime"] == {
        "name": "responseTime",
        "status": "PASS",
        "value": 0.1,
        "threshold": 2,
        "detail": "The home page took 0.1 s.",
    }


@pytest.mark.parametrize("caller", [ADMIN, STAFF, USER, VIEWER], ids=["ADMIN", "STAFF", "USER", "VIEWER"])
def test_every_role_reads(world: OperationWorld, site_id: str, caller: dict[str, str]) -> None:
    assert seen(health(world, site_id, caller=caller)) == "HEALTHY"


def test_who_may_not_read_and_what_is_not_there_cost_wordpress_nothing(world: OperationWorld, site_id: str) -> None:
    world.agent.calls.clear()

    answers = {
        "no role": health(world, site_id, caller=claims(groups="")),
        "foreign": health(world, site_id, tenant="globex"),
        "no tenant": health(world, site_id, tenant="nowhere", caller=STAFF),
        "no site": health(world, f"site-{NOTHING}"),
        "another's": health(world, site_id, tenant="globex", caller=STAFF),
    }

    assert {who: problem(answer) for who, answer in answers.items()} == {
        "no role": (403, "FORBIDDEN"),
        "foreign": (403, "TENANT_ACCESS_DENIED"),
        "no tenant": (404, "TENANT_NOT_FOUND"),
        "no site": (404, "SITE_002"),
        "another's": (404, "SITE_002"),
    }
    assert not world.agent.calls


STATES: dict[str, Callable[[OperationWorld], str]] = {
    "PROVISIONING": lambda world: str(create_site(world).json["siteId"]),
    "FAILED": site_failed,
    "SUSPENDED": site_suspended,
    "DEPROVISIONING": site_deleted_softly,
    "DELETED": site_deleted_for_good,
}


@pytest.mark.parametrize("state", STATES)
def test_a_site_that_is_not_active_is_unknown_and_left_alone(world: OperationWorld, state: str) -> None:
    site_id = STATES[state](world)
    world.agent.calls.clear()

    answer = health(world, site_id)

    assert (seen(answer), answer.json["score"]) == ("UNKNOWN", 0)
    assert {check["status"] for check in checks(answer).values()} == {"SKIPPED"}
    assert {check["detail"] for check in checks(answer).values()} == {
        f"The site is {state}, and only an active one is looked at."
    }
    assert not world.agent.calls
    assert not world.table.of_type("HEALTH"), "nobody looked, so that nothing was seen"


def test_a_tenant_that_is_not_active_still_learns_how_its_sites_are(world: OperationWorld, site_id: str) -> None:
    set_tenant(world, status="SUSPENDED")

    assert seen(health(world, site_id)) == "HEALTHY"


def test_links_lead_to_the_site_its_status_and_its_plugins(world: OperationWorld, site_id: str) -> None:
    links = health(world, site_id).json["_links"]

    base = f"/tenants/acme/sites/{site_id}"
    assert {relation: link["href"] for relation, link in links.items()} == {
        "self": f"{base}/health",
        "site": base,
        "status": f"{base}/status",
        "plugins": f"/sites/{site_id}/plugins",
    }


def test_looks_are_counted_by_how_the_site_was(world: OperationWorld, site_id: str, capsys: pytest.CaptureFixture[str]) -> None:
    world.agent.down = DOWN

    health(world, site_id)

    (line,) = [line for line in capsys.readouterr().out.splitlines() if "HealthChecks" in line]
    assert '"status":"UNHEALTHY"' in line
    assert '"HealthChecks":[1]' in line


def test_a_table_that_does_not_answer_is_a_fault_of_ours(world: OperationWorld, site_id: str) -> None:
    class Broken(InMemoryTable):
        def get(self, keys: Any) -> Any:
            raise RuntimeError("on fire")

    world.table = Broken(*tenants())

    assert problem(health(world, site_id)) == (500, "SYS_001")


def test_prod_is_looked_at_as_all_others_are(world: OperationWorld) -> None:
    assert seen(health(world, prod_site(world))) == "HEALTHY"


@pytest.mark.parametrize(
    ("gateway", "detail"),
    [
        ("https://127.0.0.1:9", "The site's certificate could not be read."),
        ("http://127.0.0.1:9", "The site's name could not be resolved."),
    ],
)
def test_the_certificate_is_looked_at_through_the_gateway_if_that_ends_tls(
    world: OperationWorld, site_id: str, monkeypatch: pytest.MonkeyPatch, gateway: str, detail: str
) -> None:
    monkeypatch.setenv("WORDPRESS_GATEWAY", gateway)

    answer = on_site(handlers.get_health, world, site_id)

    assert checks(answer)["tlsExpiry"]["detail"] == detail
