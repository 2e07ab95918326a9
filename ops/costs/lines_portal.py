"""What the portal itself costs: API, functions, table, queues, identity, mail, keys."""

from __future__ import annotations

from collections.abc import Iterator

from ops.costs.assumptions import MINUTES
from ops.costs.bill import Line
from ops.costs.load import Load

PURPOSE = "Functions (Lambda)"
SECONDS_A_LOOK = {"warm": 0.8, "compiled": 3.0}
"""How long a look at a site keeps one of the refresher's threads: that long do its slowest of four answers take."""


def portal_lines(load: Load) -> Iterator[Line]:
    """The lines of the portal."""
    yield from _functions(load)
    yield Line(resource="API (API Gateway)", item="calls", quantity=load.calls, price="http-api.request")
    yield from _table(load)
    yield from _queues(load)
    plan = "cognito.plus" if load.inventory.plus else "cognito.essentials"
    yield Line(resource="Identity (Cognito)", item="people who sign in", quantity=load.users, price=plan)
    yield from _mail(load)
    yield from _keys(load)


def invocations(load: Load) -> float:
    """How often functions are called."""
    return load.calls + load.rounds + load.turns + load.entries


def look_seconds(load: Load) -> float:
    """How long a look takes on average."""
    warm, compiled = SECONDS_A_LOOK["warm"], SECONDS_A_LOOK["compiled"]
    return warm + (compiled - warm) * load.compiled_share


def busy_seconds(load: Load) -> dict[str, float]:
    """How long functions run, by what for."""
    work = load.assumptions.work
    asking = load.calls * load.assumptions.customers.asking_share
    return {
        "calls of the API": (load.calls - asking) * work.call_seconds + asking * work.asked_seconds,
        "waiting for operations (?wait=)": load.operations * work.watched_seconds,
        "operations": load.turns * work.turn_seconds + load.entries * work.call_seconds,
        "rounds each minute": load.rounds * work.swept_seconds,
        "looks at sites": load.looks * look_seconds(load) / load.settings.looks_at_once,
    }


def _functions(load: Load) -> Iterator[Line]:
    yield Line(resource=PURPOSE, item="invocations", quantity=invocations(load), price="lambda.request")
    for what, seconds in busy_seconds(load).items():
        yield Line(resource=PURPOSE, item=what, quantity=seconds * load.inventory.function_gb, price="lambda.gb-second")


def _table(load: Load) -> Iterator[Line]:
    work, name = load.assumptions.work, "Table (DynamoDB)"
    written = load.tenants * sum(kind.often * kind.writes for kind in load.assumptions.kinds)
    writes = written + load.more_looks_at_jobs * work.look_writes + load.looks * work.health_writes
    reads = load.calls * work.call_reads + load.rounds * work.swept_reads + load.looks * work.health_reads + load.turns * 2
    yield Line(resource=name, item="writes", quantity=writes, price="dynamodb.write")
    yield Line(resource=name, item="reads", quantity=reads, price="dynamodb.read")
    yield Line(resource=name, item="storage", quantity=load.table_gb, price="dynamodb.storage")
    yield Line(resource=name, item="point-in-time recovery", quantity=load.table_gb, price="dynamodb.recovery")


def polling(load: Load) -> float:
    """The requests by which Lambda waits for messages, whether or not any come."""
    return load.assumptions.work.polls * MINUTES * load.inventory.polled_queues


def _queues(load: Load) -> Iterator[Line]:
    name = "Queues (SQS)"
    yield Line(resource=name, item="waiting for messages", quantity=polling(load), price="sqs.request")
    # Sent, received, and deleted or put back.
    yield Line(resource=name, item="messages", quantity=load.turns * 3, price="sqs.request")


def _mail(load: Load) -> Iterator[Line]:
    name, watched = "Mail and events (SES, SNS, EventBridge)", load.assumptions.watched
    invitations = load.tenants * load.assumptions.customers.invitations
    yield Line(resource=name, item="invitations", quantity=invitations, price="ses.mail")
    yield Line(resource=name, item="mails of alarms", quantity=watched.alarm_mails, price="sns.mail")
    yield Line(resource=name, item="ends of operations", quantity=load.operations, price="eventbridge.event")


def derived_secrets(load: Load) -> float:
    """How often the secret of a site is derived: with every look, once there are more sites than a function remembers."""
    starts = min(load.sites, load.settings.remembered_sites) * load.assumptions.work.starts
    forgotten = load.looks if load.prod_sites > load.settings.remembered_sites else 0.0
    return starts + forgotten + load.jobs


def _keys(load: Load) -> Iterator[Line]:
    stage, cell, name = load.inventory.stage, load.inventory.cell, "Keys and secrets (KMS, Secrets Manager)"
    keys = stage.keys + cell.keys * (load.cells - 1)
    secrets = stage.secrets + cell.secrets * (load.cells - 1)
    yield Line(resource=name, item="keys", quantity=keys, price="kms.key")
    yield Line(resource=name, item="secrets of sites derived", quantity=derived_secrets(load), price="kms.request")
    yield Line(resource=name, item="secrets", quantity=secrets, price="secrets.secret")
    yield Line(resource=name, item="secrets read by jobs", quantity=load.jobs, price="secrets.request")
