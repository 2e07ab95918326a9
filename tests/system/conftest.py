"""A local cloud of the tests' own, deployed by the real CDK CLI, and clients that speak HTTP to it."""

from __future__ import annotations

import json
import re
import socket
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any
from urllib.parse import urljoin, urlsplit
from uuid import uuid4

import pytest
import urllib3

from local import cloud, wordpress
from local.__main__ import token as id_token
from local.__main__ import up
from local.bed.layout import INSTALLED, bed_of
from local.clients import client
from local.settings import ROOT, Local
from runtime.clock import iso
from runtime.invitations.rows import invitation_key
from runtime.operations.rows import operation_key
from runtime.table.attributes import to_item, to_row
from runtime.table.dynamo import DynamoTable
from runtime.table.port import Key, Row, key_of
from runtime.table.unit import Unit
from runtime.tenants.domain import Tenant, TenantStatus
from runtime.tenants.rows import tenant_row

TOKEN = re.compile(r"#t=([\w-]+)")
PATIENCE_SECONDS = 30
OPERATION_SECONDS = 120


@dataclass(frozen=True)
class Reply:
    """An HTTP response."""

    status: int
    headers: Any
    text: str

    @property
    def json(self) -> Any:
        return json.loads(self.text)


@dataclass
class Portal:
    """The deployed portal, as its users and its operators see it."""

    local: Local
    stack: dict[str, Any]
    pool: urllib3.PoolManager = field(default_factory=lambda: urllib3.PoolManager(maxsize=4, retries=False, timeout=30))

    def call(
        self, method: str, href: str, token: str | None = None, body: Any = None, headers: dict[str, str] | None = None
    ) -> Reply:
        """Call the API; the href is resolved against its root as any client would."""
        sent = dict(headers or {})
        if token:
            sent["Authorization"] = f"Bearer {token}"
        if body is not None:
            sent.setdefault("Content-Type", "application/json")
        content = body if isinstance(body, str | bytes) or body is None else json.dumps(body)
        answer = self.pool.request(method, urljoin(self.stack["apiUrl"], href), body=content, headers=sent)
        return Reply(answer.status, answer.headers, answer.data.decode())

    def token(self, email: str) -> str:
        """A fresh token of a demo user."""
        return id_token(self.local, email)

    def sign_up(self, email: str) -> Callable[[], str]:
        """Make a user with a verified address and no tenant; gives what signs them in afresh."""
        cognito, password = client(self.local, "cognito-idp"), f"Test-{uuid4()}-A"
        attributes = [{"Name": "email", "Value": email}, {"Name": "email_verified", "Value": "true"}]
        pool = self.stack["userPoolId"]
        cognito.admin_create_user(UserPoolId=pool, Username=email, MessageAction="SUPPRESS", UserAttributes=attributes)
        cognito.admin_set_user_password(UserPoolId=pool, Username=email, Password=password, Permanent=True)

        def sign_in() -> str:
            answer = cognito.initiate_auth(
                ClientId=self.stack["clientId"],
                AuthFlow="USER_PASSWORD_AUTH",
                AuthParameters={"USERNAME": email, "PASSWORD": password},
            )
            return str(answer["AuthenticationResult"]["IdToken"])

        return sign_in

    @property
    def table(self) -> DynamoTable:
        """The deployed table."""
        return DynamoTable(client(self.local, "dynamodb"), self.stack["tableName"])

    def rows(self) -> list[dict[str, Any]]:
        """Everything the table holds, as DynamoDB returns it."""
        pages = client(self.local, "dynamodb").get_paginator("scan").paginate(TableName=self.stack["tableName"])
        return [item for page in pages for item in page["Items"]]

    def tenant(self, *, status: TenantStatus = TenantStatus.ACTIVE) -> str:
        """A new tenant, which only staff may enter."""
        tenant_id = f"t-{uuid4().hex[:12]}"
        unit = Unit(self.table)
        unit.put(tenant_row(Tenant(tenant_id=tenant_id, name=f"Tenant {tenant_id}", status=status)))
        unit.commit()
        return tenant_id

    def load(self, rows: Sequence[Row]) -> None:
        """Write rows, 25 at a time, as if they had always been there."""
        dynamodb = client(self.local, "dynamodb")
        items = [{"PutRequest": {"Item": to_item({"version": 1, **row})}} for row in rows]
        for start in range(0, len(items), 25):
            dynamodb.batch_write_item(RequestItems={self.stack["tableName"]: items[start : start + 25]})

    def age_invitation(self, invitation_id: str, *, tenant_id: str) -> None:
        """Let the cooldown of an invitation's last mail be over, which takes a minute otherwise."""
        self._amend(
            invitation_key(tenant_id, invitation_id), {"lastSentAt": iso(datetime.now(timezone.utc) - timedelta(minutes=2))}
        )

    def age_outbox_entry(self, invitation_id: str) -> None:
        """Let the mail of an invitation have waited for two minutes."""
        (row,) = [
            to_row(row) for row in self.rows() if row["PK"]["S"].startswith("OUTBOX#") and invitation_id in row["SK"]["S"]
        ]
        _, rest = row["SK"].split("#", 1)
        unit = Unit(self.table)
        unit.delete(key_of(row))
        unit.put({**row, "SK": f"{iso(datetime.now(timezone.utc) - timedelta(minutes=2))}#{rest}"})
        unit.commit()

    def age_operation(self, operation_id: str) -> None:
        """Let whoever is at work on an operation have been silent for longer than its lease."""
        (row,) = self.table.get([operation_key(operation_id)])
        assert row
        past = iso(datetime.now(timezone.utc) - timedelta(minutes=2))
        self._amend(operation_key(operation_id), {"leasedUntil": past, "dueAt": past, "GSI1SK": f"{past}#{operation_id}"})

    @contextmanager
    def stream_switched_off(self) -> Iterator[None]:
        """Let the dispatcher hear nothing of the table for a while."""
        functions = client(self.local, "lambda")
        mappings = functions.list_event_source_mappings()["EventSourceMappings"]
        (mapping,) = (mapping for mapping in mappings if ":dynamodb:" in mapping["EventSourceArn"])
        functions.update_event_source_mapping(UUID=mapping["UUID"], Enabled=False)
        try:
            yield
        finally:
            functions.update_event_source_mapping(UUID=mapping["UUID"], Enabled=True)

    def sweep(self, component: str = "outbox") -> None:
        """Run a sweeper now rather than within a minute."""
        name = f"bbws-portal-local-{component}-sweeper"
        answer = client(self.local, "lambda").invoke(FunctionName=name, Payload=b"{}")
        assert "FunctionError" not in answer, answer["Payload"].read()

    def ended(self, operation: str, token: str) -> Any:
        """The operation at this address, awaited until it has ended."""
        deadline = time.monotonic() + OPERATION_SECONDS
        while True:
            found = self.call("GET", f"{operation}?wait=10", token).json
            if found["status"] not in {"PENDING", "IN_PROGRESS"}:
                return found
            assert time.monotonic() < deadline, f"after {OPERATION_SECONDS} s still {found}"

    def visit(self, url: str) -> urllib3.BaseHTTPResponse:
        """A site's page as its visitors get it: every browser finds ``*.localhost`` here, Python does not."""
        parts = urlsplit(url)
        return self.pool.request("GET", f"http://127.0.0.1:{parts.port}{parts.path}", headers={"Host": parts.netloc})

    def _amend(self, key: Key, assign: dict[str, Any]) -> None:
        unit = Unit(self.table)
        unit.update(key, assign, expect={})
        unit.commit()

    def mails(self, address: str) -> list[dict[str, Any]]:
        """What the local inbox holds for an address, oldest first."""
        inbox = self.pool.request("GET", self.stack["mailInbox"]).json()["messages"]
        return [mail for account in inbox.values() for mail in account if address in mail["To"]]

    def mail(self, address: str, *, number: int = 1) -> dict[str, Any]:
        """The so-many-th mail to an address, awaited."""
        found: dict[str, Any] = eventually(lambda: self.mails(address)[number - 1])
        return found

    def mailed_token(self, address: str, *, number: int = 1) -> str:
        """The token of that mail's link."""
        return token_in(self.mail(address, number=number))


def eventually(probe: Callable[[], Any], *, within: float = PATIENCE_SECONDS) -> Any:
    """Ask again until the answer is true; the last answer, or the last fault, when patience ends."""
    deadline = time.monotonic() + within
    answer = None
    while True:
        try:
            if answer := probe():
                return answer
        except (IndexError, KeyError):
            if time.monotonic() > deadline:
                raise
        assert time.monotonic() < deadline, f"still {answer!r} after {within} s"
        time.sleep(0.1)


def token_in(mail: dict[str, Any]) -> str:
    """The token of a mail's link."""
    found = TOKEN.search(mail["BodyText"])
    assert found, "the mail has no link"
    return found[1]


def wp(portal: Portal, site_id: str, *arguments: str) -> str:
    """What the site's own wp-cli says: a witness that is not ours."""
    command = [str(INSTALLED / "bin" / "php"), str(INSTALLED / "wp-cli.phar"), "--allow-root", *arguments]
    folder = bed_of(portal.local).sites / "sites" / site_id / "public"
    environment = wordpress.maintenance_environment(portal.local)
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=True).stdout


@pytest.fixture(scope="session")
def portal(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Portal]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    local = Local(state=Path(tmp_path_factory.mktemp("cloud")), port=port)
    try:
        up(local)
        yield Portal(local, json.loads(local.stack_file.read_text()))
    finally:
        cloud.stop(local)
        wordpress.stop(local)


@pytest.fixture(scope="session")
def admin(portal: Portal) -> str:
    return portal.token("admin@acme.test")


@pytest.fixture(scope="session")
def staff(portal: Portal) -> str:
    return portal.token("staff@bbws.test")


@pytest.fixture
def address() -> str:
    return f"invitee-{uuid4().hex[:12]}@example.test"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    here = ROOT / "tests" / "system"
    for item in items:
        if item.path.is_relative_to(here):
            item.add_marker(pytest.mark.slow)
