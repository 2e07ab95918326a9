"""The handlers of the invitation endpoints."""

from __future__ import annotations

import re

from aws_lambda_powertools.metrics import MetricUnit

from runtime.hateoas_endpoint.endpoint import endpoint
from runtime.hateoas_endpoint.hal import Document
from runtime.hateoas_endpoint.idempotency import transact
from runtime.hateoas_endpoint.preconditions import not_modified
from runtime.hateoas_endpoint.representation import Representation, media_type_for
from runtime.hateoas_endpoint.request import Request
from runtime.hateoas_endpoint.route import Role, role_named
from runtime.ids import INVITATION_ID, RANDOM_BYTES, new_id
from runtime.invitations import links, routes, service
from runtime.invitations.domain import Invitation, Status
from runtime.invitations.rows import invitation_from
from runtime.observability import metrics
from runtime.ports import Ports
from runtime.table.unit import Unit
from runtime.tenants.domain import Tenant
from runtime.tenants.rows import existing_tenant, tenant_key

_POSITION = re.compile(rf"(?:\d{{4}}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{{3}}Z#)?{INVITATION_ID.pattern}")


@endpoint(routes.LIST)
def list_invitations(request: Request, ports: Ports) -> Representation:
    """List a tenant's invitations, newest first."""
    page = request.page()
    status = Status(page.filters["status"]) if "status" in page.filters else None
    after = request.position(page, _POSITION)
    tenant = existing_tenant(ports.table.get([tenant_key(request.tenant_id)])[0])
    rows, position = service.read_page(
        ports.table, request.tenant_id, status=status, size=page.size, after=after, now=request.now
    )
    invitations = [invitation_from(row) for row in rows]
    return _found(links.page_document(invitations, position, tenant=tenant, page=page, viewer=request.viewer, now=request.now))


@endpoint(routes.CREATE)
def create(request: Request, ports: Ports) -> Representation:
    """Invite an address."""
    from runtime.invitations.models import CreateInvitation

    body = request.json(CreateInvitation)
    invitation_id = new_id("inv", now=request.now, random=ports.entropy(RANDOM_BYTES))

    def attempt(unit: Unit) -> Representation:
        invitation, tenant = service.create(
            unit, ports, tenant_id=request.tenant_id, invitation_id=invitation_id, email=body.email,
            role=role_named(body.role) or Role.VIEWER, message=body.message, principal=request.principal, now=request.now,
        )  # fmt: skip
        location = routes.GET.href({"tenantId": request.tenant_id, "invitationId": invitation_id})
        return _invitation(invitation, tenant, request, status=201, location=location)

    return transact(request, ports, attempt)


@endpoint(routes.GET)
def get(request: Request, ports: Ports) -> Representation:
    """Get an invitation."""
    invitation, tenant = service.read(ports.table, request.tenant_id, request.parameters["invitationId"])
    version = invitation.version_at(request.now)
    if not_modified(request.if_none_match, version):
        return Representation(document=None, status=304, version=version)
    return _invitation(invitation, tenant, request)


@endpoint(routes.CANCEL)
def cancel(request: Request, ports: Ports) -> Representation:
    """Cancel a pending invitation."""

    def attempt(unit: Unit) -> Representation:
        invitation, tenant = service.cancel(
            unit, tenant_id=request.tenant_id, invitation_id=request.parameters["invitationId"],
            if_match=request.if_match, now=request.now,
        )  # fmt: skip
        return _invitation(invitation, tenant, request)

    return transact(request, ports, attempt)


@endpoint(routes.RESEND)
def resend(request: Request, ports: Ports) -> Representation:
    """Send an invitation again."""

    def attempt(unit: Unit) -> Representation:
        invitation, tenant = service.resend(
            unit, ports, tenant_id=request.tenant_id, invitation_id=request.parameters["invitationId"],
            if_match=request.if_match, now=request.now,
        )  # fmt: skip
        return _invitation(invitation, tenant, request)

    return transact(request, ports, attempt)


@endpoint(routes.ACCEPT)
def accept(request: Request, ports: Ports) -> Representation:
    """Accept an invitation as its invitee."""
    from runtime.invitations.models import AcceptInvitation

    body = request.json(AcceptInvitation)

    def attempt(unit: Unit) -> Representation:
        invitation = service.accept(unit, token=body.token, principal=request.principal, now=request.now)
        return _found(links.accepted_document(invitation, request.viewer))

    accepted = transact(request, ports, attempt)
    if not accepted.is_replay:
        metrics.add_metric(name="InvitationsAccepted", unit=MetricUnit.Count, value=1)
    return accepted


@endpoint(routes.DECLINE)
def decline(request: Request, ports: Ports) -> Representation:
    """Decline an invitation with the token of its mail."""
    from runtime.invitations.models import DeclineInvitation

    body = request.json(DeclineInvitation)

    def attempt(unit: Unit) -> Representation:
        invitation = service.decline(unit, token=body.token, reason=body.reason, now=request.now)
        return _found(links.declined_document(invitation, request.viewer))

    return transact(request, ports, attempt)


def _invitation(
    invitation: Invitation, tenant: Tenant, request: Request, *, status: int = 200, location: str | None = None
) -> Representation:
    document = links.invitation_document(invitation, tenant, request.viewer, request.now)
    return _found(document, status=status, version=invitation.version_at(request.now), location=location)


def _found(document: Document, *, status: int = 200, version: int | None = None, location: str | None = None) -> Representation:
    media_type = media_type_for(document)
    return Representation(document=document, status=status, version=version, location=location, media_type=media_type)
