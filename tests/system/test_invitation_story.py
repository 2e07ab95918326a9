"""The main job on the deployed portal: invite, read the mail, resend, accept, and see it accepted."""

from __future__ import annotations

from tests.system.conftest import Portal, eventually


def test_an_administrator_invites_and_the_invitee_joins_by_links_alone(portal: Portal, admin: str, address: str) -> None:
    entry = portal.call("GET", "/", admin).json
    acme = entry["_embedded"]["tenants"][0]
    create = acme["_links"]["create-invitation"]

    created = portal.call(create["method"], create["href"], admin, {"email": address, "role": "ADMIN"})

    assert created.status == 201
    first_token = portal.mailed_token(address)
    invitation = created.headers["Location"]
    eventually(lambda: portal.call("GET", invitation, admin).json["delivery"]["status"] == "SENT")

    _let_the_cooldown_pass(portal, invitation)
    resend = portal.call("GET", invitation, admin).json["_links"]["resend"]
    resent = portal.call(resend["method"], resend["href"], admin)

    assert (resent.status, resent.json["resendCount"]) == (200, 1)
    second_token = portal.mailed_token(address, number=2)
    assert second_token != first_token
    listed = portal.call("GET", acme["_links"]["invitations"]["href"], admin).json["_embedded"]["invitations"]
    assert listed[0]["email"] == address

    sign_in = portal.sign_up(address)
    accept = portal.call("GET", "/", sign_in()).json["_links"]["accept-invitation"]
    dead = portal.call(accept["method"], accept["href"], sign_in(), {"token": first_token})
    accepted = portal.call(accept["method"], accept["href"], sign_in(), {"token": second_token})

    assert (dead.status, dead.json["code"]) == (404, "INVITATION_NOT_FOUND")
    assert (accepted.status, accepted.json["status"]) == (200, "ACCEPTED")
    assert portal.call("GET", invitation, admin).json["status"] == "ACCEPTED"
    # The user's claims follow, so that a fresh token opens the tenant with the invited role.
    eventually(lambda: portal.call("GET", "/tenants/acme/invitations", sign_in()).status == 200)


def test_an_invitee_declines_without_an_account(portal: Portal, admin: str, address: str) -> None:
    created = portal.call("POST", "/tenants/acme/invitations", admin, {"email": address, "role": "VIEWER"})
    token = portal.mailed_token(address)

    declined = portal.call("POST", "/invitations/decline", body={"token": token, "reason": "not me"})
    again = portal.call("POST", "/invitations/decline", body={"token": token})

    assert (declined.status, declined.json["status"]) == (200, "DECLINED")
    assert (again.status, again.json["code"]) == (404, "INVITATION_NOT_FOUND")
    assert portal.call("GET", created.headers["Location"], admin).json["status"] == "DECLINED"


def test_a_cancelled_invitation_opens_nothing_and_frees_its_address(portal: Portal, admin: str, address: str) -> None:
    invite = {"email": address, "role": "VIEWER"}
    created = portal.call("POST", "/tenants/acme/invitations", admin, invite)
    token = portal.mailed_token(address)
    cancel = created.json["_links"]["cancel"]

    cancelled = portal.call(cancel["method"], cancel["href"], admin, headers={"If-Match": created.headers["ETag"]})

    assert (cancelled.status, cancelled.json["status"]) == (200, "CANCELLED")
    assert portal.call("POST", "/invitations/decline", body={"token": token}).status == 404
    assert portal.call("POST", "/tenants/acme/invitations", admin, invite).status == 201


def test_a_mail_the_stream_missed_is_sent_by_the_sweeper(portal: Portal, admin: str, address: str) -> None:
    with portal.stream_switched_off():
        created = portal.call("POST", "/tenants/acme/invitations", admin, {"email": address, "role": "VIEWER"})
        portal.age_outbox_entry(created.json["invitationId"])
        assert portal.mails(address) == []

        portal.sweep()

    assert portal.mailed_token(address)
    assert portal.call("GET", created.headers["Location"], admin).json["delivery"] == {"status": "SENT"}
    assert len(portal.mails(address)) == 1


def _let_the_cooldown_pass(portal: Portal, href: str) -> None:
    portal.age_invitation(href.rsplit("/", 1)[-1], tenant_id="acme")
