"""No token outside the mail: not in the table, not in a log, not in a response."""

from __future__ import annotations

import json

from local.clients import client
from tests.system.conftest import TOKEN, Portal


def test_no_mailed_token_stands_in_the_table_in_a_log_or_in_an_answer(portal: Portal, admin: str, address: str) -> None:
    body = {"email": address, "role": "VIEWER", "message": f"words for {address}"}
    created = portal.call("POST", "/tenants/acme/invitations", admin, body)
    declined = portal.call("POST", "/invitations/decline", body={"token": portal.mailed_token(address)})
    tokens = {match[1] for mail in _all_mails(portal) if (match := TOKEN.search(mail["BodyText"]))}

    table, logs = json.dumps(portal.rows()), _function_logs(portal)

    assert declined.status == 200
    assert created.json["invitationId"] in logs, "the logs that are searched are the right ones"
    for token in tokens:
        assert token not in table
        assert token not in logs
        assert token not in portal.local.log.read_text(errors="replace")
        assert token not in created.text
    assert address not in logs, "logs hold no address"
    assert "words for" not in logs, "logs hold nothing that people wrote"


def _all_mails(portal: Portal) -> list[dict[str, str]]:
    inbox = portal.pool.request("GET", portal.stack["mailInbox"]).json()["messages"]
    return [mail for account in inbox.values() for mail in account]


def _function_logs(portal: Portal) -> str:
    logs = client(portal.local, "logs")
    groups = [group["logGroupName"] for group in logs.describe_log_groups()["logGroups"]]
    events = [
        event["message"]
        for group in groups
        for page in logs.get_paginator("filter_log_events").paginate(logGroupName=group)
        for event in page["events"]
    ]
    return "\n".join(events)
