"""The ports the outbox works through beyond the portal's: mail, users, queues and the event bus."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Protocol

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


class Queues(Protocol):
    """The queues of operations; raises TransientFault."""

    def send(self, queue: str, message: Mapping[str, Any]) -> None:
        """Put a message on the queue of this name: creation, update or deletion."""
        ...


class EventBus(Protocol):
    """The stage's event bus; raises TransientFault."""

    def publish(self, name: str, detail: Mapping[str, Any]) -> None:
        """Publish an event of this name."""
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
    def queues(self) -> Queues:
        """The queues of operations."""
        ...

    @property
    def events(self) -> EventBus:
        """The event bus."""
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
    def queues(self) -> Queues:
        """SQS, with the queues that CREATION_QUEUE_URL, UPDATE_QUEUE_URL and DELETION_QUEUE_URL name."""
        from runtime.outbox.sqs import SqsQueues

        urls = {name: os.environ[f"{name.upper()}_QUEUE_URL"] for name in ("creation", "update", "deletion")}
        return SqsQueues(client("sqs"), urls)

    @property
    def events(self) -> EventBus:
        """EventBridge, with the bus EVENT_BUS_NAME."""
        from runtime.outbox.eventbridge import EventBridgeBus

        return EventBridgeBus(client("events"), os.environ["EVENT_BUS_NAME"])

    @property
    def invitation_base_url(self) -> str:
        """The stage's page, from INVITATION_BASE_URL."""
        return os.environ["INVITATION_BASE_URL"]


@cache
def environment_outbox_ports() -> EnvironmentOutboxPorts:
    """The function's ports, one set for the life of its execution environment."""
    return EnvironmentOutboxPorts()
