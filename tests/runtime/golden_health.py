"""The golden cases of health and status."""

from __future__ import annotations

from runtime.hateoas_endpoint.endpoint import Endpoint
from runtime.health import handlers
from runtime.wordpress.port import Visit, WordPressFault
from tests.runtime.fakes import Answer
from tests.runtime.golden_register import Headers, success
from tests.runtime.health.asking import get_health, health, status
from tests.runtime.operations.world import OperationWorld, create_site, site_made
from tests.runtime.sites.asking import site_suspended

ENDPOINTS: tuple[Endpoint, ...] = (get_health, handlers.get_status)


@success
def health_of_a_site_that_is_well(headers: Headers) -> Answer:
    world = OperationWorld()
    return health(world, site_made(world), headers=headers)


@success
def health_degraded(headers: Headers) -> Answer:
    world = OperationWorld(site_origin="http://*.localhost:8080")
    site_id = site_made(world)
    world.wordpress.publish("akismet", "6.0")
    world.agent.vital = {"core_update": "7.2", "disk_free_percent": 4.2}
    world.agent.visits["/"] = Visit(status=200, seconds=2.25)
    return health(world, site_id, headers=headers)


@success
def health_of_a_site_that_is_down(headers: Headers) -> Answer:
    world = OperationWorld()
    site_id = site_made(world)
    world.agent.down = WordPressFault("The site could not be reached.")
    return health(world, site_id, headers=headers)


@success
def health_of_a_site_that_is_not_active(headers: Headers) -> Answer:
    world = OperationWorld()
    return health(world, site_suspended(world), headers=headers)


@success
def status_of_a_site_being_made(headers: Headers) -> Answer:
    world = OperationWorld()
    return status(world, create_site(world).json["siteId"], headers=headers)


@success
def status_of_a_site_that_was_looked_at(headers: Headers) -> Answer:
    world = OperationWorld()
    site_id = site_made(world)
    health(world, site_id)
    world.move(minutes=1)
    return status(world, site_id, headers=headers)
