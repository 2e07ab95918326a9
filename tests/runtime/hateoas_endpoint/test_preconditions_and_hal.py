"""Entity tags and conditional requests, and documents made of affordances."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runtime.hateoas_endpoint.hal import Affordance, Obstacle, Viewer, collection, link, resource
from runtime.hateoas_endpoint.preconditions import etag, not_modified, require_match
from runtime.hateoas_endpoint.principal import Principal
from runtime.hateoas_endpoint.problem import BusinessException, Code, retry_after
from runtime.hateoas_endpoint.route import Role
from runtime.invitations import routes
from runtime.portal.routes import ENTRY

ITEM = {"tenantId": "acme", "invitationId": "inv-1"}
SELF = {"href": "/here"}


def viewer(role: Role | None, *, forms: bool = False) -> Viewer:
    groups = frozenset([role]) if role else frozenset[Role]()
    return Viewer(Principal(sub="s", email="a@b.test", groups=groups, tenant_ids=("acme",)), wants_forms=forms)


@pytest.mark.parametrize(
    ("header", "same"),
    [
        (None, False), ('"v3"', True), ('W/"v3"', True), ('"v2", "v3"', True), ("*", True), (" * ", True),
        ('"v30"', False), ("v3", False), ('"V3"', False), ("", False), ('"v-3"', False),
    ],
)  # fmt: skip
def test_if_none_match_compares_weakly(header: str | None, same: bool) -> None:
    assert not_modified(header, 3) is same


@pytest.mark.parametrize(
    ("header", "matches"),
    [
        (None, True), ("*", True), ('"v3"', True), ('"v4"', True), ('"v5"', True), ('"v1", "v4"', True),
        ('"v2"', False), ('"v6"', False), ('W/"v4"', False), ('W/"v4", "v2"', False), ("v4", False), ("", False),
    ],
)  # fmt: skip
def test_if_match_takes_any_version_since_the_last_decision_and_compares_strongly(header: str | None, matches: bool) -> None:
    if matches:
        require_match(header, version=5, since=3)
    else:
        with pytest.raises(BusinessException, match="PRECONDITION_FAILED"):
            require_match(header, version=5, since=3)
    assert etag(5) == '"v5"'


@given(header=st.text())
def test_no_header_whatsoever_is_a_fault(header: str) -> None:
    assert not_modified(header, 10**20) == (header.strip() == "*")


@pytest.mark.parametrize(("seconds", "header"), [(-5, "1"), (0, "1"), (0.1, "1"), (1, "1"), (1.001, "2"), (59.999, "60")])
def test_a_wait_is_in_whole_seconds_and_never_zero(seconds: float, header: str) -> None:
    assert retry_after(seconds) == {"Retry-After": header}


def test_a_link_says_its_method_wherever_that_is_not_get() -> None:
    assert "method" not in link(routes.GET, ITEM)
    assert link(routes.CANCEL, ITEM) == {
        "href": "/tenants/acme/invitations/inv-1", "method": "DELETE", "title": "Cancel the invitation",
    }  # fmt: skip


def test_what_the_caller_may_do_now_is_linked_and_what_the_state_forbids_is_unavailable() -> None:
    obstacle = Obstacle(code=Code.RESEND_COOLDOWN, detail="Wait.", until="then", blocked_by="/there")

    document = resource(
        {"a": 1},
        self_link=SELF,
        viewer=viewer(Role.ADMIN),
        affordances=[Affordance(routes.CANCEL, ITEM), Affordance(routes.RESEND, ITEM, obstacle)],
    )

    assert (document["a"], list(document["_links"])) == (1, ["self", "cancel"])
    unavailable = {"code": "RESEND_COOLDOWN", "detail": "Wait.", "until": "then", "blockedBy": {"href": "/there"}}
    assert document["_unavailable"] == {"resend": unavailable}


@pytest.mark.parametrize(
    ("who", "shown"),
    [
        (viewer(Role.ADMIN), {"self", "cancel", "accept-invitation", "decline-invitation"}),
        (viewer(Role.VIEWER), {"self", "accept-invitation", "decline-invitation"}),
        (viewer(None), {"self", "accept-invitation", "decline-invitation"}),
        (Viewer(None), {"self", "decline-invitation"}),
    ],
    ids=["ADMIN", "VIEWER", "no role", "not signed in"],
)
def test_what_the_role_forbids_is_not_mentioned_at_all(who: Viewer, shown: set[str]) -> None:
    obstacle = Obstacle(code=Code.INVALID_STATE, detail="No.")
    affordances = [Affordance(route, ITEM) for route in (routes.CANCEL, routes.ACCEPT, routes.DECLINE)]
    affordances.append(Affordance(routes.RESEND, ITEM, obstacle))

    document = resource({}, self_link=SELF, viewer=who, affordances=affordances)

    assert set(document["_links"]) == shown
    assert ("_unavailable" in document) == ("cancel" in shown)


def test_a_form_stands_for_each_linked_action_and_for_no_plain_link() -> None:
    affordances = [Affordance(routes.CANCEL, ITEM), Affordance(routes.LIST, ITEM), Affordance(ENTRY)]

    document = resource({}, self_link=SELF, viewer=viewer(Role.ADMIN, forms=True), affordances=affordances)

    assert set(document["_templates"]) == {"cancel"}
    assert document["_templates"]["cancel"]["target"] == document["_links"]["cancel"]["href"]


@pytest.mark.parametrize(("next_href", "more"), [(None, False), ("/next", True)])
def test_a_page_counts_its_items_and_leads_on_while_there_is_more(next_href: str | None, more: bool) -> None:
    page = collection("things", [{"a": 1}, {"a": 2}], self_href="/here", next_href=next_href, viewer=viewer(None))

    assert (page["count"], page["moreAvailable"], page["_embedded"]) == (2, more, {"things": [{"a": 1}, {"a": 2}]})
    assert page["_links"].get("next", {}).get("href") == next_href
    assert page["_links"]["self"] == {"href": "/here"}
