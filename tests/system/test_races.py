"""Races on the deployed portal: two clients at the same moment, a hundred times, and one winner each time."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from tests.system.conftest import Portal, Reply, eventually, token_in

ROUNDS = 100


def test_two_creates_for_one_address_make_one_invitation(portal: Portal, staff: str) -> None:
    tenant = portal.tenant()

    def create(number: int) -> Reply:
        body = {"email": f"race-{number}@example.test", "role": "VIEWER"}
        return portal.call("POST", f"/tenants/{tenant}/invitations", staff, body)

    outcomes = [tuple(sorted(reply.status for reply in _at_once(create, create, number))) for number in range(ROUNDS)]

    assert Counter(outcomes) == {(201, 409): ROUNDS}


def test_accept_against_cancel_has_one_winner(portal: Portal, staff: str, address: str) -> None:
    tenants, tokens, sign_in = _invited_everywhere(portal, staff, address)
    invitee = sign_in()

    def accept(number: int) -> Reply:
        return portal.call("POST", "/invitations/accept", invitee, {"token": tokens[number]})

    def cancel(number: int) -> Reply:
        return portal.call("DELETE", tenants[number], staff)

    for number in range(ROUNDS):
        accepted, cancelled = _at_once(accept, cancel, number)
        status = portal.call("GET", tenants[number], staff).json["status"]
        assert (accepted.status, cancelled.status, status) in {
            (200, 422, "ACCEPTED"),
            (404, 200, "CANCELLED"),
        }
    _assert_no_member_has_a_live_token(portal)


def test_accept_against_resend_has_one_winner(portal: Portal, staff: str, address: str) -> None:
    tenants, tokens, sign_in = _invited_everywhere(portal, staff, address)
    invitee = sign_in()
    for href in tenants:
        _, _, tenant_id, _, invitation_id = href.split("/")
        portal.age_invitation(invitation_id, tenant_id=tenant_id)

    def accept(number: int) -> Reply:
        return portal.call("POST", "/invitations/accept", invitee, {"token": tokens[number]})

    def resend(number: int) -> Reply:
        return portal.call("POST", f"{tenants[number]}/resend", staff)

    for number in range(ROUNDS):
        accepted, resent = _at_once(accept, resend, number)
        status = portal.call("GET", tenants[number], staff).json["status"]
        assert (accepted.status, resent.status, status) in {(200, 422, "ACCEPTED"), (404, 200, "PENDING")}
    _assert_no_member_has_a_live_token(portal)


def _at_once(one: Callable[[int], Reply], other: Callable[[int], Reply], number: int) -> tuple[Reply, Reply]:
    with ThreadPoolExecutor(2) as clients:
        first, second = clients.submit(one, number), clients.submit(other, number)
        return first.result(), second.result()


def _invited_everywhere(portal: Portal, staff: str, address: str) -> tuple[list[str], list[str], Callable[[], str]]:
    """One address invited to a hundred new tenants: the invitations' hrefs, the mailed tokens and the invitee's sign-in."""
    sign_in = portal.sign_up(address)
    hrefs = []
    for _ in range(ROUNDS):
        tenant_id = portal.tenant()
        created = portal.call("POST", f"/tenants/{tenant_id}/invitations", staff, {"email": address, "role": "VIEWER"})
        hrefs.append(created.headers["Location"])
    eventually(lambda: len(portal.mails(address)) == ROUNDS)
    mailed = {mail["Subject"].rsplit(" ", 1)[-1]: token_in(mail) for mail in portal.mails(address)}
    return hrefs, [mailed[href.split("/")[2]] for href in hrefs], sign_in


def _assert_no_member_has_a_live_token(portal: Portal) -> None:
    rows = portal.rows()
    of_type = {kind: [row for row in rows if row.get("entityType", {}).get("S") == kind] for kind in ("TOKEN", "MEMBERSHIP")}
    live = {(row["tenantId"]["S"], row["invitationId"]["S"]) for row in of_type["TOKEN"]}
    joined = {(row["tenantId"]["S"], row["invitationId"]["S"]) for row in of_type["MEMBERSHIP"] if "invitationId" in row}
    assert joined
    assert not live & joined
