"""The ways out of the network to AWS's services: what each costs by an endpoint, and what by the tasks' NAT gateways."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from ops.costs.assumptions import HOURS, KB_IN_GB
from ops.costs.lines_hosting import by_nat_gb
from ops.costs.lines_portal import derived_secrets
from ops.costs.load import Load
from ops.costs.prices import Prices

ZONES = 2
KB_A_CALL = {"KMS": 4, "SQS": 4, "ECS": 10, "DynamoDB": 8, "Secrets Manager": 6, "ECR": 20}
"""A request and its answer with what HTTPS adds, judged: bodies are some hundred bytes, and connections are kept."""

CALLS_A_TURN, CALLS_A_LOOK = 5, 3
"""Of the table: tests/runtime/operations/test_costs.py and the refresher's two writes and a read."""


@dataclass(frozen=True, kw_only=True)
class Door:
    """What ``who`` calls of a service in a month. ``today`` is the way that it goes; ``free`` says of a gateway endpoint's."""

    who: str
    service: str
    today: str
    gb: float
    cells: int
    free: bool = False

    def by_endpoint(self, prices: Prices) -> float:
        """By an endpoint in each zone of each network; gateway endpoints cost nothing."""
        if self.free:
            return 0.0
        hours = ZONES * self.cells * HOURS
        return prices["endpoint.hour"].of(hours) + prices["endpoint.gb"].of(self.gb)

    def by_nat(self, prices: Prices) -> float:
        """By the NAT gateways that are there for the tasks: their hours are paid, what they process is not."""
        return prices["nat.gb"].of(self.gb)

    def cheaper(self, prices: Prices) -> str:
        """Which of the two costs less."""
        return "endpoint" if self.by_endpoint(prices) <= self.by_nat(prices) else "NAT"


def flips_at_gb(prices: Prices) -> float:
    """From how many GB a month an endpoint costs less than the NAT gateways that are there, in one network."""
    hours = prices["endpoint.hour"].of(ZONES * HOURS)
    return hours / (prices["nat.gb"].of(1) - prices["endpoint.gb"].of(1))


def doors_of(load: Load) -> Iterator[Door]:
    """The services that functions in the network and tasks call. Functions are in one network however many cells there are."""
    jobs, asking = load.jobs, load.calls * load.assumptions.customers.asking_share
    looked = jobs * (1 + load.assumptions.work.looks)
    table = load.turns * CALLS_A_TURN + (load.looks + asking) * CALLS_A_LOOK
    replaced = load.cells * load.tasks * 4  # deployments and tasks that come and go with the load
    starts = jobs + replaced
    sites = by_nat_gb(load)
    inside = {
        "KMS": derived_secrets(load) - jobs,
        # Lambda polls the queues from outside; functions only send, and put back.
        "SQS": load.turns,
        "ECS": looked,
    }
    for service, calls in inside.items():
        yield Door(who="functions", service=service, today="interface endpoint", gb=_gb(service, calls), cells=1)
    yield Door(who="functions", service="DynamoDB", today="gateway endpoint", gb=_gb("DynamoDB", table), cells=1, free=True)
    layers = starts * load.assumptions.work.image_gb
    yield Door(who="tasks", service="S3 (layers of images)", today="gateway endpoint", gb=layers, cells=load.cells, free=True)
    outside = {
        "CloudWatch Logs": sites["logs of tasks"],
        "ECR": _gb("ECR", starts),
        "Secrets Manager": _gb("Secrets Manager", jobs),
        "KMS": _gb("KMS", jobs),
    }
    for service, gb in outside.items():
        yield Door(who="tasks", service=service, today="NAT", gb=gb, cells=load.cells)


def _gb(service: str, calls: float) -> float:
    return calls * KB_A_CALL[service] / KB_IN_GB
