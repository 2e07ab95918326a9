"""What every endpoint refuses for its form alone: bodies, media types, query parameters, idempotency keys."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest

from runtime.hateoas_endpoint.endpoint import Endpoint
from runtime.invitations import handlers
from runtime.portal import handlers as portal_handlers
from tests.runtime.fakes import FakePorts, call, gateway_event
from tests.runtime.stories import LAMBDA, accept, create, invited, listed, problem, resend

POSTS = (handlers.create, handlers.accept, handlers.decline)
PARAMETERS = {"tenantId": "acme", "invitationId": "inv-01a207bd-e552-7000-8000-000000000001"}


def errors(answer: Any) -> list[tuple[str, str]]:
    assert problem(answer) == (400, "VALIDATION_ERROR")
    return [(error["pointer"], error["code"]) for error in answer.json["errors"]]


@pytest.mark.parametrize("endpoint", POSTS, ids=lambda endpoint: endpoint.route.name)
@pytest.mark.parametrize(
    "body", ["", "{", '{"email"}', "nonsense", '{"email": "\\ud800"}', "[" * 30_000], ids=lambda body: body[:12] or "empty"
)
def test_a_malformed_body_is_refused(ports: FakePorts, endpoint: Endpoint, body: str) -> None:
    answer = call(endpoint, ports, parameters=PARAMETERS, body=body)

    assert errors(answer) == [("", "MALFORMED_JSON")]


@pytest.mark.parametrize("endpoint", POSTS, ids=lambda endpoint: endpoint.route.name)
@pytest.mark.parametrize("body", ["null", "[]", '"text"', "7", "true"])
def test_a_body_that_is_no_object_is_refused(ports: FakePorts, endpoint: Endpoint, body: str) -> None:
    answer = call(endpoint, ports, parameters=PARAMETERS, body=body)

    assert errors(answer) == [("", "INVALID_VALUE")]


@pytest.mark.parametrize("endpoint", POSTS, ids=lambda endpoint: endpoint.route.name)
def test_every_missing_and_every_unknown_field_is_pointed_at(ports: FakePorts, endpoint: Endpoint) -> None:
    answer = call(endpoint, ports, parameters=PARAMETERS, body={"tenantId": "globex", "a/b~c": 1})

    required = [("/email", "REQUIRED"), ("/role", "REQUIRED")] if endpoint is handlers.create else [("/token", "REQUIRED")]
    assert errors(answer) == [*required, ("/tenantId", "UNKNOWN_FIELD"), ("/a~1b~0c", "UNKNOWN_FIELD")]


def test_a_violation_says_which_and_why_without_repeating_what_was_sent(ports: FakePorts) -> None:
    answer = accept(ports, "secret-" * 40)

    assert errors(answer) == [("/token", "INVALID_VALUE")]
    assert answer.json["errors"][0]["message"] == "token: String should have at most 200 characters"
    assert "secret-" not in answer.text


@pytest.mark.parametrize("body", [{"a": 1}, [], "null", "[" * 30_000, "{", '"x"'], ids=str)
def test_an_action_without_a_body_takes_none_or_an_empty_object(ports: FakePorts, body: Any) -> None:
    invitation_id = invited(ports)
    ports.move(seconds=60)

    refused, taken = resend(ports, invitation_id, body=body), resend(ports, invitation_id, body={})

    assert errors(refused) == [("", "UNKNOWN_FIELD")]
    assert taken.status == 200


@pytest.mark.parametrize("endpoint", [*POSTS, handlers.resend], ids=lambda endpoint: endpoint.route.name)
def test_a_body_over_32_kb_is_refused(ports: FakePorts, endpoint: Endpoint) -> None:
    answer = call(endpoint, ports, parameters=PARAMETERS, body=" " * (32 * 1024 - 1) + "{}")

    assert problem(answer) == (413, "PAYLOAD_TOO_LARGE")


def test_a_body_of_32_kb_is_taken(ports: FakePorts) -> None:
    body = json.dumps({"email": "new@x.test", "role": "VIEWER"})

    answer = create(ports, body=body + " " * (32 * 1024 - len(body)))

    assert answer.status == 201


def test_the_size_counts_bytes_not_characters(ports: FakePorts) -> None:
    answer = create(ports, body="é" * (16 * 1024 + 1))

    assert problem(answer) == (413, "PAYLOAD_TOO_LARGE")


@pytest.mark.parametrize("endpoint", POSTS, ids=lambda endpoint: endpoint.route.name)
@pytest.mark.parametrize("media_type", ["text/plain", "application/x-www-form-urlencoded", "application/jsonx", "json", ""])
def test_a_body_of_another_media_type_is_refused(ports: FakePorts, endpoint: Endpoint, media_type: str) -> None:
    answer = call(endpoint, ports, parameters=PARAMETERS, body={}, headers={"Content-Type": media_type})

    assert problem(answer) == (415, "UNSUPPORTED_MEDIA_TYPE")


@pytest.mark.parametrize("media_type", ["application/json", "Application/JSON; charset=utf-8", "application/hal+json"])
def test_json_media_types_are_taken(ports: FakePorts, media_type: str) -> None:
    assert create(ports, headers={"Content-Type": media_type}).status == 201


def test_a_body_that_the_gateway_encoded_is_decoded(ports: FakePorts) -> None:
    body = base64.b64encode(b'{"email": "new@x.test", "role": "VIEWER"}').decode()
    event = gateway_event(handlers.create.route, parameters={"tenantId": "acme"}, body=body) | {"isBase64Encoded": True}

    answer = handlers.create.answer(event, LAMBDA, ports)  # type: ignore[arg-type]

    assert answer["statusCode"] == 201


@pytest.mark.parametrize("bytes_", [b"\xff\xfe", b'{"email": "\xff"}'], ids=repr)
def test_bytes_that_are_no_text_are_malformed(ports: FakePorts, bytes_: bytes) -> None:
    body = base64.b64encode(bytes_).decode()
    event = gateway_event(handlers.create.route, parameters={"tenantId": "acme"}, body=body) | {"isBase64Encoded": True}

    answer = handlers.create.answer(event, LAMBDA, ports)  # type: ignore[arg-type]

    assert (answer["statusCode"], json.loads(answer["body"])["code"]) == (400, "VALIDATION_ERROR")


@pytest.mark.parametrize("query", ["pageSize=0", "pageSize=101", "pageSize=abc", "pageSize=-1", "pageSize=1.0", "pageSize="])
@pytest.mark.parametrize("endpoint", [handlers.list_invitations, portal_handlers.entry], ids=lambda e: e.route.name)
def test_a_page_size_outside_1_to_100_is_refused(ports: FakePorts, endpoint: Endpoint, query: str) -> None:
    answer = call(endpoint, ports, parameters=PARAMETERS, query=query)

    assert errors(answer) == [("?pageSize", "INVALID_VALUE")]


@pytest.mark.parametrize("size", ["1", "100", "020"])
def test_a_page_size_from_1_to_100_is_taken(ports: FakePorts, size: str) -> None:
    assert listed(ports, f"pageSize={size}").status == 200


@pytest.mark.parametrize("query", ["status=OPEN", "status=pending", "status=", "status=PENDING%20"])
def test_an_unknown_status_is_refused(ports: FakePorts, query: str) -> None:
    assert errors(listed(ports, query)) == [("?status", "INVALID_VALUE")]


@pytest.mark.parametrize(
    ("query", "pointer"),
    [("pageSize=5&pageSize=5", "?pageSize"), ("status=PENDING&status=EXPIRED", "?status")],
)
def test_a_repeated_parameter_is_refused(ports: FakePorts, query: str, pointer: str) -> None:
    assert errors(listed(ports, query)) == [(pointer, "INVALID_VALUE")]


def test_a_repeated_cursor_is_no_cursor(ports: FakePorts) -> None:
    assert problem(listed(ports, "startAt=YQ&startAt=YQ")) == (400, "INVALID_CURSOR")


@pytest.mark.parametrize(
    "endpoint",
    [portal_handlers.entry, handlers.list_invitations, handlers.create, handlers.get, handlers.cancel, handlers.resend],
    ids=lambda endpoint: endpoint.route.name,
)
def test_a_query_parameter_that_an_endpoint_does_not_have_is_refused(ports: FakePorts, endpoint: Endpoint) -> None:
    answer = call(endpoint, ports, parameters=PARAMETERS, query="tenantId=globex&verbose=1")

    assert errors(answer) == [("?tenantId", "UNKNOWN_FIELD"), ("?verbose", "UNKNOWN_FIELD")]


@pytest.mark.parametrize("key", ["", "x" * 256, "tab\there", "é", "new\nline"], ids=repr)
@pytest.mark.parametrize("endpoint", [*POSTS, handlers.resend], ids=lambda endpoint: endpoint.route.name)
def test_an_idempotency_key_has_1_to_255_printable_characters(ports: FakePorts, endpoint: Endpoint, key: str) -> None:
    answer = call(endpoint, ports, parameters=PARAMETERS, headers={"Idempotency-Key": key})

    assert errors(answer) == [("", "INVALID_HEADER")]


@pytest.mark.parametrize("key", ["x", "x" * 255, " ~!\"#'"], ids=repr)
def test_any_printable_idempotency_key_is_taken(ports: FakePorts, key: str) -> None:
    assert create(ports, headers={"Idempotency-Key": key}).status == 201
