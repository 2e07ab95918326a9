"""500 operations on WordPress from 8 clients: none is lost, none is done twice, none is stuck."""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from uuid import uuid4

from local.clients import client
from ops.dead_letters import read
from runtime.operations.rows import operation_key, unfinished_key
from runtime.sites.domain import Site
from runtime.sites.rows import site_from, site_key, site_row
from runtime.table.dynamo import DynamoTable
from runtime.table.port import Key, Row
from runtime.tenants.domain import Tenant, TenantStatus
from runtime.tenants.rows import tenant_row
from tests.system.conftest import Portal, Reply, eventually

CLIENTS = 8
TENANTS, SITES = 125, 4
LOAD_SECONDS = 240


@contextmanager
def partner_queue(portal: Portal) -> Iterator[str]:
    """A partner's queue behind a rule on the event bus, which hears of every end."""
    queues, bus, name = client(portal.local, "sqs"), client(portal.local, "events"), f"load-{uuid4().hex[:8]}"
    url: str = queues.create_queue(QueueName=name)["QueueUrl"]
    arn = queues.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    pattern = json.dumps({"source": ["bbws.portal"], "detail-type": ["SITE_UPDATE_COMPLETE", "SITE_UPDATE_FAILED"]})
    bus.put_rule(Name=name, EventBusName="bbws-portal-local", EventPattern=pattern)
    bus.put_targets(Rule=name, EventBusName="bbws-portal-local", Targets=[{"Id": "queue", "Arn": arn}])
    yield url
    bus.remove_targets(Rule=name, EventBusName="bbws-portal-local", Ids=["queue"])
    bus.delete_rule(Name=name, EventBusName="bbws-portal-local")


def heard(portal: Portal, url: str) -> Counter[tuple[str, str]]:
    """How often each operation's end was told of."""
    queues, found = client(portal.local, "sqs"), Counter[tuple[str, str]]()
    while messages := queues.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", []):
        for message in messages:
            event = json.loads(message["Body"])
            found[event["detail"]["operationId"], event["detail-type"]] += 1
        received = [{"Id": each["MessageId"], "ReceiptHandle": each["ReceiptHandle"]} for each in messages]
        queues.delete_message_batch(QueueUrl=url, Entries=received)
    return found


def real_sites(portal: Portal, staff: str) -> list[Site]:
    """Sites of one tenant on the real WordPress."""
    tenant = portal.tenant()
    asked = []
    for number in range(SITES):
        wanted = {"siteName": f"Load {number}", "subdomain": f"load-{uuid4().hex[:10]}", "environment": "DEV"}
        asked.append(portal.call("POST", f"/tenants/{tenant}/sites", staff, wanted))
    made = [portal.ended(answer.headers["Location"], staff) for answer in asked]
    rows = portal.table.get([site_key(tenant, operation["siteId"]) for operation in made])
    return [site_from(row) for row in rows if row]


def shared_among_tenants(portal: Portal, sites: list[Site]) -> list[str]:
    """The hrefs of as many sites in as many tenants, all of which are really those few: 500 installs would take an hour."""
    tenants = [f"load-{uuid4().hex[:10]}" for _ in range(TENANTS)]
    rows = [tenant_row(Tenant(tenant_id=tenant, name=tenant, status=TenantStatus.ACTIVE)) for tenant in tenants]
    rows += [site_row(replace(site, tenant_id=tenant)) for tenant in tenants for site in sites]
    portal.load(rows)
    return [f"/tenants/{tenant}/sites/{site.site_id}" for tenant in tenants for site in sites]


def test_five_hundred_operations_from_eight_clients_all_end_once(portal: Portal, staff: str) -> None:
    hrefs = shared_among_tenants(portal, real_sites(portal, staff))

    def rename(href: str) -> Reply:
        return portal.call("PATCH", href, staff, {"siteName": f"Renamed in {href.split('/')[2]}"})

    with partner_queue(portal) as partner:
        with ThreadPoolExecutor(CLIENTS) as clients:
            accepted = list(clients.map(rename, hrefs))
        assert Counter(reply.status for reply in accepted) == {202: TENANTS * SITES}
        keys = [operation_key(reply.json["operationId"]) for reply in accepted]
        ended = list(_ended(portal.table, keys))
        told = Counter[tuple[str, str]]()
        eventually(lambda: told.update(heard(portal, partner)) or len(told) >= len(keys), within=LOAD_SECONDS)

    assert Counter(row["status"] for row in ended) == {"COMPLETED": len(keys)}
    assert told == {(row["operationId"], "SITE_UPDATE_COMPLETE"): 1 for row in ended}
    changed = portal.table.get([site_key(row["tenantId"], row["siteId"]) for row in ended])
    assert [row for row in changed if not row or row["siteName"] != f"Renamed in {row['tenantId']}"] == []
    assert [row for row in changed if row and "activeOperation" in row] == []
    unfinished = portal.table.get([unfinished_key(row["tenantId"]) for row in ended])
    assert {row["unfinished"] for row in unfinished if row} == {0}
    tenants = {row["tenantId"] for row in ended}
    letters = read(client(portal.local, "sqs"), "local")
    assert [letter for letter in letters if json.loads(letter.body)["tenantId"] in tenants] == []


def _ended(table: DynamoTable, keys: list[Key]) -> Iterator[Row]:
    """The operations in turn, each once it has ended; asked of the table and one by one, so that the asking is no load."""
    deadline = time.monotonic() + LOAD_SECONDS
    for key in keys:
        yield eventually(partial(_if_ended, table, key), within=deadline - time.monotonic())


def _if_ended(table: DynamoTable, key: Key) -> Row | None:
    (row,) = table.get([key])
    return row if row and "completedAt" in row else None
