"""A site's creation, from the request to the end."""

from __future__ import annotations

from tests.runtime.operations.world import OperationWorld, create_site


def test_a_site_that_is_asked_for_comes_to_be() -> None:
    world = OperationWorld()

    answer = create_site(world)
    world.run()

    operation, site = world.operation(answer.json["operationId"]), world.site(answer.json["siteId"])
    assert (answer.status, answer.headers["Location"]) == (202, f"/operations/{operation.operation_id}")
    assert (operation.status, operation.progress, [step.status for step in operation.steps]) == (
        "COMPLETED",
        100,
        ["COMPLETED", "COMPLETED"],
    )
    assert (site.status, site.wordpress_version, site.active_operation) == ("ACTIVE", "7.1.1", None)
    assert world.wordpress.effects == {"install": 1}
    assert world.event_names == ["SITE_CREATION_COMPLETE"]
    assert (world.count("UNFINISHED"), world.count("QUOTA#DEV")) == (0, 1)
