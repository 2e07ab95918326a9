"""The deployed portal when something is broken on purpose: nothing accepted is lost, and nothing runs twice."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from uuid import uuid4

from local import wordpress
from local.bed.layout import bed_of
from local.clients import client
from ops.dead_letters import read, redrive
from tests.system.conftest import Portal, eventually


@contextmanager
def database_killed(portal: Portal) -> Iterator[None]:
    """Kill MariaDB as the kernel would, and let ``make up`` find it dead."""
    pid = int((bed_of(portal.local).run / "mariadb.pid").read_text())
    os.kill(pid, signal.SIGKILL)
    try:
        yield
    finally:
        wordpress.start(portal.local)


def create(portal: Portal, token: str) -> Any:
    wanted = {"siteName": "Faulty", "subdomain": f"fault-{uuid4().hex[:8]}", "environment": "DEV"}
    accepted = portal.call("POST", "/tenants/acme/sites", token, wanted)
    assert accepted.status == 202, accepted.text
    return accepted.json


def test_a_dead_database_costs_three_attempts_a_dead_letter_and_a_redrive(portal: Portal, admin: str) -> None:
    with database_killed(portal):
        operation = create(portal, admin)
        href = operation["_links"]["self"]["href"]
        failed = portal.ended(href, admin)
        (letter,) = eventually(
            lambda: [
                each for each in read(client(portal.local, "sqs"), "local") if each.operation_id == operation["operationId"]
            ]
        )

    assert (failed["status"], failed["attempts"], failed["error"]["retryable"]) == ("FAILED", 3, True)
    assert portal.call("GET", failed["_links"]["resource"]["href"], admin).json["status"] == "FAILED"
    assert letter.reason.startswith("WP_001")
    assert redrive(client(portal.local, "sqs"), "local", queue="creation", operation_id=operation["operationId"]) == 1

    eventually(lambda: portal.call("GET", href, admin).json["status"] != "FAILED")
    completed = portal.ended(href, admin)
    site = portal.call("GET", completed["_links"]["resource"]["href"], admin).json
    assert (completed["status"], site["status"], portal.visit(site["url"]).status) == ("COMPLETED", "ACTIVE", 200)


def test_a_failed_operation_is_tried_again_by_its_link(portal: Portal, admin: str) -> None:
    with database_killed(portal):
        failed = portal.ended(create(portal, admin)["_links"]["self"]["href"], admin)
    retry = failed["_links"]["retry"]

    again = portal.call(retry["method"], retry["href"], admin)
    completed = portal.ended(again.headers["Location"], admin)

    assert (again.status, completed["status"]) == (202, "COMPLETED")


def workers_of(portal: Portal, function: str) -> list[int]:
    """The processes in which this local cloud runs a function, which it keeps in a folder of that name."""
    wanted = f"{portal.local.spool}/ministack-lambda-bbws-portal-local-{function}-"
    listing = subprocess.run(["ps", "-ww", "-eo", "pid=,args="], capture_output=True, text=True, check=True).stdout
    return [int(line.split()[0]) for line in listing.splitlines() if wanted in line]


def test_a_consumer_killed_at_work_is_followed_by_another_that_ends_it(portal: Portal, admin: str) -> None:
    operation = create(portal, admin)
    href = operation["_links"]["self"]["href"]
    eventually(lambda: portal.call("GET", href, admin).json["status"] == "IN_PROGRESS")

    workers = workers_of(portal, "operations-SiteCreation")
    for pid in workers:
        os.kill(pid, signal.SIGKILL)
    portal.age_operation(operation["operationId"])
    portal.sweep("operations")

    completed = portal.ended(href, admin)
    site = portal.call("GET", completed["_links"]["resource"]["href"], admin).json
    assert workers
    assert (completed["status"], portal.visit(site["url"]).status) == ("COMPLETED", 200)


def test_what_is_accepted_while_the_dispatcher_is_down_is_carried_out_when_it_is_back(portal: Portal, admin: str) -> None:
    with portal.stream_switched_off():
        operation = create(portal, admin)
        time.sleep(1)
        waiting = portal.call("GET", operation["_links"]["self"]["href"], admin).json
        portal.age_outbox_entry(operation["operationId"])
        portal.sweep()
    completed = portal.ended(operation["_links"]["self"]["href"], admin)

    assert (waiting["status"], completed["status"]) == ("PENDING", "COMPLETED")
