"""The ports the outbox works through beyond the portal's: the mailer and the user directory."""

from __future__ import annotations

import os
from dataclasses import dataclass
from functools import cache
from typing import Protocol

from runtime.ports import EnvironmentPorts, Ports, client


@dataclass(frozen=True, kw_only=True)
class Mail:
    """A mail to one address."""

    to: str
    subject: str
    text: str
    html: str


class Mailer(Protocol):
    """Sends mail; raises PermanentFault or TransientFault."""

    def send(self, mail: Mail) -> None:
        """Hand a mail over to be delivered."""
        ...


class UserDirectory(Protocol):
    """The user pool, as far as the portal writes to it; raises PermanentFault or TransientFault."""

    def set_tenants(self, user_id: str, roles: dict[str, str]) -> None:
        """Let the user's next token name these tenants, with the role in each."""
        ...


class OutboxPorts(Ports, Protocol):
    """What the dispatcher and the sweeper work through."""

    @property
    def mailer(self) -> Mailer:
        """The mail service."""
        ...

    @property
    def users(self) -> UserDirectory:
        """The user pool."""
        ...

    @property
    def invitation_base_url(self) -> str:
        """Where the portal's page for invitees is."""
        ...


class EnvironmentOutboxPorts(EnvironmentPorts):
    """The outbox's ports on AWS."""

    @property
    def mailer(self) -> Mailer:
        """SES, sending as MAIL_FROM."""
        from runtime.outbox.ses import SesMailer

        return SesMailer(client("sesv2", attempts=1, read_timeout=10), os.environ["MAIL_FROM"])

    @property
    def users(self) -> UserDirectory:
        """The Cognito user pool USER_POOL_ID."""
        from runtime.outbox.cognito import CognitoUsers

        return CognitoUsers(client("cognito-idp"), os.environ["USER_POOL_ID"])

    @property
    def invitation_base_url(self) -> str:
        """The stage's page, from INVITATION_BASE_URL."""
        return os.environ["INVITATION_BASE_URL"]


@cache
def environment_outbox_ports() -> EnvironmentOutboxPorts:
    """The function's ports, one set for the life of its execution environment."""
    return EnvironmentOutboxPorts()
