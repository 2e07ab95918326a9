"""The routes of invitations: the tenant's side, and the invitee's."""

from __future__ import annotations

from runtime.hateoas_endpoint.route import PAGE_SIZE, START_AT, Access, Parameter, Role, Route

_COLLECTION = "/tenants/{tenantId}/invitations"
_ITEM = f"{_COLLECTION}/{{invitationId}}"
_HANDLERS = "runtime.invitations.handlers"
_MODELS = "runtime.invitations.models"
_DOCUMENTS = "runtime.invitations.documents"
_ADMINS = frozenset({Role.ADMIN, Role.STAFF})

STATUS = Parameter(
    name="status",
    description="Only invitations of this status.",
    one_of=("PENDING", "ACCEPTED", "DECLINED", "CANCELLED", "EXPIRED"),
)

LIST = Route(
    name="ListInvitations",
    method="GET",
    path=_COLLECTION,
    relation="invitations",
    title="The tenant's invitations",
    handler=f"{_HANDLERS}.list_invitations",
    response=f"{_DOCUMENTS}.InvitationPage",
    roles=_ADMINS,
    query=(STATUS, PAGE_SIZE, START_AT),
    codes=("INVALID_CURSOR", "TENANT_NOT_FOUND"),
)
CREATE = Route(
    name="CreateInvitation",
    method="POST",
    path=_COLLECTION,
    relation="create-invitation",
    title="Invite somebody",
    handler=f"{_HANDLERS}.create",
    request=f"{_MODELS}.CreateInvitation",
    response=f"{_DOCUMENTS}.InvitationDocument",
    roles=_ADMINS,
    success=201,
    codes=("TENANT_NOT_FOUND", "DUPLICATE_INVITATION", "USER_ALREADY_MEMBER", "TENANT_NOT_ACTIVE", "RATE_LIMITED"),
)
GET = Route(
    name="GetInvitation",
    method="GET",
    path=_ITEM,
    relation="invitation",
    title="The invitation",
    handler=f"{_HANDLERS}.get",
    response=f"{_DOCUMENTS}.InvitationDocument",
    roles=_ADMINS,
    codes=("TENANT_NOT_FOUND", "INVITATION_NOT_FOUND"),
)
CANCEL = Route(
    name="CancelInvitation",
    method="DELETE",
    path=_ITEM,
    relation="cancel",
    title="Cancel the invitation",
    handler=f"{_HANDLERS}.cancel",
    response=f"{_DOCUMENTS}.InvitationDocument",
    roles=_ADMINS,
    codes=("TENANT_NOT_FOUND", "INVITATION_NOT_FOUND", "INVALID_STATE", "PRECONDITION_FAILED"),
)
RESEND = Route(
    name="ResendInvitation",
    method="POST",
    path=f"{_ITEM}/resend",
    relation="resend",
    title="Send the invitation again",
    handler=f"{_HANDLERS}.resend",
    response=f"{_DOCUMENTS}.InvitationDocument",
    roles=_ADMINS,
    codes=(
        "TENANT_NOT_FOUND",
        "INVITATION_NOT_FOUND",
        "INVALID_STATE",
        "DUPLICATE_INVITATION",
        "USER_ALREADY_MEMBER",
        "RESEND_LIMIT_EXCEEDED",
        "RESEND_COOLDOWN",
        "TENANT_NOT_ACTIVE",
        "PRECONDITION_FAILED",
    ),
)
ACCEPT = Route(
    name="AcceptInvitation",
    method="POST",
    path="/invitations/accept",
    relation="accept-invitation",
    title="Accept an invitation with the token of its mail",
    handler=f"{_HANDLERS}.accept",
    request=f"{_MODELS}.AcceptInvitation",
    response=f"{_DOCUMENTS}.AcceptedInvitation",
    access=Access.SIGNED_IN,
    codes=("INVITATION_NOT_FOUND", "INVITATION_EXPIRED", "FORBIDDEN", "USER_ALREADY_MEMBER", "TENANT_NOT_ACTIVE"),
)
DECLINE = Route(
    name="DeclineInvitation",
    method="POST",
    path="/invitations/decline",
    relation="decline-invitation",
    title="Decline an invitation with the token of its mail",
    handler=f"{_HANDLERS}.decline",
    request=f"{_MODELS}.DeclineInvitation",
    response=f"{_DOCUMENTS}.DeclinedInvitation",
    access=Access.PUBLIC,
    public_reason="Who declines need not have an account; the 256-bit token of the mail is what authorizes.",
    codes=("INVITATION_NOT_FOUND", "INVITATION_EXPIRED", "TENANT_NOT_ACTIVE"),
)

ROUTES = (LIST, CREATE, GET, CANCEL, RESEND, ACCEPT, DECLINE)
