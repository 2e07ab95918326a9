"""What a request costs in calls of DynamoDB, recorded at botocore on the real adapter."""

from __future__ import annotations

import pytest

from runtime.invitations import handlers
from runtime.portal import handlers as portal_handlers
from tests.runtime.dynamo import DynamoPorts, recorded_table
from tests.runtime.fakes import call, claims
from tests.runtime.seeds import settled, table_of
from tests.runtime.stories import STAFF, accept, cancel, create, decline, invited, listed, mailed_token, portal, resend

OPEN = "pending@x.test"
READ, READS, LIST, WRITE = "GetItem", "BatchGetItem", "Query", "TransactWriteItems"
COSTS: dict[str, list[str]] = {
    "GetEntry": [READ],
    "GetEntry (of two tenants)": [READS],
    "GetEntry (STAFF)": [LIST],
    "ListInvitations": [READ, LIST],
    "ListInvitations (by status)": [READ, LIST],
    "GetInvitation": [READS],
    "CreateInvitation": [READS, WRITE],
    "CreateInvitation (with key)": [READS, WRITE],
    "CreateInvitation (replayed)": [READS],
    "CreateInvitation (duplicate)": [READS],
    "CreateInvitation (after an expired one)": [READS, WRITE],
    "CancelInvitation": [READS, WRITE],
    "ResendInvitation": [READS, WRITE],
    "ResendInvitation (with key)": [READS, WRITE],
    "AcceptInvitation": [READ, READS, WRITE],
    "AcceptInvitation (with key)": [READS, READS, WRITE],
    "AcceptInvitation (unknown token)": [READ],
    "DeclineInvitation": [READ, READS, WRITE],
    "DeclineInvitation (with key)": [READS, READS, WRITE],
    "Unknown": [],
    "a role refused": [],
    "a body refused": [],
}


@pytest.mark.parametrize("what", COSTS)
def test_a_request_costs_these_calls_of_dynamodb_and_no_other(what: str) -> None:
    memory = portal()
    invitation_id = invited(memory, OPEN, headers={"Idempotency-Key": "used"})
    invited(memory)
    token = mailed_token(memory)
    memory.move(seconds=60)
    with recorded_table() as table:
        table.load_from(memory.table)
        ports = DynamoPorts(table=table.table, clock=memory.clock, drawn=1000)
        key = {"Idempotency-Key": "new"} if "with key" in what else {}

        status = _perform(what, ports, invitation_id, token, key)

    assert status < 500
    assert table.calls == COSTS[what]


def _perform(what: str, ports: DynamoPorts, invitation_id: str, token: str, key: dict[str, str]) -> int:
    acme = {"tenantId": "acme"}
    match what.split(" ", 1):
        case ["GetEntry"]:
            return call(portal_handlers.entry, ports).status
        case ["GetEntry", whose]:
            caller = STAFF if whose == "(STAFF)" else claims(tenant_ids="acme,globex")
            return call(portal_handlers.entry, ports, caller=caller).status
        case ["ListInvitations", *by_status]:
            return call(handlers.list_invitations, ports, parameters=acme, query="status=PENDING" if by_status else "").status
        case ["GetInvitation"]:
            return call(handlers.get, ports, parameters=acme | {"invitationId": invitation_id}).status
        case ["CreateInvitation", "(replayed)"]:
            return create(ports, OPEN, headers={"Idempotency-Key": "used"}).status
        case ["CreateInvitation", "(duplicate)"]:
            return create(ports).status
        case ["CreateInvitation", "(after an expired one)"]:
            ports.move(days=7)
            return create(ports).status
        case ["CreateInvitation", *_]:
            return create(ports, "more@x.test", headers=key).status
        case ["CancelInvitation"]:
            return cancel(ports, invitation_id).status
        case ["ResendInvitation", *_]:
            return resend(ports, invitation_id, headers=key).status
        case ["AcceptInvitation", "(unknown token)"]:
            return accept(ports, "unknown").status
        case ["AcceptInvitation", *_]:
            return accept(ports, token, headers=key).status
        case ["DeclineInvitation", *_]:
            return decline(ports, token, headers=key).status
        case ["Unknown"]:
            return call(portal_handlers.unknown, ports, path="/nowhere").status
        case ["a", "role refused"]:
            return call(handlers.list_invitations, ports, parameters=acme, caller=claims(groups="VIEWER")).status
    return create(ports, "nobody").status


@pytest.mark.slow
def test_three_pending_among_ten_thousand_accepted_cost_one_page_and_two_calls() -> None:
    memory = table_of(10_000, status="ACCEPTED")
    with recorded_table() as table:
        table.load_from(memory)
        table.load(*settled(3, status="PENDING", first=10_000).values())
        ports = DynamoPorts(table=table.table)

        answer = listed(ports, "status=PENDING")

    assert (answer.json["count"], answer.json["moreAvailable"]) == (3, False)
    assert table.calls == [READ, LIST]
