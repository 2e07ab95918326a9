"""The invitation's mail: what people typed is text in it, never markup and never a header."""

from __future__ import annotations

from dataclasses import replace
from email.message import EmailMessage
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runtime.hateoas_endpoint.route import Role
from runtime.invitations.domain import Invitation, invite
from runtime.invitations.mail import invitation_mail
from runtime.tenants.domain import Tenant, TenantStatus
from tests.runtime.fakes import START

LINK = "https://portal.example/invitations#t=abc"
TENANT = Tenant(tenant_id="acme", name="Acme", status=TenantStatus.ACTIVE)


def invitation(message: str | None = None) -> Invitation:
    return invite(
        invitation_id="inv-1", tenant_id="acme", email="a@b.test", role=Role.ADMIN, message=message, by="sub",
        by_role=Role.ADMIN, now=START,
    )  # fmt: skip


class Markup(HTMLParser):
    """The tags, links and text of a page."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.links: list[str | None] = []
        self.text = ""
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.links += [value for name, value in attrs if name == "href"]

    def handle_data(self, data: str) -> None:
        self.text += data


PLAIN = Markup(invitation_mail(invitation(), TENANT, LINK).html).tags


def test_the_mail_says_who_invites_as_what_until_when_and_carries_the_link_in_both_parts() -> None:
    mail = invitation_mail(invitation("Welcome"), TENANT, LINK)

    assert (mail.to, mail.subject) == ("a@b.test", "You are invited to Acme")
    for part in (mail.text, Markup(mail.html).text):
        assert all(fact in part for fact in ("Acme", "as admin", "30 November 2026, 09:30 UTC", "Welcome"))
    assert LINK in mail.text.splitlines()
    assert Markup(mail.html).links == [LINK]


@pytest.mark.parametrize(
    "typed",
    [
        "<script>alert(1)</script>",
        '"><img src=x onerror=alert(1)>',
        "</p><a href='https://evil.test'>here</a>",
        "{link} {0} %s",
        "&lt;b&gt;",
    ],
)
def test_markup_that_people_typed_is_shown_as_they_typed_it(typed: str) -> None:
    mail = invitation_mail(invitation(typed), replace(TENANT, name=typed), LINK)

    page = Markup(mail.html)
    assert page.links == [LINK]
    assert set(page.tags) <= {*PLAIN, "blockquote"}
    assert page.text.count(typed) == 2


@pytest.mark.parametrize(
    "name", ["Acme\r\nBcc: everybody@x.test", "Acme\nX: y", "Acme\x0bX: y", "Acme\u2028X: y", "Acme\x85X: y"], ids=repr
)
def test_a_tenants_name_adds_no_header_and_no_line(name: str) -> None:
    mail = invitation_mail(invitation(), replace(TENANT, name=name), LINK)

    assert len(mail.subject.splitlines()) == 1
    assert len(mail.text.splitlines()) == len(invitation_mail(invitation(), TENANT, LINK).text.splitlines())


@given(message=st.text(max_size=500), name=st.text(max_size=100))
def test_whatever_people_type_the_mail_has_one_link_one_subject_line_and_no_tag_of_theirs(message: str, name: str) -> None:
    mail = invitation_mail(invitation(message), replace(TENANT, name=name), LINK)

    headers = EmailMessage()
    headers["Subject"] = mail.subject
    page = Markup(mail.html)
    assert list(headers) == ["Subject"]
    assert page.links == [LINK]
    assert set(page.tags) <= {*PLAIN, "blockquote", "br"}


def test_the_lines_of_a_message_stay_lines() -> None:
    mail = invitation_mail(invitation("one\r\ntwo\nthree"), TENANT, LINK)

    assert "one<br>two<br>three" in mail.html
    assert [line for line in mail.text.splitlines() if line in {"one", "two", "three"}] == ["one", "two", "three"]
