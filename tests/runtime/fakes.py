"""In-memory ports: the table with its conditions and counts, a clock that moves when told, tokens, mail and users."""

from __future__ import annotations

import base64
import copy
import json
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from hashlib import sha256
from threading import Lock
from types import SimpleNamespace
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from runtime.hateoas_endpoint.endpoint import Endpoint
from runtime.hateoas_endpoint.route import PATH_PARAMETER, Access, Route
from runtime.outbox.ports import Mail
from runtime.ports import Ports
from runtime.table.port import ABSENT, Check, Conflict, Delete, Increment, Key, Put, Query, Row, Update, Write, key_of
from runtime.tenants.domain import Tenant, TenantStatus
from runtime.tenants.rows import tenant_row
from tests.runtime.operations.wordpress import FakeAgent, FakeWordPress
from tests.runtime.plugins.directory import FakeDirectory

START = datetime(2026, 11, 23, 9, 30, 15, 250_000, tzinfo=timezone.utc)


class InMemoryTable:
    """The table port in a dict. ``calls`` counts what services did; ``before_commit`` lets a test race a commit."""

    def __init__(self, *rows: Row) -> None:
        self.rows: dict[Key, Row] = {key_of(row): {"version": 1, **row} for row in rows}
        self.calls: Counter[str] = Counter()
        self.before_commit: Callable[[], None] | None = None
        self._lock = Lock()

    def get(self, keys: Sequence[Key]) -> list[Row | None]:
        self.calls["get"] += 1
        with self._lock:
            return [copy.deepcopy(self.rows.get(key)) for key in keys]

    def query(self, query: Query) -> list[Row]:
        self.calls["query"] += 1
        pk, sk = query.index.value
        with self._lock:
            rows = [row for row in self.rows.values() if row.get(pk) == query.partition]
        found = [row for row in rows if query.low <= row[sk] <= query.high]
        found.sort(key=lambda row: row[sk], reverse=query.descending)
        if query.after is not None:
            after = query.after
            found = [row for row in found if (row[sk] < after if query.descending else row[sk] > after)]
        return copy.deepcopy(found[: query.limit])

    def commit(self, writes: Sequence[Write]) -> None:
        if self.before_commit:
            race, self.before_commit = self.before_commit, None
            race()
        with self._lock:
            self.calls["commit"] += 1
            keys = [write.key for write in writes]
            assert len(set(keys)) == len(keys), "DynamoDB refuses a transaction that names a row twice"
            failed = [write for write in writes if not self._holds(write)]
            if failed:
                refusals = [write.refusal for write in failed]
                raise (all(refusals) and refusals[0]) or Conflict(", ".join(str(write.key) for write in failed))
            for write in writes:
                self._apply(write)

    def of_type(self, entity_type: str) -> list[Row]:
        """All rows of a kind, by key."""
        return [row for _, row in sorted(self.rows.items()) if row.get("entityType") == entity_type]

    def _holds(self, write: Write) -> bool:
        row = self.rows.get(write.key)
        if isinstance(write, Increment):
            return write.below is None or row is None or row.get(write.attribute, 0) < write.below
        if write.expect is ABSENT:
            return row is None
        return not write.expect or (row is not None and all(row.get(name) == value for name, value in write.expect.items()))

    def _apply(self, write: Write) -> None:
        match write:
            case Put(row=row):
                self.rows[write.key] = copy.deepcopy(row)
            case Update(assign=assign):
                row = self.rows.setdefault(write.key, write.key.as_row())
                row.update(assign)
                row["version"] = row.get("version", 0) + 1
            case Increment(attribute=attribute, assign=assign, by=by):
                row = self.rows.setdefault(write.key, write.key.as_row())
                row.update(assign)
                row[attribute] = row.get(attribute, 0) + by
                row["version"] = row.get("version", 0) + 1
            case Delete():
                self.rows.pop(write.key, None)
            case Check():
                pass
            case _:
                raise TypeError(write)


class FakeTokens:
    """Tokens of 256 bits from the material alone."""

    def token(self, material: str) -> str:
        return base64.urlsafe_b64encode(sha256(material.encode()).digest()).decode().rstrip("=")


@dataclass
class FakeMailer:
    """Keeps what it is given; raises what ``faults`` hold first."""

    sent: list[Mail] = field(default_factory=list)
    faults: list[Exception] = field(default_factory=list)

    def send(self, mail: Mail) -> None:
        if self.faults:
            raise self.faults.pop(0)
        self.sent.append(mail)


@dataclass
class FakeUsers:
    """Keeps the roles that were set last for each user; raises what ``faults`` hold first.

    ``before_set`` lets a test do something once between the reading of the memberships and the writing of the claims.
    """

    roles: dict[str, dict[str, str]] = field(default_factory=dict)
    faults: list[Exception] = field(default_factory=list)
    before_set: Callable[[], None] | None = None

    def set_tenants(self, user_id: str, roles: dict[str, str]) -> None:
        if self.before_set:
            race, self.before_set = self.before_set, None
            race()
        if self.faults:
            raise self.faults.pop(0)
        self.roles[user_id] = dict(roles)


@dataclass
class FakeQueues:
    """Keeps the messages of each queue; raises what ``faults`` hold first."""

    sent: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    faults: list[Exception] = field(default_factory=list)

    def send(self, queue: str, message: Mapping[str, Any]) -> None:
        if self.faults:
            raise self.faults.pop(0)
        self.sent.setdefault(queue, []).append(dict(message))


@dataclass
class FakeEvents:
    """Keeps what was published; raises what ``faults`` hold first."""

    published: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    faults: list[Exception] = field(default_factory=list)

    def publish(self, name: str, detail: Mapping[str, Any]) -> None:
        if self.faults:
            raise self.faults.pop(0)
        self.published.append((name, dict(detail)))


@dataclass(kw_only=True)
class World:
    """Every port but the table; ``clock`` stands still until it is moved, and entropy counts up."""

    tokens: FakeTokens = field(default_factory=FakeTokens)
    mailer: FakeMailer = field(default_factory=FakeMailer)
    users: FakeUsers = field(default_factory=FakeUsers)
    creates_per_minute: int = 10
    queues: FakeQueues = field(default_factory=FakeQueues)
    events: FakeEvents = field(default_factory=FakeEvents)
    invitation_base_url: str = "https://portal.example/invitations"
    site_origin: str = "https://*.sites.example"
    wordpress: FakeWordPress = field(default_factory=FakeWordPress)
    directory: FakeDirectory = field(default_factory=FakeDirectory)
    clock: datetime = START
    drawn: int = 0

    def __post_init__(self) -> None:
        self.agent = FakeAgent(self.wordpress)

    def now(self) -> datetime:
        return self.clock

    def entropy(self, size: int) -> bytes:
        self.drawn += 1
        return self.drawn.to_bytes(size, "big")

    def pause(self, seconds: float) -> None:
        return

    def move(self, **delta: float) -> None:
        """Let time pass: ``move(seconds=61)``."""
        self.clock += timedelta(**delta)


@dataclass
class FakePorts(World):
    """Every port, in memory."""

    table: InMemoryTable = field(default_factory=InMemoryTable)


def tenants(*, acme: TenantStatus = TenantStatus.ACTIVE) -> list[Row]:
    """The rows of two tenants."""
    return [
        tenant_row(Tenant(tenant_id="acme", name="Acme Corporation", status=acme, tier="STANDARD")),
        tenant_row(Tenant(tenant_id="globex", name="Globex", status=TenantStatus.ACTIVE, tier="BASIC")),
    ]


def claims(*, email: str = "admin@acme.test", groups: str = "ADMIN", tenant_ids: str = "acme", **others: str) -> dict[str, str]:
    """The claims of an ID token, as the gateway hands them over."""
    named = {
        "sub": f"sub-{email}",
        "email": email,
        "email_verified": "true",
        "token_use": "id",
        "cognito:groups": f"[{groups}]",
        "custom:tenantIds": tenant_ids,
    }
    return {name: value for name, value in (named | others).items() if value}


@dataclass(frozen=True)
class Answer:
    """A handler's HTTP response."""

    status: int
    headers: Mapping[str, str]
    text: str

    @property
    def json(self) -> Any:
        return json.loads(self.text)


def call(
    endpoint: Endpoint,
    ports: Ports,
    *,
    parameters: Mapping[str, str] | None = None,
    query: str = "",
    body: Any = None,
    headers: Mapping[str, str] | None = None,
    caller: Mapping[str, str] | None = None,
    path: str | None = None,
    method: str | None = None,
    request_id: str = "request-1",
) -> Answer:
    """Call an endpoint as API Gateway does. ``caller`` are claims; a public route needs none."""
    event = gateway_event(
        endpoint.route,
        parameters=parameters, query=query, body=body, headers=headers, caller=caller, path=path, method=method,
    )  # fmt: skip
    answer = endpoint.answer(event, SimpleNamespace(aws_request_id=request_id), ports)  # type: ignore[arg-type]
    return Answer(answer["statusCode"], answer.get("headers") or {}, answer.get("body") or "")


def gateway_event(
    route: Route,
    *,
    parameters: Mapping[str, str] | None = None,
    query: str = "",
    body: Any = None,
    headers: Mapping[str, str] | None = None,
    caller: Mapping[str, str] | None = None,
    path: str | None = None,
    method: str | None = None,
) -> dict[str, Any]:
    """The event of API Gateway's HTTP API (payload format 2.0); a query parameter given twice comes joined by a comma."""
    raw_path = path or PATH_PARAMETER.sub(lambda match: (parameters or {})[match[1]], route.path)
    verb = method or (route.method if route.method != "ANY" else "GET")
    context: dict[str, Any] = {"http": {"method": verb, "path": raw_path}, "requestId": "gateway-1", "stage": "$default"}
    if route.access is not Access.PUBLIC:
        context["authorizer"] = {"jwt": {"claims": dict(caller if caller is not None else claims()), "scopes": None}}
    text = body if isinstance(body, str) or body is None else json.dumps(body)
    sent = {"content-type": "application/json"} if text is not None else {}
    event: dict[str, Any] = {
        "version": "2.0",
        "routeKey": route.key,
        "rawPath": raw_path,
        "rawQueryString": query,
        "headers": sent | {name.lower(): value for name, value in (headers or {}).items()},
        "requestContext": context,
        "isBase64Encoded": False,
    }
    if parameters:
        event["pathParameters"] = dict(parameters)
    if query:
        joined: dict[str, str] = {}
        for name, value in parse_qsl(query, keep_blank_values=True):
            joined[name] = f"{joined[name]},{value}" if name in joined else value
        event["queryStringParameters"] = joined
    if text is not None:
        event["body"] = text
    return event


def follow(href: str) -> tuple[str, str]:
    """A link's path and query."""
    parts = urlsplit(href)
    return parts.path, parts.query
