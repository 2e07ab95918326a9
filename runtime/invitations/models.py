"""The bodies that the invitation endpoints take."""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field, StringConstraints, WithJsonSchema

from runtime.hateoas_endpoint.models import RequestModel

# What browsers take for <input type=email>: https://html.spec.whatwg.org/multipage/input.html#valid-e-mail-address
_LABEL = r"[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?"
_EMAIL = re.compile(rf"[a-zA-Z0-9.!#$%&'*+/=?^_`{{|}}~-]{{1,64}}@{_LABEL}(?:\.{_LABEL})+")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")


def _email(address: str) -> str:
    address = address.strip(" ")
    if len(address) > 254 or not _EMAIL.fullmatch(address):
        raise ValueError("must be an e-mail address of at most 254 characters")
    return address.lower()


def _text(text: str) -> str:
    if _CONTROL.search(text):
        raise ValueError("must not contain control characters")
    return text


def _only_text(value: Any) -> Any:
    if not isinstance(value, str):
        raise ValueError("must be text")
    return value


Email = Annotated[
    str,
    BeforeValidator(_only_text),
    AfterValidator(_email),
    WithJsonSchema({"type": "string", "format": "email", "maxLength": 254}),
]
Text = Annotated[str, StringConstraints(max_length=500), AfterValidator(_text)]
Token = Annotated[str, StringConstraints(min_length=1, max_length=200)]
InvitedRole = Literal["ADMIN", "OPERATOR", "VIEWER"]


class CreateInvitation(RequestModel):
    """Whom to invite, as what."""

    email: Email = Field(title="E-mail address")
    role: InvitedRole = Field(title="Role in the tenant")
    message: Text | None = Field(default=None, title="A personal message for the mail")


class AcceptInvitation(RequestModel):
    """The token of the mail's link."""

    token: Token = Field(title="Token of the invitation mail")


class DeclineInvitation(RequestModel):
    """The token of the mail's link and, if the invitee likes, why."""

    token: Token = Field(title="Token of the invitation mail")
    reason: Text | None = Field(default=None, title="Reason")
