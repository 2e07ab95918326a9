"""The limits of the portal itself."""

from __future__ import annotations

from ops.costs.assumptions import SECONDS
from ops.costs.inventory import Inventory
from ops.costs.lines_portal import busy_seconds, derived_secrets, look_seconds
from ops.costs.load import Load
from ops.costs.quotas import Fixed, Quota
from runtime.health import rows as watches
from runtime.outbox import entries

DOCS = "docs.aws.amazon.com"
WRITES_OF_AN_ENTRY = 6
"""An outbox entry is put, claimed and deleted, each for two write units."""

WRITES_OF_A_WATCH = 2
"""In GSI1, whose key changes: the old place is deleted, the new one written."""

AN_OPERATION_SECONDS = 120


def _busiest(load: Load, much: float) -> float:
    """So much a second, in the busiest hour."""
    return much / SECONDS * load.assumptions.customers.busiest


def _looks_a_minute(load: Load) -> float:
    return load.prod_sites / load.settings.look_minutes


def _mails_a_day(load: Load) -> float:
    return load.users * load.assumptions.customers.mails / 30 * 3


def _functions_at_once(load: Load) -> float:
    seconds = busy_seconds(load)
    return _busiest(load, sum(seconds.values()) - seconds["looks at sites"]) + 1


def portal_quotas(load: Load) -> list[Quota]:
    """The limits that come nearer with tenants."""
    inventory = load.inventory
    return [
        Quota(
            service="Portal", name="looks of the refresher", code="PAGE of runtime/health/refresher.py",
            most=load.settings.looks_a_minute, unit="sites a minute", load=_looks_a_minute,
            meets=f"sites on PROD, each every {load.settings.look_minutes:g} minutes",
            source="this repository: PAGE times SHARDS",
            change="raise PAGE, or look less often; more sites wait longer, none is forgotten",
        ),
        Quota(
            service="Portal", name="time of the refresher", code="TIMEOUT of stacks/health_stack.py",
            most=inventory.refresher_seconds - load.settings.look_margin, unit="s a minute",
            meets=f"looks, {load.settings.looks_at_once} at once, as long as a look takes",
            load=lambda load: _looks_a_minute(load) * look_seconds(load) / load.settings.looks_at_once,
            source="this repository: the timeout less LOOK_SECONDS", change="more at once, or one invocation for each shard",
        ),
        Quota(
            service="Cognito", name="Emails sent daily by the default sender", code="not adjustable", most=50,
            unit="mails a day",
            load=_mails_a_day, meets="codes by mail, a busy day three times the average",
            source=f"{DOCS}/cognito/latest/developerguide/quotas.html",
            change="let the pool send by SES (`email=` in stacks/identity_stack.py); a launch meets this on its first day",
        ),
        Quota(
            service="Portal", name="consumers at once", code="MAX_CONCURRENCY of constructs/batch_consumer/defaults.py",
            most=inventory.most_at_once, unit="functions", meets="turns of operations, nearly all of them of one queue",
            load=lambda load: _busiest(load, load.turns * load.assumptions.work.turn_seconds),
            source="this repository", change="raise it: up to 1,000 for a queue",
        ),
        Quota(
            service="Portal", name="calls of a route", code="THROTTLE of constructs/hateoas_endpoint/defaults.py",
            most=inventory.route_throttle, unit="calls a second", meets="the most called route",
            load=lambda load: _busiest(load, load.calls * load.assumptions.customers.busiest_route),
            source="this repository", change="raise it; it is there so that one caller does not cost what all pay for",
        ),
        Quota(
            service="Lambda", name="Concurrent executions", code="L-B99A9384", most=1000, unit="functions",
            load=_functions_at_once, meets="calls, most of them waiting with ?wait=, operations and rounds",
            source=f"{DOCS}/lambda/latest/dg/gettingstarted-limits.html; a new account has less",
            change="ask for more, in a new account before the first deployment",
        ),
        Quota(
            service="API Gateway", name="Throttle quota per account, per Region", code="L-8A5B8E43", most=10_000,
            unit="calls a second", load=lambda load: _busiest(load, load.calls), meets="all calls",
            source=f"{DOCS}/apigateway/latest/developerguide/limits.html", change="ask for more",
        ),
        Quota(
            service="DynamoDB", name="writes of a partition", code="not adjustable", most=1000, unit="write units a second",
            load=lambda load: _busiest(load, load.entries * WRITES_OF_AN_ENTRY) / entries.SHARDS,
            meets="the hottest one of the table, `OUTBOX#{shard}`; those of tenants take few unfinished operations each",
            source=f"{DOCS}/amazondynamodb/latest/developerguide/bp-partition-key-design.html",
            change="raise SHARDS in runtime/outbox/entries.py, and let both dispatchers read the old and the new ones",
        ),
        Quota(
            service="DynamoDB", name="writes of an index's partition", code="not adjustable", most=1000,
            unit="write units a second", load=lambda load: load.looks * WRITES_OF_A_WATCH / SECONDS / watches.SHARDS,
            meets="`HEALTH#DUE#{shard}` of GSI1, where a watch moves with each look",
            source=f"{DOCS}/amazondynamodb/latest/developerguide/bp-partition-key-design.html",
            change="raise SHARDS in runtime/health/rows.py",
        ),
        Quota(
            service="DynamoDB", name="Table-level write throughput limit", code="its page in Service Quotas", most=40_000,
            unit="write units a second", meets="looks and operations",
            load=lambda load: load.looks * load.assumptions.work.health_writes / SECONDS + _busiest(load, load.turns * 30),
            source=f"{DOCS}/amazondynamodb/latest/developerguide/ServiceQuotas.html", change="ask for more",
        ),
        Quota(
            service="KMS", name="Cryptographic operations (symmetric) request rate", code="its page in Service Quotas",
            most=100_000, unit="requests a second", load=lambda load: derived_secrets(load) / SECONDS,
            meets="GenerateMac: one quota with what other services of the account encrypt",
            source=f"{DOCS}/kms/latest/developerguide/requests-per-second.html: eu-west-1; 10,000 in most regions",
            change="remember more than 1,024 sites in runtime/wordpress/secrets.py first: that saves the requests",
        ),
        Quota(
            service="SQS", name="in-flight messages of a queue", code="not adjustable", most=120_000, unit="messages",
            load=lambda load: _busiest(load, load.operations * AN_OPERATION_SECONDS), meets="operations under way",
            source=f"{DOCS}/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-messages.html",
            change="a queue for each cell",
        ),
        Quota(
            service="EventBridge", name="PutEvents throttle limit", code="L-9B653E91", most=10_000, unit="events a second",
            load=lambda load: _busiest(load, load.operations), meets="ends of operations",
            source=f"{DOCS}/eventbridge/latest/userguide/eb-quota.html: the largest regions, eu-west-1 to be checked",
            change="ask for more",
        ),
    ]  # fmt: skip


def portal_fixed(inventory: Inventory) -> list[Fixed]:
    """The limits that come nearer with the product rather than with its customers."""
    routes = inventory.count("AWS::ApiGatewayV2::Route")
    return [
        Fixed(
            service="CloudFormation", name="resources in a stack", most="500",
            used=f"{inventory.largest_stack} in the largest one, about {inventory.largest_stack / routes:.0f} an endpoint",
            source=f"{DOCS}/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html",
            change="a second API stack, which takes the HTTP API by its id",
        ),
        Fixed(
            service="API Gateway", name="Integrations per API", most="300, not adjustable", used=f"{routes}",
            source=f"{DOCS}/apigateway/latest/developerguide/http-api-quotas.html", change="a second API under the same domain",
        ),
        Fixed(
            service="Lambda", name="Elastic network interfaces per VPC", most="500",
            used="one for each of two subnets: functions with the same subnets and security group share them",
            source=f"{DOCS}/lambda/latest/dg/gettingstarted-limits.html", change="nothing",
        ),
        Fixed(
            service="Lambda", name="storage of functions, in a region", most="300 GB unzipped, not adjustable",
            used=f"{inventory.count('AWS::Lambda::Function')} functions, one version each, of one bundle",
            source=f"{DOCS}/lambda/latest/dg/gettingstarted-limits.html", change="look at it where versions are kept",
        ),
        Fixed(
            service="CodeDeploy", name="Concurrent deployments per account (L-AB125F0B)", most="1,300",
            used=f"{inventory.count('AWS::CodeDeploy::DeploymentGroup')} when all functions change, stack by stack",
            source=f"{DOCS}/codedeploy/latest/userguide/limits.html", change="nothing",
        ),
        Fixed(
            service="SES", name="mails a day", most="200 in the sandbox; after it what AWS sets for the account",
            used="invitations only", source=f"{DOCS}/ses/latest/dg/quotas.html",
            change="leave the sandbox before the first customer",
        ),
        Fixed(
            service="Cognito", name="length of a custom attribute", most="2,048 characters",
            used="`custom:tenantIds` and `custom:tenantRoles`: about 100 tenants of one person",
            source=f"{DOCS}/cognito/latest/developerguide/quotas.html",
            change="staff of agencies as STAFF, or claims made at sign-in",
        ),
    ]  # fmt: skip
