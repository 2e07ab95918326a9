"""Idempotency keys whose record commits with the change itself, so that a request is answered once or not at all.

The record lies in the same transaction as what it records. There is no moment in which a change exists without its record or
a record without its change, hence no "in progress" state that a crash could leave behind. (Powertools' utility writes the
record in two calls of its own, before and after.) Refusals that would be the same again are kept as well; those that a
retry is meant for, a full minute or a cooldown, are not.
"""

from __future__ import annotations

from collections.abc import Callable
from hashlib import sha256
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from runtime.hateoas_endpoint.problem import MEDIA_TYPE, BusinessException, Code, problem_document
from runtime.hateoas_endpoint.representation import Representation
from runtime.hateoas_endpoint.request import Request
from runtime.hateoas_endpoint.route import Access
from runtime.table.port import Conflict, Key, Row
from runtime.table.unit import Unit, attempts

if TYPE_CHECKING:
    from runtime.ports import Ports

KEPT_SECONDS = 24 * 3600


class _Replay(Exception):
    def __init__(self, representation: Representation) -> None:
        super().__init__("the first answer is given again")
        self.representation = representation


def transact(request: Request, ports: Ports, attempt: Callable[[Unit], Representation]) -> Representation:
    """Run a handler's read-decide-write until it commits, at most once for each Idempotency-Key.

    The first answer to a key is given again with ``Idempotency-Replayed: true``. Raises IDEMPOTENCY_KEY_REUSED for another
    request with the same key, IDEMPOTENCY_IN_FLIGHT or WRITE_CONFLICT when others keep winning the same rows.
    """
    record = _Record(request) if request.idempotency_key is not None else None

    def begin() -> Unit:
        return Unit(ports.table, guard=record.key, on_guard=record.replay) if record else Unit(ports.table)

    def recorded(unit: Unit) -> Representation:
        representation = attempt(unit)
        if record:
            unit.put(record.row(representation))
        return representation

    try:
        return attempts(begin, recorded, pause=ports.pause)
    except _Replay as replay:
        return replay.representation
    except Conflict:
        code = Code.IDEMPOTENCY_IN_FLIGHT if record else Code.WRITE_CONFLICT
        raise BusinessException(code, "Try again in a moment.", headers={"Retry-After": "1"}) from None
    except BusinessException as refusal:
        if record and not refusal.code.retryable and refusal.code is not Code.IDEMPOTENCY_KEY_REUSED:
            try:
                record.keep(refusal, ports)
            except _Replay as replay:
                return replay.representation
        raise


class _Record:
    """The record of one key: scoped by tenant, caller, route and key, and bound to one request by its digest."""

    def __init__(self, request: Request) -> None:
        caller = _digest(request.body) if request.route.access is Access.PUBLIC else request.principal.sub
        tenant = request.parameters.get("tenantId", "")
        scope = "\n".join([tenant, caller, request.route.name, request.idempotency_key or ""])
        self.key = Key(f"IDEMPOTENCY#{_digest(scope.encode())}", "IDEMPOTENCY")
        self._request = request
        self._request_digest = _digest(
            "\n".join([request.path, urlencode(sorted(request.query.items())), request.if_match or "", ""]).encode()
            + request.body
        )
        self._expires = int(request.now.timestamp()) + KEPT_SECONDS
        self._stale_version: int | None = None

    def replay(self, row: Row | None) -> None:
        """Give the first answer again if this row holds it; a row past its 24 hours counts as absent (TTL deletes late)."""
        if row is None:
            return
        if row["ttl"] <= self._request.now.timestamp():
            self._stale_version = row["version"]
            return
        if row["requestDigest"] != self._request_digest:
            raise BusinessException(
                Code.IDEMPOTENCY_KEY_REUSED, "This Idempotency-Key came with another request. Use a new key."
            )
        raise _Replay(Representation.from_record(row["answer"]))

    def row(self, representation: Representation) -> Row:
        """The row that commits with the change."""
        return {
            **self.key.as_row(),
            "entityType": "IDEMPOTENCY",
            "requestDigest": self._request_digest,
            "answer": representation.as_record(),
            "ttl": self._expires,
        }

    def keep(self, refusal: BusinessException, ports: Ports) -> None:
        """Record a refusal; where another request with this key was answered meanwhile, its answer is the answer."""
        document = problem_document(refusal, instance=self._request.path, request_id=self._request.request_id)
        answer = Representation(document=document, status=refusal.code.status, media_type=MEDIA_TYPE, headers=refusal.headers)
        unit = Unit(ports.table)
        if self._stale_version is not None:
            self.replay(*unit.get(self.key))
        unit.put(self.row(answer))
        try:
            unit.commit()
        except Conflict:
            (row,) = ports.table.get([self.key])
            self.replay(row)


def _digest(content: Any) -> str:
    return sha256(content).hexdigest()
