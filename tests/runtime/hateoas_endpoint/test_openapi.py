"""The API description is valid, current, complete, and true of what the endpoints really take and answer."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator

from runtime import openapi
from runtime.catalogue import ROUTES
from runtime.hateoas_endpoint.endpoint import Endpoint
from runtime.hateoas_endpoint.hal import HAL, HAL_FORMS
from runtime.hateoas_endpoint.openapi import codes_of, describe
from runtime.hateoas_endpoint.problem import Code
from runtime.hateoas_endpoint.route import PATH_PARAMETER, Access, Route
from runtime.ids import PATTERNS
from tests.runtime.fakes import Answer
from tests.runtime.golden_cases import PROBLEMS, SUCCESSES, Case
from tests.runtime.hateoas_endpoint.contract import DOCUMENT, Exchange, faults_of_answer, faults_of_request, operation_of

ROOT = Path(__file__).resolve().parents[3]
DESCRIBED = [route for route in ROUTES if route.path.startswith("/")]
CASES = {**SUCCESSES, **{f"problem.{name}": case for name, case in PROBLEMS.items()}}

Record = Callable[[Case, dict[str, str]], list[Exchange]]


@pytest.fixture
def record(monkeypatch: pytest.MonkeyPatch) -> Record:
    """Run a case and give every exchange that it had with an endpoint, those of its beginning too."""
    exchanges: list[Exchange] = []
    answer = Endpoint.answer

    def recorded(self: Endpoint, event: dict[str, Any], *others: Any) -> dict[str, Any]:
        given = answer(self, event, *others)
        exchanges.append(Exchange(self.route, event, Answer(given["statusCode"], given["headers"], given.get("body") or "")))
        return given

    def run(case: Case, headers: dict[str, str]) -> list[Exchange]:
        exchanges.clear()
        case(headers)
        return exchanges

    monkeypatch.setattr(Endpoint, "answer", recorded)
    return run


def test_the_document_is_valid_openapi() -> None:
    errors = OpenAPIV31SpecValidator(json.loads(openapi.text())).iter_errors()

    assert [str(error) for error in errors] == []


def test_the_written_document_is_current() -> None:
    written = (ROOT / "docs" / "openapi.json").read_text(encoding="utf-8")

    assert written == openapi.text(), "docs/openapi.json is not what the routes and models say: run make openapi."


def test_the_command_prints_the_document() -> None:
    command = [sys.executable, "-m", "runtime.openapi"]

    assert subprocess.run(command, cwd=ROOT, capture_output=True, check=True, text=True).stdout == openapi.text()


def test_every_route_and_no_other_is_described() -> None:
    described = {
        (operation["operationId"], method.upper(), path)
        for path, operations in DOCUMENT["paths"].items()
        for method, operation in operations.items()
    }

    assert described == {(route.name, route.method, route.path) for route in DESCRIBED}


def test_no_handler_imports_the_description() -> None:
    handlers = sorted({route.handler.rpartition(".")[0] for route in ROUTES} | {"runtime.outbox.handlers"})
    program = f"import sys, importlib\nfor name in {handlers}: importlib.import_module(name)\nprint(*sys.modules)"
    loaded = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, check=True, text=True
    ).stdout.split()

    assert not {"runtime.openapi", "runtime.hateoas_endpoint.openapi", "runtime.hateoas_endpoint.schemas"} & set(loaded)


@pytest.mark.parametrize("accepted", [HAL, HAL_FORMS])
@pytest.mark.parametrize("name", CASES)
def test_real_answers_are_as_described(name: str, accepted: str, record: Record) -> None:
    for exchange in record(CASES[name], {"Accept": accepted, "X-Correlation-Id": "contract"}):
        assert faults_of_answer(exchange.route, exchange.answer) == [], exchange.route.name


@pytest.mark.parametrize("name", SUCCESSES)
def test_real_requests_that_succeed_are_as_described(name: str, record: Record) -> None:
    for exchange in record(SUCCESSES[name], {"Accept": HAL}):
        assert faults_of_request(exchange.route, exchange.event) == [], exchange.route.name


def test_the_cases_have_every_route_answer_with_success_and_with_a_problem(record: Record) -> None:
    seen = set()
    for case in CASES.values():
        seen |= {(exchange.route.name, exchange.answer.status < 400) for exchange in record(case, {})}

    assert {name for name, succeeded in seen if succeeded} == {route.name for route in DESCRIBED}


def test_an_answer_that_is_not_as_described_is_found() -> None:
    route = next(route for route in DESCRIBED if route.name == "GetInvitation")
    body = json.dumps({"_links": {}, "surprise": 1})
    answer = Answer(200, {"Content-Type": HAL, "X-Correlation-Id": "x", "X-Surprise": "1"}, body)

    faults = " ".join(faults_of_answer(route, answer))

    for fault in ("X-Surprise", "ETag is missing", "'self' is a required property", "'surprise' was unexpected"):
        assert fault in faults
    assert faults_of_answer(route, Answer(418, {}, "")) == ["418 is not described"]


def test_every_code_is_described_as_a_problem_or_as_an_operations_error() -> None:
    responses = [response for route in DESCRIBED for response in operation_of(route)["responses"].values()]
    responses += DOCUMENT["components"]["responses"].values()
    problems = {code for response in responses for code in re.findall(r"`([A-Z_0-9]+)`", response["description"])}
    errors = set(DOCUMENT["components"]["schemas"]["OperationErrorDocument"]["properties"]["code"]["enum"])

    assert problems | errors == {code.name for code in Code}


def test_a_change_that_finds_nothing_to_do_is_described_with_what_it_answers() -> None:
    changes = {route.name: operation_of(route)["responses"]["200"] for route in DESCRIBED if route.unchanged}

    schemas = {name: response["content"][HAL]["schema"] for name, response in changes.items()}
    assert schemas == {
        "UpdateSite": {"$ref": "#/components/schemas/SiteDocument"},
        "PromoteSite": {"$ref": "#/components/schemas/PromotionPlan"},
        "UpdateSitePlugin": {"$ref": "#/components/schemas/InstalledPluginDocument"},
    }
    assert {name for name, response in changes.items() if "ETag" in response["headers"]} == {"UpdateSite"}


def test_what_is_not_finished_says_when_to_look_again() -> None:
    waiting = {
        route.name for route in DESCRIBED if "Retry-After" in operation_of(route)["responses"][str(route.success)]["headers"]
    }

    assert waiting == {route.name for route in DESCRIBED if route.success == 202} | {"GetOperation"}


@pytest.mark.parametrize("name", ["DeleteSite", "ToggleSitePlugin"])
def test_a_deletion_and_a_toggle_may_have_a_body_and_need_not(name: str) -> None:
    (operation,) = (operation_of(route) for route in DESCRIBED if route.name == name)

    assert operation["requestBody"]["required"] is False
    assert {"413", "415"} <= operation["responses"].keys()


@pytest.mark.parametrize("route", DESCRIBED, ids=lambda route: route.name)
def test_an_operation_describes_what_its_route_says(route: Route) -> None:
    operation = operation_of(route)

    assert operation["summary"] == route.title
    assert operation["security"] == ([] if route.access is Access.PUBLIC else [{"idToken": []}])
    assert ("401" in operation["responses"]) == (route.access is not Access.PUBLIC)
    successes = {route.success, 304} | ({200} if route.unchanged else set())
    assert {int(status) for status in operation["responses"]} - successes == {c.status for c in codes_of(route)}
    assert {p["name"] for p in operation["parameters"] if p.get("in") == "query"} == {p.name for p in route.query}
    assert ("requestBody" in operation) == (route.method in {"POST", "PUT", "PATCH"} or route.request is not None)
    assert "HateoasEndpoint" not in operation["description"]


def test_the_gateways_own_refusal_of_a_token_is_described() -> None:
    for route in DESCRIBED:
        if route.access is not Access.PUBLIC:
            refusal = operation_of(route)["responses"]["401"]
            assert refusal["content"]["application/json"]["schema"] == {"$ref": "#/components/schemas/GatewayMessage"}
            assert '{"message": "Unauthorized"}' in refusal["description"]


def test_every_path_parameter_has_a_form() -> None:
    assert {name for route in DESCRIBED for name in PATH_PARAMETER.findall(route.path)} <= PATTERNS.keys()


def test_a_code_that_no_problem_has_is_refused() -> None:
    with pytest.raises(KeyError, match="NOT_A_CODE"):
        describe([replace(DESCRIBED[0], codes=("NOT_A_CODE",))])
