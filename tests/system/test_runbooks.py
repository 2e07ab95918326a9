"""The runbooks are followed on the local cloud, as far as it goes, and print what they say that they print."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from local import wordpress
from local.bed.layout import bed_of
from ops.access import Access
from ops.dead_letters import read
from tests.ops.runbooks import runbook
from tests.system.conftest import Portal, eventually, wp
from tests.system.terminal import Terminal, missing
from tests.system.test_walkthrough import _copy_repository as copy_repository

BREAKS = "<?php throw new Error('Broken on purpose.');"
TITLE = "Operations, newest first"


@pytest.fixture
def terminal(portal: Portal) -> Terminal:
    return Terminal(portal.local)


def create(portal: Portal, token: str, name: str = "Shop") -> Any:
    """The operation that makes a site."""
    wanted = {"siteName": name, "subdomain": f"run-{uuid4().hex[:8]}", "environment": "DEV"}
    accepted = portal.call("POST", "/tenants/acme/sites", token, wanted)
    assert accepted.status == 202, accepted.text
    return accepted.json


def made(portal: Portal, token: str) -> Any:
    """A site that is there."""
    operation = portal.ended(create(portal, token)["_links"]["self"]["href"], token)
    return portal.call("GET", operation["_links"]["resource"]["href"], token).json


def public_of(portal: Portal, site: Any) -> Path:
    return bed_of(portal.local).sites / "sites" / str(site["siteId"]) / "public"


def constants_of(portal: Portal, site: Any) -> str:
    return (public_of(portal, site).parent / "config.php").read_text()


@contextmanager
def database_killed(portal: Portal) -> Iterator[None]:
    os.kill(int((bed_of(portal.local).run / "mariadb.pid").read_text()), signal.SIGKILL)
    try:
        yield
    finally:
        wordpress.start(portal.local)


def test_an_operation_that_stands_still(portal: Portal, admin: str, terminal: Terminal) -> None:
    look, check = runbook("stuck-operation").shown
    with portal.stream_switched_off():
        operation = create(portal, admin, "Stuck")
        command = look.commands[0].replace("op-…", operation["operationId"])
        assert missing(look.output, terminal.types(command)) == []
        portal.age_outbox_entry(operation["operationId"])
        for sweeper in ("operations", "outbox"):
            portal.sweep(sweeper)

    portal.ended(operation["_links"]["self"]["href"], admin)
    assert missing(check.output, terminal.types(check.commands[0].replace("op-…", operation["operationId"]))) == []


def test_a_dead_letter(portal: Portal, admin: str, terminal: Terminal) -> None:
    look, do, check = runbook("dead-letters").shown
    with database_killed(portal):
        operation = create(portal, admin, "Faulty")
        href, id_ = operation["_links"]["self"]["href"], operation["operationId"]
        portal.ended(href, admin)
        sqs = Access(stage="local", state=portal.local.state).client("sqs")
        eventually(lambda: [letter for letter in read(sqs, "local") if letter.operation_id == id_])
        printed = [line for command in look.commands for line in terminal.types(command.replace("op-…", id_))]
    assert missing(look.output, printed) == []

    assert missing(do.output, terminal.types(do.commands[0].replace("op-…", id_))) == []
    eventually(lambda: portal.call("GET", href, admin).json["status"] != "FAILED")
    portal.ended(href, admin)
    shown, letters = (terminal.types(command.replace("op-…", id_)) for command in check.commands)
    assert missing(check.output[:-1], shown) == []
    assert not [line for line in letters if id_ in line]


def test_a_site_that_is_put_back_damaged_and_then_in_ruins(portal: Portal, admin: str, terminal: Terminal) -> None:
    look, do, without = runbook("restore-a-site").shown
    site = made(portal, admin)
    wp(portal, site["siteId"], "post", "create", "--post_title=Spring edition", "--post_status=publish")
    path = f"/tenants/acme/sites/{site['siteId']}"
    for method, href in (("DELETE", path), ("POST", f"{path}/restore")):
        portal.ended(portal.call(method, href, admin).headers["Location"], admin)

    def typed(command: str, backup: str = "", *, code: int = 0) -> list[str]:
        return terminal.types(
            command.replace("--stage prod ", "").replace("site-…", site["siteId"]).replace("op-…", backup), code=code
        )

    listed = typed(look.commands[0])
    assert missing(look.output[:1] + look.output[-1:], listed) == []
    backup = listed[-1].split()[0]
    (public_of(portal, site) / "wp-content/mu-plugins/breaks.php").write_text(BREAKS)
    assert portal.visit(site["url"]).status == 500
    assert missing(do.output, typed(do.commands[0], backup)) == []
    page = portal.visit(site["url"])
    assert (page.status, "Spring edition" in page.data.decode()) == (200, True)
    assert missing(look.output, typed(look.commands[0])) == []

    subprocess.run(["rm", "-r", str(public_of(portal, site))], check=True)
    assert typed(do.commands[0], backup, code=1)[-1].endswith("The hosting platform could not do this just now.")
    assert missing(without.output, typed(without.commands[0], backup)) == []
    page = portal.visit(site["url"])
    assert (page.status, "Spring edition" in page.data.decode()) == (200, True)


def test_secrets_that_are_renewed(portal: Portal, admin: str, terminal: Terminal) -> None:
    # That of all sites is in tests/ops/test_asking.py: this cloud has hundreds of other tests' sites.
    one, _ = runbook("rotate-secrets").shown
    site = made(portal, admin)
    before = constants_of(portal, site)

    printed = terminal.types(one.commands[0].replace("site-…", site["siteId"]))

    assert missing(one.output, printed) == []
    assert constants_of(portal, site) != before
    assert portal.visit(site["url"]).status == 200


def test_a_deployment_and_the_roll_back_to_the_code_of_before(
    portal: Portal, admin: str, terminal: Terminal, tmp_path: Path
) -> None:
    assert "make up" in runbook("deploy").commands
    assert "make up" in runbook("roll-back").commands
    site = made(portal, admin)
    copy = tmp_path / "copy"
    copy_repository(copy)
    routes = copy / "runtime/operations/routes.py"
    routes.write_text(routes.read_text().replace(TITLE, "The bad release"))
    place = ["--state", str(portal.local.state), "--port", str(portal.local.port)]
    subprocess.run([sys.executable, "-m", "local", *place, "up"], cwd=copy, capture_output=True, check=True)
    bad = title_of(portal, admin)

    terminal.types("make up")

    assert (bad, title_of(portal, admin)) == ("The bad release", TITLE)
    assert portal.call("GET", site["_links"]["self"]["href"], admin).json["status"] == "ACTIVE"


def title_of(portal: Portal, token: str) -> str:
    """What the entry point calls the list of operations."""
    (tenant,) = portal.call("GET", "/", token).json["_embedded"]["tenants"]
    return str(tenant["_links"]["operations"]["title"])


def test_what_a_runbook_says_is_compared_and_not_just_read() -> None:
    said = [
        "op-01a2219c-0872-7736-b1c0-bdaa65b8c6d6 is accepted",
        "10:07:14    0 %  At work: backup.",
        "…",
        "1 put back on update",
    ]
    printed = [
        "op-01a2219c-0872-7736-b1c0-bdaa65b8c6d7 is accepted",
        "10:07:15   25 %  At work: restore.",
        "1 put back on update",
    ]

    assert missing(said, printed) == []
    assert missing(said, printed[:-1]) == ["1 put back on update"]
    assert missing(said, printed[::-1]) == ["1 put back on update"]
