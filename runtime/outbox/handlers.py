"""The two functions that carry the outbox out: the dispatcher on the table's stream, and the sweeper once a minute."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from aws_lambda_powertools.metrics import MetricUnit

from runtime.observability import logger, metrics
from runtime.outbox.dispatch import Outcome
from runtime.outbox.entries import SHARDS, Effect, effect_of, position_at, shard_partition
from runtime.outbox.performers import dispatch
from runtime.outbox.ports import OutboxPorts, environment_outbox_ports
from runtime.table.port import BOTTOM, Key, Query

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext

MISSED_AFTER = timedelta(seconds=60)
SWEEP_PAGE = 100
INVITATION_METRICS: dict[tuple[str, Outcome], str] = {
    (Effect.INVITATION_MAIL, Outcome.DONE): "InvitationsSent",
    (Effect.INVITATION_MAIL, Outcome.GIVEN_UP): "InvitationsFailed",
}


def dispatch_stream(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:  # noqa: ARG001
    """Carry out the outbox entries that a batch of stream records announces.

    No record is ever reported as failed: a fault leaves the entry to the sweeper, so that one bad record holds up no other.
    """
    keys = [_key(record) for record in event.get("Records", []) if record.get("eventName") == "INSERT"]
    _carry_out(keys, environment_outbox_ports())
    return {"batchItemFailures": []}


def sweep(event: dict[str, Any], context: LambdaContext) -> None:  # noqa: ARG001
    """Carry out the entries that are older than a minute: the stream missed them, or an earlier attempt failed."""
    ports = environment_outbox_ports()
    for shard in range(SHARDS):
        _carry_out(missed(ports, shard), ports)


def missed(ports: OutboxPorts, shard: int) -> list[Key]:
    """The oldest entries of a shard that are due for a sweep."""
    high = position_at(ports.now() - MISSED_AFTER)
    query = Query(partition=shard_partition(shard), low=BOTTOM, high=high, limit=SWEEP_PAGE, descending=False)
    return [Key(row["PK"], row["SK"]) for row in ports.table.query(query)]


def _carry_out(keys: list[Key], ports: OutboxPorts) -> None:
    dispatcher = dispatch(ports)
    outcomes: Counter[tuple[str, Outcome]] = Counter()
    for key in keys:
        logger.clear_state()
        outcome = Outcome.LATER
        try:
            outcome = dispatcher.carry_out(key)
            logger.info("carried out", outcome=outcome.value, entry=key.sk)
        except Exception:
            logger.exception("An outbox entry could not be carried out", entry=key.sk)
        outcomes[effect_of(key), outcome] += 1
    for (effect, outcome), count in outcomes.items():
        metrics.add_dimension(name="effect", value=effect)
        metrics.add_dimension(name="outcome", value=outcome)
        metrics.add_metric(name="Effects", unit=MetricUnit.Count, value=count)
        if name := INVITATION_METRICS.get((effect, outcome)):
            metrics.add_metric(name=name, unit=MetricUnit.Count, value=count)
        metrics.flush_metrics()


def _key(record: dict[str, Any]) -> Key:
    keys = record["dynamodb"]["Keys"]
    return Key(keys["PK"]["S"], keys["SK"]["S"])
