"""What tests do with the portal, one line each: people inviting and being invited, and the mail that leaves meanwhile."""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any

from runtime.hateoas_endpoint.endpoint import Endpoint
from runtime.hateoas_endpoint.request import Request
from runtime.invitations import handlers
from runtime.invitations.domain import Invitation
from runtime.invitations.rows import invitation_from, invitation_key
from runtime.outbox.dispatch import Outcome
from runtime.outbox.performers import dispatch
from runtime.ports import Ports
from runtime.table.port import Row, key_of
from tests.runtime.fakes import Answer, FakePorts, InMemoryTable, call, claims, gateway_event, tenants

EMAIL = "new@person.test"
LAMBDA = SimpleNamespace(aws_request_id="request-1")
ADMIN = claims()
STAFF = claims(email="staff@bbws.test", groups="STAFF", tenant_ids="")


def portal(*rows: Row, creates_per_minute: int = 10) -> FakePorts:
    """Ports with the two tenants and some more rows."""
    return FakePorts(InMemoryTable(*tenants(), *rows), creates_per_minute=creates_per_minute)


def person(email: str = EMAIL, **others: str) -> dict[str, str]:
    """The claims of somebody who belongs to no tenant yet."""
    return claims(email=email, groups="", tenant_ids="", **others)


def write(ports: FakePorts, *rows: Row) -> None:
    """Let rows be in the table, however they came there."""
    ports.table.rows |= InMemoryTable(*rows).rows


def create(ports: Ports, email: str = EMAIL, *, tenant: str = "acme", role: str = "VIEWER", **options: Any) -> Answer:
    body = options.pop("body", {"email": email, "role": role})
    return call(handlers.create, ports, parameters={"tenantId": tenant}, body=body, **options)


def invited(ports: Ports, email: str = EMAIL, **options: Any) -> str:
    """Invite somebody and give the invitation's id."""
    answer = create(ports, email, **options)
    assert answer.status == 201, answer.text
    invitation_id: str = answer.json["invitationId"]
    return invitation_id


def on(endpoint: Endpoint, ports: Ports, invitation_id: str, *, tenant: str = "acme", **options: Any) -> Answer:
    """Call an endpoint of one invitation."""
    return call(endpoint, ports, parameters={"tenantId": tenant, "invitationId": invitation_id}, **options)


def get(ports: Ports, invitation_id: str, **options: Any) -> Answer:
    return on(handlers.get, ports, invitation_id, **options)


def cancel(ports: Ports, invitation_id: str, **options: Any) -> Answer:
    return on(handlers.cancel, ports, invitation_id, **options)


def resend(ports: Ports, invitation_id: str, **options: Any) -> Answer:
    return on(handlers.resend, ports, invitation_id, **options)


def listed(ports: Ports, query: str = "", *, tenant: str = "acme", **options: Any) -> Answer:
    return call(handlers.list_invitations, ports, parameters={"tenantId": tenant}, query=query, **options)


def accept(ports: Ports, token: str, *, email: str = EMAIL, **options: Any) -> Answer:
    options.setdefault("caller", person(email))
    return call(handlers.accept, ports, body=options.pop("body", {"token": token}), **options)


def decline(ports: Ports, token: str, **options: Any) -> Answer:
    return call(handlers.decline, ports, body=options.pop("body", {"token": token}), **options)


def deliver(ports: FakePorts) -> list[Outcome]:
    """Let the dispatcher carry out everything that waits."""
    return [dispatch(ports).carry_out(key_of(row)) for row in ports.table.of_type("OUTBOX")]


def mailed_tokens(ports: FakePorts) -> list[str]:
    """The tokens in the mails that were sent, oldest first, as an invitee's browser reads them from the link."""
    found = [re.search(r"#t=([\w-]{43})$", mail.text, re.MULTILINE) for mail in ports.mailer.sent]
    return [match[1] for match in found if match]


def mailed_token(ports: FakePorts) -> str:
    """Let the mail leave, and read the token of the newest one."""
    deliver(ports)
    return mailed_tokens(ports)[-1]


def stored(ports: FakePorts, invitation_id: str, *, tenant: str = "acme") -> Invitation:
    """The invitation as the table holds it."""
    return invitation_from(ports.table.rows[invitation_key(tenant, invitation_id)])


def problem(answer: Answer) -> tuple[int, str]:
    """A refusal's status and code, once it is sure that it is a problem document."""
    assert answer.headers["Content-Type"] == "application/problem+json", answer.headers
    assert answer.json["status"] == answer.status
    return answer.status, answer.json["code"]


def answer_in_thread(endpoint: Endpoint, ports: Ports, **event: Any) -> tuple[int, Mapping[str, Any]]:
    """Answer a request as :func:`call` does, but without Powertools' resolver, which serves one request at a time."""
    request = Request(endpoint.route, gateway_event(endpoint.route, **event), request_id="request-1", now=ports.now())
    representation = endpoint._represent(request, ports)
    return representation.status, representation.document or {}
