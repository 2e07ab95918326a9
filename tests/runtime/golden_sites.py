"""The golden cases of sites and operations."""

from __future__ import annotations

from runtime.hateoas_endpoint.endpoint import Endpoint
from runtime.operations import handlers as operation_handlers
from runtime.sites import handlers
from runtime.wordpress.port import Visit, WordPressTimeout
from tests.runtime.fakes import Answer
from tests.runtime.golden_register import Headers, refused, success
from tests.runtime.operations.world import OperationWorld, create_site, site_made
from tests.runtime.sites.asking import (
    NOTHING,
    STAFF,
    VIEWER,
    accepted,
    break_jobs,
    cancel,
    carried_out,
    clone,
    delete,
    delete_for_good,
    get,
    get_operation,
    listed,
    listed_operations,
    promote,
    restore,
    retry,
    set_tenant,
    site_deleted_for_good,
    site_deleted_softly,
    site_failed,
    site_promoted,
    site_suspended,
    update,
)

ENDPOINTS: tuple[Endpoint, ...] = (
    handlers.list_sites,
    handlers.create,
    handlers.get,
    handlers.update,
    handlers.delete,
    handlers.restore,
    handlers.clone,
    handlers.promote,
    operation_handlers.list_operations,
    operation_handlers.get,
    operation_handlers.cancel,
    operation_handlers.retry,
)


@success
def operation_to_create_a_site(headers: Headers) -> Answer:
    return create_site(OperationWorld(), body={"plugins": ["akismet"]}, headers=headers)


@success
def operation_to_change_a_site(headers: Headers) -> Answer:
    world = OperationWorld()
    return update(world, site_made(world), siteName="Other", status="SUSPENDED", options={"headers": headers})


@success
def operation_to_delete_a_site(headers: Headers) -> Answer:
    world = OperationWorld()
    return delete(world, site_made(world), headers=headers)


@success
def operation_to_delete_a_site_for_good(headers: Headers) -> Answer:
    world = OperationWorld()
    return delete_for_good(world, site_made(world), headers=headers)


@success
def operation_to_restore_a_site(headers: Headers) -> Answer:
    world = OperationWorld()
    return restore(world, site_deleted_softly(world), headers=headers)


@success
def operation_to_clone_a_site(headers: Headers) -> Answer:
    world = OperationWorld()
    return clone(world, site_made(world), options={"headers": headers})


@success
def operation_to_promote_a_site(headers: Headers) -> Answer:
    world = OperationWorld()
    return promote(world, site_made(world), notes="The spring edition", options={"headers": headers})


@success
def operation_that_was_rolled_back(headers: Headers) -> Answer:
    world = OperationWorld()
    source = site_promoted(world)
    world.agent.visits["/"] = Visit(status=500, seconds=0.1)
    return get_operation(world, carried_out(world, promote(world, source)), headers=headers)


@success
def promotion_plan_of_a_first_one(headers: Headers) -> Answer:
    world = OperationWorld()
    return promote(world, site_made(world), options={"query": "dryRun=true", "headers": headers})


@success
def promotion_plan_of_a_later_one(headers: Headers) -> Answer:
    world = OperationWorld()
    options = {"query": "dryRun=true", "headers": headers}
    return promote(world, site_promoted(world), comments="REPLACE", keepTables=["wp_wc_orders"], options=options)


@success
def site_promoted_before(headers: Headers) -> Answer:
    world = OperationWorld()
    return get(world, site_promoted(world), headers=headers)


@success
def site_that_is_a_copy(headers: Headers) -> Answer:
    world = OperationWorld()
    operation_id = carried_out(world, clone(world, site_made(world)))
    return get(world, world.operation(operation_id).site_id, headers=headers)


@success
def site_being_made(headers: Headers) -> Answer:
    world = OperationWorld()
    return get(world, create_site(world).json["siteId"], headers=headers)


@success
def site_active(headers: Headers) -> Answer:
    world = OperationWorld()
    return get(world, site_made(world), headers=headers)


@success
def site_active_for_a_viewer(headers: Headers) -> Answer:
    world = OperationWorld()
    return get(world, site_made(world), caller=VIEWER, headers=headers)


@success
def site_suspended_by_its_owner(headers: Headers) -> Answer:
    world = OperationWorld()
    return get(world, site_suspended(world), headers=headers)


@success
def site_that_failed(headers: Headers) -> Answer:
    world = OperationWorld()
    return get(world, site_failed(world), headers=headers)


@success
def site_restorable(headers: Headers) -> Answer:
    world = OperationWorld()
    return get(world, site_deleted_softly(world), headers=headers)


@success
def site_deleted(headers: Headers) -> Answer:
    world = OperationWorld()
    return get(world, site_deleted_for_good(world), headers=headers)


@success
def site_that_is_so_already(headers: Headers) -> Answer:
    world = OperationWorld()
    return update(world, site_made(world), status="ACTIVE", options={"headers": headers})


@success
def site_not_modified(headers: Headers) -> Answer:
    world = OperationWorld()
    return get(world, site_made(world), headers={**headers, "If-None-Match": '"v2"'})


@success
def sites_first_page(headers: Headers) -> Answer:
    world = OperationWorld()
    for environment in ("DEV", "PROD", "DEV"):
        create_site(world, body={"environment": environment})
    return listed(world, "environment=DEV&status=PROVISIONING&pageSize=1", headers=headers)


@success
def sites_none(headers: Headers) -> Answer:
    return listed(OperationWorld(), headers=headers)


@success
def operation_at_work(headers: Headers) -> Answer:
    world = OperationWorld()
    world.maintenance.looks = 99
    operation_id = accepted(create_site(world))
    world.run(minutes=1)
    return get_operation(world, operation_id, headers=headers)


@success
def operation_completed(headers: Headers) -> Answer:
    world = OperationWorld()
    return get_operation(world, carried_out(world, create_site(world)), headers=headers)


@success
def operation_failed(headers: Headers) -> Answer:
    world = OperationWorld()
    break_jobs(world)
    return get_operation(world, carried_out(world, create_site(world)), headers=headers)


@success
def operation_failed_for_good(headers: Headers) -> Answer:
    world = OperationWorld()
    break_jobs(world, for_good=True)
    return get_operation(world, carried_out(world, create_site(world)), headers=headers)


@success
def operation_that_wordpress_timed_out(headers: Headers) -> Answer:
    world = OperationWorld()
    world.agent.faults = [WordPressTimeout("WordPress did not answer in time.")] * 3
    return get_operation(world, carried_out(world, create_site(world)), headers=headers)


@success
def operation_that_failed_for_a_reason_of_ours(headers: Headers) -> Answer:
    world = OperationWorld()
    world.maintenance.broken = [RuntimeError("arn:aws:ecs:eu-west-1:123456789012:cluster/sites is on fire")] * 3
    return get_operation(world, carried_out(world, create_site(world)), headers=headers)


@success
def operation_cancelled(headers: Headers) -> Answer:
    world = OperationWorld()
    return cancel(world, accepted(create_site(world)), headers=headers)


@success
def operation_tried_again(headers: Headers) -> Answer:
    world = OperationWorld()
    break_jobs(world)
    return retry(world, carried_out(world, create_site(world)), headers=headers)


@success
def operation_not_modified(headers: Headers) -> Answer:
    world = OperationWorld()
    return get_operation(world, accepted(create_site(world)), headers={**headers, "If-None-Match": '"v1"'})


@success
def operations_first_page(headers: Headers) -> Answer:
    world = OperationWorld()
    site_id = site_made(world)
    carried_out(world, update(world, site_id, siteName="Other"))
    return listed_operations(world, f"status=COMPLETED&siteId={site_id}&pageSize=1", headers=headers)


@success
def operations_none(headers: Headers) -> Answer:
    return listed_operations(OperationWorld(), "tenantId=globex", caller=STAFF, headers=headers)


@refused
def validation_error_of_a_site(headers: Headers) -> Answer:
    body = {"siteName": " ", "subdomain": "-", "environment": "TEST", "plugins": ["../x"], "tenantId": "globex"}
    return create_site(OperationWorld(), body=body, headers=headers)


@refused
def validation_error_without_a_tenant(headers: Headers) -> Answer:
    return listed_operations(OperationWorld(), caller=STAFF, headers=headers)


@refused
def site_001(headers: Headers) -> Answer:
    world = OperationWorld()
    return delete(world, site_made(world), "hard=true&confirm=Something%20else", headers=headers)


@refused
def site_002(headers: Headers) -> Answer:
    return get(OperationWorld(), f"site-{NOTHING}", headers=headers)


@refused
def site_003(headers: Headers) -> Answer:
    world = OperationWorld()
    create_site(world, body={"subdomain": "shop"})
    return create_site(world, body={"subdomain": "shop"}, headers=headers)


@refused
def site_004(headers: Headers) -> Answer:
    world = OperationWorld()
    set_tenant(world, tier="BASIC")
    for _ in range(5):
        create_site(world)
    return create_site(world, headers=headers)


@refused
def site_005(headers: Headers) -> Answer:
    world = OperationWorld()
    return restore(world, site_made(world), headers=headers)


@refused
def operation_in_progress(headers: Headers) -> Answer:
    world = OperationWorld()
    site_id = create_site(world).json["siteId"]
    return update(world, site_id, siteName="Other", options={"headers": headers})


@refused
def op_001(headers: Headers) -> Answer:
    return get_operation(OperationWorld(), f"op-{NOTHING}", headers=headers)


@refused
def invalid_state_of_an_operation(headers: Headers) -> Answer:
    world = OperationWorld()
    return cancel(world, carried_out(world, create_site(world)), headers=headers)


@refused
def rate_limited_by_unfinished_operations(headers: Headers) -> Answer:
    world = OperationWorld()
    for environment in ("DEV", "SIT") * 10:
        create_site(world, body={"environment": environment})
    return create_site(world, headers=headers)


@refused
def site_006(headers: Headers) -> Answer:
    world = OperationWorld()
    return promote(world, site_made(world), "PROD", options={"headers": headers})
