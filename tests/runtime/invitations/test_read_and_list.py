"""Reading one invitation and the list of them."""

from __future__ import annotations

from typing import Any

import pytest

from runtime.invitations import handlers
from runtime.tenants.domain import TenantStatus
from tests.runtime.fakes import FakePorts, InMemoryTable, call, follow, tenants
from tests.runtime.stories import (
    STAFF,
    accept,
    cancel,
    decline,
    get,
    invited,
    listed,
    mailed_token,
    portal,
    problem,
    resend,
)

FORMS = {"Accept": "application/prs.hal-forms+json"}


def ids(answer: Any) -> list[str]:
    return [item["invitationId"] for item in answer.json["_embedded"]["invitations"]]


def one_of_each(ports: FakePorts) -> dict[str, str]:
    """An invitation of every status, by status."""
    expired = invited(ports, "expired@x.test")
    ports.move(days=7)
    made = {"EXPIRED": expired}
    made["ACCEPTED"] = invited(ports, "accepted@x.test")
    assert accept(ports, mailed_token(ports), email="accepted@x.test").status == 200
    made["DECLINED"] = invited(ports, "declined@x.test")
    assert decline(ports, mailed_token(ports)).status == 200
    made["CANCELLED"] = invited(ports, "cancelled@x.test")
    assert cancel(ports, made["CANCELLED"]).status == 200
    made["PENDING"] = invited(ports, "pending@x.test")
    return made


@pytest.mark.parametrize("status", ["PENDING", "EXPIRED", "ACCEPTED", "DECLINED", "CANCELLED"])
def test_get_list_and_filter_agree_on_each_status(ports: FakePorts, status: str) -> None:
    made = one_of_each(ports)

    shown = {item["invitationId"]: item["status"] for item in listed(ports).json["_embedded"]["invitations"]}

    assert ids(listed(ports, f"status={status}")) == [made[status]]
    assert shown[made[status]] == get(ports, made[status]).json["status"] == status


@pytest.mark.parametrize(("before_expiry", "status"), [(0.001, "PENDING"), (0, "EXPIRED"), (-86400, "EXPIRED")])
def test_an_invitation_expires_by_the_clock_alone(ports: FakePorts, before_expiry: float, status: str) -> None:
    invitation_id = invited(ports)

    ports.move(days=7, seconds=-before_expiry)

    assert get(ports, invitation_id).json["status"] == status
    assert ids(listed(ports, "status=PENDING")) == ([invitation_id] if status == "PENDING" else [])
    assert ids(listed(ports, "status=EXPIRED")) == ([invitation_id] if status == "EXPIRED" else [])
    assert ports.table.calls["commit"] == 1


def test_the_list_is_newest_first(ports: FakePorts) -> None:
    made = []
    for number in range(5):
        made.append(invited(ports, f"person-{number}@x.test"))
        ports.move(milliseconds=1)

    assert ids(listed(ports)) == made[::-1]


def test_the_list_shows_only_the_tenants_own(ports: FakePorts) -> None:
    invited(ports, tenant="globex", caller=STAFF)
    ours = invited(ports)

    assert ids(listed(ports)) == ids(listed(ports, "status=PENDING")) == [ours]


def test_an_item_of_the_list_is_the_document_that_its_self_link_gives(ports: FakePorts) -> None:
    invited(ports)

    (item,) = listed(ports).json["_embedded"]["invitations"]

    path, _ = follow(item["_links"]["self"]["href"])
    assert item == get(ports, path.rsplit("/", 1)[-1]).json


def test_a_page_links_to_itself_to_the_next_to_create_and_to_the_entry(ports: FakePorts) -> None:
    for number in range(3):
        invited(ports, f"person-{number}@x.test")

    first = listed(ports, "pageSize=2")
    second = listed(ports, follow(first.json["_links"]["next"]["href"])[1])

    assert [first.json["count"], first.json["moreAvailable"]] == [2, True]
    assert [second.json["count"], second.json["moreAvailable"]] == [1, False]
    assert "next" not in second.json["_links"]
    assert first.json["_links"]["create-invitation"]["method"] == "POST"
    assert first.json["_links"]["entry"]["href"] == "/"
    assert listed(ports, follow(second.json["_links"]["self"]["href"])[1]).json == second.json


def test_twenty_items_make_a_page_when_no_size_is_asked() -> None:
    ports = portal(creates_per_minute=100)
    for number in range(21):
        invited(ports, f"person-{number}@x.test")

    assert listed(ports).json["count"] == 20


@pytest.mark.parametrize("status", [TenantStatus.SUSPENDED, TenantStatus.CLOSED])
def test_a_tenant_that_is_not_active_still_answers_reads(ports: FakePorts, status: TenantStatus) -> None:
    invitation_id = invited(ports)
    ports.move(seconds=60)
    suspended = FakePorts(InMemoryTable(*(ports.table.rows | _by_key(tenants(acme=status))).values()), clock=ports.clock)

    page, document = listed(suspended).json, get(suspended, invitation_id).json

    assert page["_unavailable"]["create-invitation"]["code"] == "TENANT_NOT_ACTIVE"
    assert document["_unavailable"]["resend"]["code"] == "TENANT_NOT_ACTIVE"
    assert "cancel" in document["_links"]


def _by_key(rows: Any) -> dict[Any, Any]:
    return InMemoryTable(*rows).rows


def test_the_links_of_an_invitation_follow_its_life(ports: FakePorts) -> None:
    invitation_id = invited(ports)
    fresh = get(ports, invitation_id).json
    ports.move(seconds=60)
    rested = get(ports, invitation_id).json
    ports.move(days=7)
    expired = get(ports, invitation_id).json
    resend(ports, invitation_id)
    cancel(ports, invitation_id)
    cancelled = get(ports, invitation_id).json

    actions = [sorted(set(document["_links"]) & {"cancel", "resend"}) for document in (fresh, rested, expired, cancelled)]
    obstacles = [{rel: o["code"] for rel, o in d.get("_unavailable", {}).items()} for d in (fresh, rested, expired, cancelled)]
    assert actions == [["cancel"], ["cancel", "resend"], ["resend"], []]
    assert obstacles == [
        {"resend": "RESEND_COOLDOWN"},
        {},
        {"cancel": "INVALID_STATE"},
        {"cancel": "INVALID_STATE", "resend": "INVALID_STATE"},
    ]
    assert fresh["_unavailable"]["resend"]["until"] == "2026-11-23T09:31:15.250Z"


def test_forms_are_given_for_exactly_the_linked_actions(ports: FakePorts) -> None:
    invitation_id = invited(ports)
    ports.move(seconds=60)

    answer = get(ports, invitation_id, headers=FORMS)

    linked = {relation for relation, link in answer.json["_links"].items() if "method" in link}
    assert answer.headers["Content-Type"] == FORMS["Accept"]
    assert set(answer.json["_templates"]) == linked == {"cancel", "resend"}
    for relation, template in answer.json["_templates"].items():
        link = answer.json["_links"][relation]
        assert (template["target"], template["method"]) == (link["href"], link["method"])
        assert template["contentType"] == "application/json"


def test_the_form_to_create_describes_the_body_that_create_takes(ports: FakePorts) -> None:
    form = listed(ports, headers=FORMS).json["_templates"]["create-invitation"]

    fields = {field["name"]: field for field in form["properties"]}
    assert list(fields) == ["email", "role", "message"]
    assert (fields["email"]["type"], fields["email"]["maxLength"], fields["email"]["required"]) == ("email", 254, True)
    assert fields["role"]["options"]["inline"] == ["ADMIN", "OPERATOR", "VIEWER"]
    assert (fields["message"]["required"], fields["message"]["maxLength"]) == (False, 500)
    filled = {"email": "form@x.test", "role": fields["role"]["options"]["inline"][0]}
    assert call(handlers.create, ports, parameters={"tenantId": "acme"}, body=filled).status == 201


@pytest.mark.parametrize("accepted", ["application/hal+json", "*/*", "application/json", ""])
def test_forms_are_given_only_on_request(ports: FakePorts, accepted: str) -> None:
    answer = listed(ports, headers={"Accept": accepted})

    assert answer.headers["Content-Type"] == "application/hal+json"
    assert "_templates" not in answer.text


def test_forms_are_given_where_they_stand_among_other_types(ports: FakePorts) -> None:
    answer = listed(ports, headers={"Accept": "application/hal+json;q=0.5, Application/PRS.hal-forms+json"})

    assert "create-invitation" in answer.json["_templates"]


@pytest.mark.parametrize("invitation_id", ["inv-01a207bd-e552-7000-8000-0000000000ff", "x", "INVITEE", "#", "ü", "x" * 3000])
def test_an_invitation_that_does_not_exist_is_not_found(ports: FakePorts, invitation_id: str) -> None:
    assert problem(get(ports, invitation_id)) == (404, "INVITATION_NOT_FOUND")
