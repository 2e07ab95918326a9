"""The main job on the deployed portal and a real WordPress: a site is made, changed, deleted, restored, and gone for good."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

import pytest

from local.bed.layout import bed_of
from local.clients import client
from tests.system.conftest import Portal, eventually, wp


@pytest.fixture(scope="module")
def events(portal: Portal) -> Iterator[list[dict[str, Any]]]:
    """What the event bus tells whoever listens, as a partner's queue behind a rule gets it."""
    queues, bus = client(portal.local, "sqs"), client(portal.local, "events")
    url = queues.create_queue(QueueName=f"partner-{uuid4().hex[:8]}")["QueueUrl"]
    arn = queues.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    pattern = json.dumps({"source": ["bbws.portal"]})
    bus.put_rule(Name="partner", EventBusName="bbws-portal-local", EventPattern=pattern)
    bus.put_targets(Rule="partner", EventBusName="bbws-portal-local", Targets=[{"Id": "queue", "Arn": arn}])

    class Heard(list[dict[str, Any]]):
        def names(self, operation_id: str) -> list[str]:
            received = queues.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", [])
            self.extend(json.loads(message["Body"]) for message in received)
            for message in received:
                queues.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
            return [event["detail-type"] for event in self if event["detail"]["operationId"] == operation_id]

    yield Heard()
    bus.remove_targets(Rule="partner", EventBusName="bbws-portal-local", Ids=["queue"])
    bus.delete_rule(Name="partner", EventBusName="bbws-portal-local")


def follow(portal: Portal, document: Any, relation: str, token: str, body: Any = None) -> Any:
    """Do what a document links to, and wait for its end."""
    link = document["_links"][relation]
    accepted = portal.call(link["method"], link["href"], token, body)
    assert accepted.status == 202, accepted.text
    return portal.ended(accepted.headers["Location"], token)


def site_of(portal: Portal, operation: Any, token: str) -> Any:
    return portal.call("GET", operation["_links"]["resource"]["href"], token).json


def test_the_whole_life_of_a_site_by_links_alone(portal: Portal, admin: str, events: Any) -> None:
    acme = portal.call("GET", "/", admin).json["_embedded"]["tenants"][0]
    subdomain = f"story-{uuid4().hex[:8]}"
    wanted = {"siteName": "Anna's <Shop> & Söhne", "subdomain": subdomain, "environment": "DEV", "plugins": ["akismet"]}

    created = follow(portal, acme, "create-site", admin, wanted)

    site = site_of(portal, created, admin)
    page = portal.visit(site["url"])
    assert (created["status"], created["progress"], site["status"]) == ("COMPLETED", 100, "ACTIVE")
    assert (page.status, site["wordpressVersion"]) == (200, wp(portal, site["siteId"], "core", "version").strip())
    assert "Anna&#039;s &lt;Shop&gt; &amp; Söhne" in page.data.decode()
    assert wp(portal, site["siteId"], "plugin", "get", "akismet", "--field=status").strip() == "active"
    assert eventually(lambda: events.names(created["operationId"])) == ["SITE_CREATION_COMPLETE"]

    wp(portal, site["siteId"], "post", "create", "--post_title=Kept through it all", "--post_status=publish")
    changed = follow(portal, site, "update", admin, {"siteName": "The New Name", "status": "SUSPENDED"})
    site = site_of(portal, changed, admin)
    assert (site["siteName"], site["status"], portal.visit(site["url"]).status) == ("The New Name", "SUSPENDED", 503)
    site = site_of(portal, follow(portal, site, "update", admin, {"status": "ACTIVE"}), admin)
    assert "The New Name" in portal.visit(site["url"]).data.decode()

    deleted = follow(portal, site, "delete", admin)
    site = site_of(portal, deleted, admin)
    assert (site["status"], portal.visit(site["url"]).status) == ("DEPROVISIONING", 503)
    assert "restorableUntil" in site
    restored = follow(portal, site, "restore", admin)
    site = site_of(portal, restored, admin)
    assert (site["status"], "restorableUntil" in site) == ("ACTIVE", False)
    assert "Kept through it all" in portal.visit(site["url"]).data.decode()

    removed = follow(portal, site, "delete-permanently", admin, {"confirm": "The New Name"})
    assert (removed["status"], site_of(portal, removed, admin)["status"]) == ("COMPLETED", "DELETED")
    bed = bed_of(portal.local)
    assert not (bed.sites / "sites" / site["siteId"]).exists()
    assert not (bed.sites / "hosts" / str(urlsplit(site["url"]).hostname)).is_symlink()
    assert portal.visit(site["url"]).status == 404
    again = portal.call("POST", acme["_links"]["create-site"]["href"], admin, wanted)
    assert again.status == 202, "the subdomain is free again"
    portal.ended(again.headers["Location"], admin)


def test_a_plugin_that_is_not_to_be_had_fails_the_creation_at_once_and_says_so(portal: Portal, admin: str) -> None:
    wanted = {"siteName": "Nope", "subdomain": f"nope-{uuid4().hex[:8]}", "environment": "SIT", "plugins": ["no-such-plugin"]}

    accepted = portal.call("POST", "/tenants/acme/sites", admin, wanted)
    operation = portal.ended(accepted.headers["Location"], admin)

    assert (operation["status"], operation["error"]["code"]) == ("FAILED", "WP_001")
    assert portal.call("GET", operation["_links"]["resource"]["href"], admin).json["status"] == "FAILED"


def test_an_operation_is_readable_the_instant_it_is_accepted_and_can_be_called_off(portal: Portal, admin: str) -> None:
    wanted = {"siteName": "Off", "subdomain": f"off-{uuid4().hex[:8]}", "environment": "DEV"}
    with portal.stream_switched_off():
        accepted = portal.call("POST", "/tenants/acme/sites", admin, wanted)
        found = portal.call("GET", accepted.headers["Location"], admin)
        cancelled = portal.call("POST", found.json["_links"]["cancel"]["href"], admin)
    portal.sweep()

    assert (found.status, found.json["status"], found.headers["Retry-After"]) == (200, "PENDING", "2")
    assert (cancelled.status, cancelled.json["status"]) == (200, "CANCELLED")
    assert portal.call("GET", accepted.headers["Location"], admin).json["status"] == "CANCELLED"
