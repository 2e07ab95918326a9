"""The golden cases of plugins."""

from __future__ import annotations

from runtime.hateoas_endpoint.endpoint import Endpoint
from runtime.plugins import handlers
from runtime.wordpress.port import SiteBusy, WordPressFault, WordPressTimeout
from tests.runtime.fakes import Answer
from tests.runtime.golden_register import Headers, refused, success
from tests.runtime.plugins.asking import blocked, curated, details, listed, put_on, shop, toggle, update, warned_of
from tests.runtime.sites.asking import STAFF, VIEWER, accepted
from tests.runtime.sites.asking import update as change_site
from tests.runtime.stories import portal

ENDPOINTS: tuple[Endpoint, ...] = (handlers.get, handlers.list_installed, handlers.update, handlers.toggle)


@success
def plugin_of_the_marketplace(headers: Headers) -> Answer:
    ports = portal()
    curated(ports)
    return details(ports, headers=headers)


@success
def plugin_that_is_blocklisted_for_staff(headers: Headers) -> Answer:
    ports = portal()
    blocked(ports)
    return details(ports, caller=STAFF, headers=headers)


@success
def plugin_while_the_directory_is_down(headers: Headers) -> Answer:
    ports = portal()
    curated(ports)
    details(ports)
    ports.directory.down = True
    ports.move(hours=1)
    return details(ports, headers=headers)


@success
def plugin_that_was_never_fetched(headers: Headers) -> Answer:
    ports = portal()
    curated(ports)
    ports.directory.down = True
    return details(ports, headers=headers)


@success
def plugin_that_the_directory_no_longer_has(headers: Headers) -> Answer:
    ports = portal()
    curated(ports)
    ports.directory.listings.clear()
    return details(ports, headers=headers)


@success
def plugin_not_modified(headers: Headers) -> Answer:
    ports = portal()
    curated(ports)
    return details(ports, headers={**headers, "If-None-Match": details(ports).headers["ETag"]})


@success
def plugins_first_page(headers: Headers) -> Answer:
    world, site_id = shop()
    world.wordpress.publish("akismet", "6.0")
    return listed(world, site_id, "pageSize=1", headers=headers)


@success
def plugins_for_a_viewer(headers: Headers) -> Answer:
    world, site_id = shop()
    put_on(world, site_id, "premium", version="2.0", is_active=True, auto_update=True)
    return listed(world, site_id, caller=VIEWER, headers=headers)


@success
def plugins_that_are_forbidden(headers: Headers) -> Answer:
    world, site_id = shop()
    world.wordpress.publish("akismet", "6.0")
    blocked(world)
    warned_of(world, "hello-dolly")
    return listed(world, site_id, headers=headers)


@success
def plugins_of_a_busy_site(headers: Headers) -> Answer:
    world, site_id = shop()
    accepted(change_site(world, site_id, siteName="Other"))
    return listed(world, site_id, headers=headers)


@success
def installed_plugin_that_is_up_to_date(headers: Headers) -> Answer:
    return update(*shop(), headers=headers)


@success
def installed_plugin_activated(headers: Headers) -> Answer:
    world, site_id = shop()
    return toggle(world, site_id, True, headers=headers)


@success
def operation_to_update_a_plugin(headers: Headers) -> Answer:
    world, site_id = shop()
    world.wordpress.publish("akismet", "6.0")
    return update(world, site_id, headers=headers)


@refused
def plug_001(headers: Headers) -> Answer:
    return details(portal(), "nothing", headers=headers)


@refused
def plug_001_on_a_site(headers: Headers) -> Answer:
    world, site_id = shop()
    return update(world, site_id, "nothing", headers=headers)


@refused
def plug_002(headers: Headers) -> Answer:
    world, site_id = shop()
    blocked(world)
    return toggle(world, site_id, True, headers=headers)


@refused
def plug_003(headers: Headers) -> Answer:
    world, site_id = shop()
    warned_of(world)
    return toggle(world, site_id, True, headers=headers)


@refused
def plug_004(headers: Headers) -> Answer:
    world, site_id = shop()
    world.agent.faults.append(SiteBusy("Something else is at work on the plugins of this site."))
    return toggle(world, site_id, True, headers=headers)


@refused
def wp_001(headers: Headers) -> Answer:
    world, site_id = shop()
    world.wordpress.broken.add("akismet 5.7.2")
    return toggle(world, site_id, True, headers=headers)


@refused
def wp_001_of_a_site_that_is_down(headers: Headers) -> Answer:
    world, site_id = shop()
    world.agent.down = WordPressFault("The site could not be reached.")
    return listed(world, site_id, headers=headers)


@refused
def wp_002(headers: Headers) -> Answer:
    world, site_id = shop()
    world.agent.down = WordPressTimeout("The site did not answer in time.")
    return listed(world, site_id, headers=headers)


@refused
def validation_error_of_a_toggle(headers: Headers) -> Answer:
    world, site_id = shop()
    return toggle(world, site_id, body={"isActive": "yes", "active": True}, headers=headers)
