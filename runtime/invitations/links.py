"""The links of invitations: which documents clients see, for the domain's objects and the caller at hand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from runtime.clock import iso
from runtime.hateoas_endpoint.hal import Affordance, Document, Obstacle, Viewer, collection, link, resource
from runtime.hateoas_endpoint.pages import page_hrefs
from runtime.hateoas_endpoint.problem import Code
from runtime.hateoas_endpoint.request import PageRequest
from runtime.invitations import routes
from runtime.invitations.domain import Invitation, Status
from runtime.invitations.rows import invitation_row
from runtime.portal.routes import ENTRY
from runtime.tenants.domain import Tenant, not_active

_SHOWN = (
    "invitationId",
    "tenantId",
    "email",
    "role",
    "message",
    "status",
    "expiresAt",
    "resendCount",
    "createdAt",
    "createdBy",
    "updatedAt",
    "lastSentAt",
    "delivery",
)


def invitation_document(invitation: Invitation, tenant: Tenant, viewer: Viewer, now: datetime) -> Document:
    """An invitation as an administrator of its tenant sees it."""
    row = invitation_row(invitation)
    body = {name: row[name] for name in _SHOWN if name in row} | {"status": invitation.status(now).value}
    parameters = {"tenantId": invitation.tenant_id, "invitationId": invitation.invitation_id}
    affordances = (
        Affordance(routes.CANCEL, parameters, Obstacle.of(invitation.cancel_refusal(now))),
        Affordance(routes.RESEND, parameters, _resend_obstacle(invitation, tenant, now)),
        Affordance(routes.LIST, parameters),
    )
    return resource(body, self_link={"href": routes.GET.href(parameters)}, viewer=viewer, affordances=affordances)


def page_document(
    invitations: Sequence[Invitation], position: str | None, *, tenant: Tenant, page: PageRequest, viewer: Viewer, now: datetime
) -> Document:
    """A page of invitations; ``position`` is where the next one begins, None on the last."""
    own, following = page_hrefs(routes.LIST, {"tenantId": tenant.tenant_id}, page, position)
    return collection(
        "invitations",
        [invitation_document(invitation, tenant, viewer, now) for invitation in invitations],
        self_href=own,
        next_href=following,
        viewer=viewer,
        affordances=[create_affordance(tenant)],
        links={"entry": link(ENTRY)},
    )


def create_affordance(tenant: Tenant) -> Affordance:
    """Inviting somebody to a tenant, which only an active one takes."""
    obstacle = None if tenant.is_active else Obstacle.of(not_active())
    return Affordance(routes.CREATE, {"tenantId": tenant.tenant_id}, obstacle)


def accepted_document(invitation: Invitation, viewer: Viewer) -> Document:
    """The invitation as its invitee sees it after accepting; the tenant opens with their next sign-in."""
    row = invitation_row(invitation)
    body = {name: row[name] for name in ("invitationId", "tenantId", "email", "role", "status")}
    body["acceptedAt"] = iso(invitation.updated_at)
    return resource(body, self_link=link(routes.ACCEPT), viewer=viewer, links={"entry": link(ENTRY)})


def declined_document(invitation: Invitation, viewer: Viewer) -> Document:
    """The invitation as its invitee sees it after declining."""
    body = {"invitationId": invitation.invitation_id, "status": Status.DECLINED.value}
    return resource(body, self_link=link(routes.DECLINE), viewer=viewer)


def _resend_obstacle(invitation: Invitation, tenant: Tenant, now: datetime) -> Obstacle | None:
    obstacle = Obstacle.of(invitation.resend_refusal(now, tenant=tenant))
    if obstacle and obstacle.code is Code.DUPLICATE_INVITATION and invitation.superseded_by:
        parameters = {"tenantId": invitation.tenant_id, "invitationId": invitation.superseded_by}
        return replace(obstacle, blocked_by=routes.GET.href(parameters))
    return obstacle
