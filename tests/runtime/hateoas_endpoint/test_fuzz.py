"""Whatever a caller sends to whichever route, the answer is never a fault and always one that the API description has."""

from __future__ import annotations

from copy import deepcopy
from typing import Any
from urllib.parse import urlencode

import pytest
from hypothesis import assume, event, given, settings
from hypothesis import strategies as st

from runtime.hateoas_endpoint.endpoint import Endpoint
from runtime.hateoas_endpoint.hal import HAL, HAL_FORMS
from runtime.hateoas_endpoint.models import model_named
from runtime.hateoas_endpoint.route import Route
from tests.runtime.fakes import FakePorts, InMemoryTable, call, claims
from tests.runtime.golden_cases import ENDPOINTS
from tests.runtime.hateoas_endpoint.contract import faults_of_answer
from tests.runtime.operations.world import OperationWorld, create_site, site_made
from tests.runtime.plugins.asking import curated
from tests.runtime.sites.asking import accepted, break_jobs, carried_out, site_deleted_softly
from tests.runtime.stories import EMAIL, STAFF, invited, mailed_token, person

EXAMPLES = 60


class Ports(FakePorts):
    """Ports whose time passes while somebody waits."""

    def pause(self, seconds: float) -> None:
        self.move(seconds=seconds)


def _world() -> tuple[FakePorts, dict[str, str]]:
    """Two tenants with an invitation, sites and operations, and what is known of them by name."""
    world = OperationWorld()
    known = {"invitationId": invited(world), "token": mailed_token(world)}
    known |= {"site": site_made(world), "deleted": site_deleted_softly(world)}
    break_jobs(world)
    known |= {"failed": carried_out(world, create_site(world)), "pending": accepted(create_site(world))}
    world.wordpress.publish("akismet", "6.0")
    curated(world)
    return Ports(table=world.table, clock=world.clock, drawn=world.drawn, wordpress=world.wordpress), known


PORTS, THINGS = _world()


def _ports() -> Ports:
    """That world for one request, which finds it as it was whatever others changed."""
    table = InMemoryTable(*PORTS.table.rows.values())
    return Ports(table=table, clock=PORTS.clock, drawn=PORTS.drawn, wordpress=deepcopy(PORTS.wordpress))


TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)
HEADER_TEXTS = st.text(st.characters(min_codepoint=0x20, max_codepoint=0xFF), max_size=40)
PATHS = TEXTS.map(lambda text: f"/{text}") | st.just("/tenants/acme/invitations")
WAITS = st.sampled_from([0, 60, 7 * 86400])
LONG = st.sampled_from(["x" * 300, "9" * 5000, "[" * 30_000, "é" * 20_000])
TAGS = st.sampled_from(['"v1"', 'W/"v1"', '"v2", "v3"', '"v0"', "*", f'"v{"9" * 5000}"', '"v٣"'])
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=8,
)
KNOWN = {
    "tenantId": ["acme"] * 8 + ["globex", "nowhere"],
    "invitationId": [THINGS["invitationId"]] * 5,
    "siteId": [THINGS["site"]] * 5,
    "operationId": [THINGS["pending"]] * 5,
    "pluginId": ["akismet"] * 5,
}
KNOWN_TO = {"RestoreSite": {"siteId": [THINGS["deleted"]] * 5}, "RetryOperation": {"operationId": [THINGS["failed"]] * 5}}
"""What routes are asked about that nothing else could succeed with."""

VALUES = {
    "email": st.sampled_from(["one@x.test", EMAIL, f" {EMAIL.upper()} ", "nobody", "a@b"]),
    "role": st.sampled_from(["ADMIN", "OPERATOR", "VIEWER", "STAFF"]),
    "token": st.just(THINGS["token"]),
    "message": TEXTS,
    "reason": TEXTS,
    "status": st.sampled_from(["ACTIVE", "SUSPENDED", "ACTIVE", "SUSPENDED", "PENDING", "EXPIRED", "COMPLETED", "OPEN"]),
    "siteName": st.sampled_from(["Shop", "x" * 100, "Ünïcode 🎉"]),
    "subdomain": st.sampled_from(["a-shop", "shop-1", "0-0"]),
    "environment": st.sampled_from(["DEV", "SIT", "PROD"]),
    "targetEnvironment": st.sampled_from(["SIT", "SIT", "DEV", "PROD"]),
    "notes": st.sampled_from(["The spring edition", "two\nlines"]),
    "users": st.sampled_from(["KEEP", "REPLACE"]),
    "comments": st.sampled_from(["KEEP", "REPLACE"]),
    "uploads": st.sampled_from(["MERGE", "REPLACE"]),
    "keepTables": st.sampled_from([[], ["wp_wc_orders"]]),
    "keepOptions": st.sampled_from([[], ["stripe_settings"]]),
    "fresh": st.sampled_from(["true", "false", "yes"]),
    "dryRun": st.sampled_from(["true", "false", "yes"]),
    "plugins": st.sampled_from([[], ["akismet"]]),
    "isActive": st.booleans(),
    "confirm": st.sampled_from(["Shop 1", "shop"]),
    "hard": st.sampled_from(["true", "false", "yes"]),
    "wait": st.sampled_from(["0", "20", "21", "9" * 5000]),
    "tenantId": st.sampled_from(["acme", "globex", "#"]),
    "siteId": st.just(THINGS["site"]),
    "operationType": st.sampled_from(["SITE_CREATION", "SITE_MOVE"]),
    "pageSize": st.sampled_from(["1", "100", "0", "101", "-1", "٣", "1.0", "9" * 5000]),
    "startAt": st.sampled_from(["bnVsbA", "W10", "e30", "WyIiLCAiIl0", "=", "-_"]),
}
CLAIMS = st.dictionaries(st.sampled_from([*claims(), "custom:tenantRoles"]) | TEXTS, TEXTS | LONG, max_size=6)
OTHERS = [STAFF, claims(groups="VIEWER"), claims(groups="USER", tenant_ids="globex"), {}]
HEADERS = st.sampled_from([{}, {"Accept": HAL_FORMS}, {"Idempotency-Key": "k"}]) | st.fixed_dictionaries(
    {},
    optional={
        "Accept": st.sampled_from([HAL, HAL_FORMS, "*/*", "text/html"]) | HEADER_TEXTS,
        "Content-Type": st.sampled_from(["application/json", "application/json; charset=utf-8"]) | HEADER_TEXTS,
        "Idempotency-Key": st.sampled_from(["k", "x" * 255]) | HEADER_TEXTS | LONG,
        "If-Match": TAGS | HEADER_TEXTS,
        "If-None-Match": TAGS | HEADER_TEXTS,
        "X-Correlation-Id": HEADER_TEXTS | LONG,
    },
)


def _callers(route: Route) -> st.SearchStrategy[dict[str, str]]:
    """More often than not somebody whom the route lets in: the invitee, or the tenant's administrator."""
    welcome = person() if route.name == "AcceptInvitation" else claims()
    return _mostly([welcome] * 6 + OTHERS, CLAIMS)


def _bodies(route: Route) -> st.SearchStrategy[Any]:
    """None, anything, bytes that are no JSON, and often the route's own members with values that may pass."""
    anything = st.none() | JSON | TEXTS | LONG
    if route.request is None:
        return st.just({}) | st.none() | anything
    names = [field.alias or name for name, field in model_named(route.request).model_fields.items()]
    near = st.fixed_dictionaries({}, optional={name: VALUES[name] | JSON for name in names})
    right = st.fixed_dictionaries({name: VALUES[name] for name in names})
    return right | near | right | anything


def _queries(route: Route) -> st.SearchStrategy[str]:
    own = {parameter.name: VALUES[parameter.name] | TEXTS for parameter in route.query}
    declared = st.fixed_dictionaries({}, optional=own)
    return st.just("") | st.one_of(declared, declared, st.dictionaries(TEXTS, TEXTS, max_size=2)).map(urlencode)


def _parameters(route: Route) -> st.SearchStrategy[dict[str, str]]:
    known = KNOWN | KNOWN_TO.get(route.name, {})
    return st.fixed_dictionaries({name: _mostly(known[name], TEXTS | LONG) for name in route.parameters})


def _mostly(usual: list[Any], wild: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """One of the usual values, and as seldom as each of them a wild one: enough requests have to come through."""
    return st.integers(0, len(usual)).flatmap(lambda number: st.just(usual[number]) if number < len(usual) else wild)


HARD: dict[str, dict[str, Any]] = {
    "deep body": {"body": "[" * 30_000},
    "deep object": {"body": '{"email":' * 3_000},
    "long number": {"body": "9" * 30_000},
    "half a surrogate": {"body": '{"token":"\\ud800","email":"\\ud800@x.test","role":"\\ud800"}'},
    "long tag": {"headers": {"If-Match": f'"v{"9" * 5000}"', "If-None-Match": f'"v{"9" * 5000}"'}},
    "long page size": {"query": f"pageSize={'9' * 5000}"},
    "deep cursor": {"query": f"startAt={'W1tb' * 10_000}"},
}


@pytest.mark.parametrize("hard", HARD)
@pytest.mark.parametrize("endpoint", ENDPOINTS, ids=lambda endpoint: endpoint.route.name)
def test_what_breaks_parsers_breaks_no_endpoint(endpoint: Endpoint, hard: str) -> None:
    parameters = {name: KNOWN[name][0] for name in endpoint.route.parameters}
    options: dict[str, Any] = {"path": "/nowhere"} if endpoint.route.method == "ANY" else {}

    answer = call(endpoint, _ports(), parameters=parameters, **options, **HARD[hard])

    assert answer.status < 500, answer.text
    assert faults_of_answer(endpoint.route, answer) == []


@pytest.mark.parametrize("endpoint", ENDPOINTS, ids=lambda endpoint: endpoint.route.name)
def test_no_request_brings_an_endpoint_down(endpoint: Endpoint) -> None:
    route = endpoint.route
    statuses: set[int] = set()
    # Made here, because to make a strategy takes longer than to draw from it.
    parameter_sets, queries, bodies, callers = _parameters(route), _queries(route), _bodies(route), _callers(route)

    @settings(max_examples=EXAMPLES)
    @given(data=st.data())
    def whatever_is_sent(data: st.DataObject) -> None:
        ports = _ports()
        ports.move(seconds=data.draw(WAITS, "seconds that have passed"))
        path = data.draw(PATHS, "path")
        options: dict[str, Any] = {"path": path} if route.method == "ANY" else {}
        parameters = data.draw(parameter_sets, "parameters")
        assume("" not in parameters.values())  # the gateway finds no route for an empty segment

        answer = call(
            endpoint,
            ports,
            parameters=parameters,
            query=data.draw(queries, "query"),
            body=data.draw(bodies, "body"),
            headers=data.draw(HEADERS, "headers"),
            caller=data.draw(callers, "claims"),
            **options,
        )

        event(f"{route.name} {answer.status}")
        statuses.add(answer.status)
        assert answer.status < 500, answer.text
        assert faults_of_answer(route, answer) == []

    whatever_is_sent()

    assert route.success in statuses, f"no request came through, only {sorted(statuses)}: the examples are too wild"
