"""Idempotency keys whose record commits with the change itself, so that a request is answered once or not at all.

The record lies in the same transaction as what it records. There is no moment in which a change exists without its record or
a record without its change, hence no "in progress" state that a crash could leave behind. (Powertools' utility writes the
record in two calls of its own, before and after.) Refusals that would be the same again are kept as well; those that a
retry is meant for, a full minute or a cooldown, are not.

What is done outside the table cannot commit with a record. Such a deed is decided once, and what was decided commits before it
is done, under a lease; the answer commits afterwards. A function that dies in between leaves the decision behind, and whoever
repeats the request when the lease is over has the same thing done again, not another one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from hashlib import sha256
from typing import TYPE_CHECKING, Any, Protocol, TypeVar
from urllib.parse import urlencode

from runtime.hateoas_endpoint.problem import MEDIA_TYPE, BusinessException, Code, problem_document
from runtime.hateoas_endpoint.representation import Representation
from runtime.hateoas_endpoint.request import Request
from runtime.hateoas_endpoint.route import Access
from runtime.table.port import Conflict, Key, Row, Table
from runtime.table.unit import Unit, attempts

if TYPE_CHECKING:
    from runtime.ports import Ports

KEPT_SECONDS = 24 * 3600
LEASE_SECONDS = 30
"""How long a deed is left to whoever began it: longer than any function of the API may run."""

T = TypeVar("T")


class Deed(Protocol):
    """What a request does outside the table, in parts between which its function may die."""

    def prepare(self, unit: Unit) -> None:
        """Read what it takes, and refuse what may not be done."""
        ...

    def decide(self) -> Mapping[str, Any]:
        """What is to be done, as plain data; decided once, however often the request is repeated."""
        ...

    def carry_out(self, intent: Mapping[str, Any]) -> Representation:
        """Do what was decided, or find it done, and answer."""
        ...


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

    return _kept(record, ports, lambda: attempts(begin, recorded, pause=ports.pause))


def perform(request: Request, ports: Ports, deed: Deed) -> Representation:
    """Do something outside the table, for each Idempotency-Key to the same end however often it is asked for.

    The first answer to a key is given again with ``Idempotency-Replayed: true``. Raises IDEMPOTENCY_IN_FLIGHT while the first
    request with the key may still be at it, and IDEMPOTENCY_KEY_REUSED for another one. After a fault, or a refusal that a
    retry is meant for, the key's next request goes on at once.
    """
    if request.idempotency_key is None:
        deed.prepare(Unit(ports.table))
        return deed.carry_out(deed.decide())
    record = _Record(request)

    def decided() -> Mapping[str, Any]:
        unit = Unit(ports.table, guard=record.key, on_guard=record.replay)
        deed.prepare(unit)
        record.intent = record.intent or deed.decide()
        unit.put(record.lease(request.now.timestamp() + LEASE_SECONDS))
        unit.commit()
        return record.intent

    intent = _kept(record, ports, decided)
    if isinstance(intent, Representation):
        return intent
    try:
        answer = deed.carry_out(intent)
    except BusinessException as refusal:
        record.close(ports.table, None if refusal.code.retryable else record.answer_of(refusal))
        raise
    except Exception:
        record.close(ports.table, None)
        raise
    record.close(ports.table, answer)
    return answer


def _kept(record: _Record | None, ports: Ports, attempt: Callable[[], T]) -> T | Representation:
    """What an attempt gives, or the first answer to the key; a refusal that would be the same again is recorded."""
    try:
        return attempt()
    except _Replay as replay:
        return replay.representation
    except Conflict:
        raise _try_again(Code.IDEMPOTENCY_IN_FLIGHT if record else Code.WRITE_CONFLICT) from None
    except BusinessException as refusal:
        if record and not refusal.code.retryable and refusal.code is not Code.IDEMPOTENCY_KEY_REUSED:
            try:
                record.keep(refusal, ports)
            except _Replay as replay:
                return replay.representation
        raise


def _try_again(code: Code) -> BusinessException:
    return BusinessException(code, "Try again in a moment.", headers={"Retry-After": "1"})


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
        self._version = 0
        self.intent: Mapping[str, Any] | None = None

    def replay(self, row: Row | None) -> None:
        """Give the first answer again if this row holds it; a row past its 24 hours counts as absent (TTL deletes late).

        A row without an answer holds what was decided: IDEMPOTENCY_IN_FLIGHT while whoever decided it may be at it.
        """
        if row is None:
            return
        self._version = row["version"]
        if row["ttl"] <= self._request.now.timestamp():
            self._stale_version = row["version"]
            return
        if row["requestDigest"] != self._request_digest:
            raise BusinessException(
                Code.IDEMPOTENCY_KEY_REUSED, "This Idempotency-Key came with another request. Use a new key."
            )
        if "answer" in row:
            raise _Replay(Representation.from_record(row["answer"]))
        if row["leasedUntil"] > self._request.now.timestamp():
            raise _try_again(Code.IDEMPOTENCY_IN_FLIGHT)
        self.intent = row["intent"]

    def row(self, representation: Representation) -> Row:
        """The row that commits with the change."""
        return self._row({"answer": representation.as_record()})

    def lease(self, until: float) -> Row:
        """The row that commits before the deed, which nobody else does until then (in seconds since 1970)."""
        return self._row({"intent": self.intent, "leasedUntil": int(until)})

    def close(self, table: Table, answer: Representation | None) -> None:
        """End the lease with the answer, or without one, so that the next request goes on, if none does already."""
        row = self.row(answer) if answer else self.lease(0)
        unit = Unit(table)
        unit.put({**row, "version": self._version + 2}, expect={"version": self._version + 1})
        with suppress(Conflict):
            unit.commit()

    def answer_of(self, refusal: BusinessException) -> Representation:
        """A refusal as it is answered."""
        document = problem_document(refusal, instance=self._request.path, request_id=self._request.request_id)
        return Representation(document=document, status=refusal.code.status, media_type=MEDIA_TYPE, headers=refusal.headers)

    def keep(self, refusal: BusinessException, ports: Ports) -> None:
        """Record a refusal; where another request with this key was answered meanwhile, its answer is the answer."""
        unit = Unit(ports.table)
        if self._stale_version is not None:
            self.replay(*unit.get(self.key))
        unit.put(self.row(self.answer_of(refusal)))
        try:
            unit.commit()
        except Conflict:
            (row,) = ports.table.get([self.key])
            self.replay(row)

    def _row(self, attributes: Row) -> Row:
        return {
            **self.key.as_row(),
            "entityType": "IDEMPOTENCY",
            "requestDigest": self._request_digest,
            "ttl": self._expires,
            **attributes,
        }


def _digest(content: Any) -> str:
    return sha256(content).hexdigest()
