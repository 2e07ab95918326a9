"""The whole asynchronous half in memory: API, table, outbox, queues, consumers and WordPress, moved on by one clock."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from typing import Any

from runtime.batch_consumer.consumer import Consumer
from runtime.operations.domain import Operation
from runtime.operations.rows import operation_from, operation_key
from runtime.operations.sweep import send_overdue
from runtime.outbox.performers import dispatch
from runtime.sites import consumers, handlers
from runtime.sites.domain import Site
from runtime.sites.purge import purge_due
from runtime.sites.rows import site_from, site_key
from runtime.table.port import key_of
from tests.runtime.batch_consumer.queues import InMemoryQueue, lambda_context
from tests.runtime.fakes import Answer, FakePorts, InMemoryTable, call, tenants
from tests.runtime.operations.maintenance import FakeMaintenance

CONSUMERS: Mapping[str, Consumer[Any, Any]] = {
    "creation": consumers.creation,
    "update": consumers.update,
    "deletion": consumers.deletion,
}


class QueuesInMemory:
    """The dispatcher's queues, which are those that the consumers receive from; raises what ``faults`` hold first."""

    def __init__(self, queues: Mapping[str, InMemoryQueue]) -> None:
        self._queues = queues
        self.faults: list[Exception] = []

    def send(self, queue: str, message: Mapping[str, Any]) -> None:
        if self.faults:
            raise self.faults.pop(0)
        self._queues[queue].send(json.dumps(message), {}, delay=0)


class Killed(BaseException):
    """The worker's process dies here: nothing of it runs any further, no handler, no acknowledgement."""


@dataclass
class Killer:
    """Kills the worker at its so-many-th call of a port, right before or right after, or at ``every`` call of this name."""

    at: int = 0
    every: str = ""
    after: bool = False
    calls: list[str] = field(default_factory=list)

    def call(self, name: str, function: Callable[..., Any], *arguments: Any, **named: Any) -> Any:
        self.calls.append(name)
        fatal = len(self.calls) == self.at or name == self.every
        if fatal and not self.after:
            raise Killed(name)
        answer = function(*arguments, **named)
        if fatal:
            raise Killed(name)
        return answer


class Watched:
    """A port whose calls the killer sees."""

    def __init__(self, name: str, port: Any, killer: Killer) -> None:
        self._name, self._port, self._killer = name, port, killer

    def __getattr__(self, name: str) -> Any:
        member = getattr(self._port, name)
        return partial(self._killer.call, f"{self._name}.{name}", member) if callable(member) else member


class PortsOf:
    """The world's ports as the consumer of one queue has them."""

    def __init__(self, world: OperationWorld, queue: InMemoryQueue) -> None:
        self._world = world
        self.queue = Watched("queue", queue, world.killer)

    def __getattr__(self, name: str) -> Any:
        port = getattr(self._world, name)
        return Watched(name, port, self._world.killer) if name in {"table", "maintenance", "agent"} else port


@dataclass
class OperationWorld(FakePorts):
    """Everything an operation meets between its request and its end."""

    table: InMemoryTable = field(default_factory=lambda: InMemoryTable(*tenants()))
    retry_base_seconds: int = 60
    sweeping: bool = True
    killer: Killer = field(default_factory=Killer)

    def __post_init__(self) -> None:
        super().__post_init__()
        self.maintenance = FakeMaintenance(self.wordpress)
        self.lines = {name: InMemoryQueue(self.now) for name in CONSUMERS}
        self.queues = QueuesInMemory(self.lines)  # type: ignore[assignment]
        self._swept = self.clock

    # --- moving on

    def dispatch(self) -> None:
        """Let the dispatcher carry out what the outbox holds."""
        for row in self.table.of_type("OUTBOX"):
            dispatch(self).carry_out(key_of(row))

    def consume(self, name: str, *, remaining: float | Callable[[], float] = 150) -> int:
        """Let one batch of a queue be consumed; how many records there were."""
        queue = self.lines[name]
        batch = queue.receive()
        if batch:
            event = {"Records": [letter.record for letter in batch]}
            try:
                answer = CONSUMERS[name].answer(event, lambda_context(remaining), PortsOf(self, queue))
            except Killed:
                return len(batch)
            queue.acknowledge(batch, answer)
        return len(batch)

    def sweep(self) -> None:
        """Let the sweeper look after operations and purges."""
        send_overdue(self)
        purge_due(self)
        self._swept = self.clock

    def run(self, *, minutes: float = 60) -> None:
        """Let everything happen that will, as the clock brings it about, until nothing is left or time is up."""
        end = self.clock + timedelta(minutes=minutes)
        while self.clock <= end:
            self.dispatch()
            if sum(self.consume(name) for name in CONSUMERS):
                continue
            moments = [letter.visible_at for queue in self.lines.values() for letter in queue.letters]
            if self.sweeping and any("GSI1PK" in row for row in self.table.of_type("OPERATION")):
                moments.append(self._swept + timedelta(minutes=1))
            if not moments:
                return
            self.clock = max(self.clock, min(moments))
            if self.sweeping and self.clock >= self._swept + timedelta(minutes=1):
                self.sweep()

    # --- looking

    @property
    def dead_letters(self) -> list[tuple[str, Mapping[str, str]]]:
        """The queue and the attributes of every dead letter."""
        return [(name, letter.attributes) for name, queue in self.lines.items() for letter in queue.dead]

    @property
    def event_names(self) -> list[str]:
        """The names of the events that were published."""
        return [name for name, _ in self.events.published]

    def operation(self, operation_id: str) -> Operation:
        """An operation as the table holds it."""
        return operation_from(self.table.rows[operation_key(operation_id)])

    def site(self, site_id: str, *, tenant: str = "acme") -> Site:
        """A site as the table holds it."""
        return site_from(self.table.rows[site_key(tenant, site_id)])

    def count(self, what: str, *, tenant: str = "acme") -> int:
        """A count of a tenant's: UNFINISHED operations, or sites as in QUOTA#DEV."""
        key = next((key for key in self.table.rows if key.pk == f"TENANT#{tenant}" and key.sk == what), None)
        row: dict[str, Any] = self.table.rows[key] if key else {}
        return int(row.get("unfinished", row.get("sites", 0)))

    # --- doing

    def redrive(self) -> None:
        """Put every dead letter back on its queue, as ``make redrive`` does."""
        for queue in self.lines.values():
            dead, queue.dead = queue.dead, []
            for letter in dead:
                queue.send(letter.body, letter.attributes, delay=0)


def create_site(world: FakePorts, *, tenant: str = "acme", **options: Any) -> Answer:
    """Ask for a site."""
    number = len(world.table.of_type("SITE")) + 1
    body = {"siteName": f"Shop {number}", "subdomain": f"shop-{number}", "environment": "DEV", **options.pop("body", {})}
    return call(handlers.create, world, parameters={"tenantId": tenant}, body=body, **options)


def site_made(world: OperationWorld, **options: Any) -> str:
    """A site that was asked for and made; its id."""
    answer = create_site(world, **options)
    assert answer.status == 202, answer.text
    world.run()
    site_id: str = answer.json["siteId"]
    assert world.site(site_id, tenant=answer.json["tenantId"]).status == "ACTIVE"
    return site_id


def on_site(endpoint: Any, world: FakePorts, site_id: str, *, tenant: str = "acme", **options: Any) -> Answer:
    """Call an endpoint of one site."""
    return call(endpoint, world, parameters={"tenantId": tenant, "siteId": site_id}, **options)
