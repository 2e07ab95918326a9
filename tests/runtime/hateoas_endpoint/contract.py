"""Holds real requests and answers against the API description."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from jsonschema import Draft202012Validator
from referencing import Registry
from referencing.jsonschema import DRAFT202012

from runtime.catalogue import ROUTES
from runtime.hateoas_endpoint.openapi import describe
from runtime.hateoas_endpoint.route import Route
from tests.runtime.fakes import Answer

DOCUMENT = describe(ROUTES)
_ADDRESS = "urn:portal"
_REGISTRY: Registry[Any] = Registry().with_resource(_ADDRESS, DRAFT202012.create_resource(DOCUMENT))
# What every answer has without being described.
_PLAIN_HEADERS = {"Content-Type", "Cache-Control", "Vary", "WWW-Authenticate"}


@dataclass(frozen=True)
class Exchange:
    """A request as the gateway hands it over, and what the endpoint of a route answered."""

    route: Route
    event: Mapping[str, Any]
    answer: Answer


def operation_of(route: Route) -> dict[str, Any]:
    operation: dict[str, Any] = DOCUMENT["paths"][route.path][route.method.lower()]
    return operation


def faults_of_answer(route: Route, answer: Answer) -> list[str]:
    """What an answer has that its description does not, and the other way round."""
    response = _response_of(route, answer)
    if response is None:
        return [f"{answer.status} is not described"]
    described = {name: _resolve(header)["schema"] for name, header in response["headers"].items()}
    faults = [f"header {name} is not described" for name in answer.headers.keys() - described.keys() - _PLAIN_HEADERS]
    for name in answer.headers.keys() & described.keys():
        text = answer.headers[name]
        faults += _faults(int(text) if described[name].get("type") == "integer" else text, described[name])
    promised = described.keys() & ({"X-Correlation-Id", "Allow"} | ({"ETag", "Location"} if answer.status < 300 else set()))
    faults += [f"header {name} is missing" for name in promised - answer.headers.keys()]
    if not answer.text or "content" not in response:
        return faults + (
            [] if bool(answer.text) == ("content" in response) else ["only one of description and answer has a body"]
        )
    media_type = answer.headers["Content-Type"]
    if media_type not in response["content"]:
        return [*faults, f"{media_type} is not described for {answer.status}"]
    return faults + _faults(answer.json, response["content"][media_type]["schema"])


def faults_of_request(route: Route, event: Mapping[str, Any]) -> list[str]:
    """What a request has that its description does not take."""
    operation = operation_of(route)
    parameters = {(p["in"], p["name"].lower()): p for p in map(_resolve, operation["parameters"])}
    sent = {
        **{("path", name.lower()): value for name, value in event.get("pathParameters", {}).items()},
        **{("query", name.lower()): value for name, value in event.get("queryStringParameters", {}).items()},
        **{("header", name): value for name, value in event["headers"].items() if name not in {"accept", "content-type"}},
    }
    faults = [f"parameter {place} {name} is not described" for place, name in sent.keys() - parameters.keys()]
    for key in sent.keys() & parameters.keys():
        schema = parameters[key]["schema"]
        faults += _faults(int(sent[key]) if schema["type"] == "integer" else sent[key], schema)
    faults += [f"parameter {key} is missing" for key, p in parameters.items() if p.get("required") and key not in sent]
    body = operation.get("requestBody")
    if event.get("body"):
        if body is None:
            return [*faults, "no body is described"]
        return faults + _faults(json.loads(event["body"]), body["content"]["application/json"]["schema"])
    return [*faults, "the body is missing"] if body and body["required"] else faults


def _response_of(route: Route, answer: Answer) -> dict[str, Any] | None:
    if route.method == "ANY":
        unrouted: dict[str, Any] = DOCUMENT["components"]["responses"]
        return unrouted.get(answer.json["code"])
    found: dict[str, Any] | None = operation_of(route)["responses"].get(str(answer.status))
    return found


def _resolve(part: Mapping[str, Any]) -> Any:
    found: Any = part
    if "$ref" in part:
        found = DOCUMENT
        for name in part["$ref"].removeprefix("#/").split("/"):
            found = found[name]
    return found


def _faults(instance: Any, schema: Mapping[str, Any]) -> list[str]:
    """Validate against a schema of the document; its references are made absolute, so that they resolve from anywhere."""
    absolute = json.loads(json.dumps(schema).replace('"#/', f'"{_ADDRESS}#/'))
    validator = Draft202012Validator(absolute, registry=_REGISTRY)
    return [f"{error.json_path}: {error.message}" for error in validator.iter_errors(instance)]
