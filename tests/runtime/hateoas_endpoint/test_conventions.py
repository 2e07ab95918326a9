"""What every answer has in common: correlation, caching, entity tags, media types, and silence about faults."""

from __future__ import annotations

import pytest
from botocore.exceptions import ClientError

from runtime.hateoas_endpoint.endpoint import Endpoint
from runtime.invitations import handlers
from runtime.portal import handlers as portal_handlers
from tests.runtime.conftest import Log
from tests.runtime.fakes import FakePorts, call
from tests.runtime.golden_cases import ENDPOINTS, PROBLEMS, SUCCESSES, BrokenTable
from tests.runtime.stories import cancel, create, deliver, get, invited, listed, problem, resend

FAULT = "arn:aws:dynamodb:eu-west-1:123456789012:table/portal-prod is on fire"


@pytest.mark.parametrize("case", [*SUCCESSES.values(), *PROBLEMS.values()], ids=lambda case: case.__name__)
def test_a_well_formed_correlation_id_is_taken_over_and_echoed(case: object) -> None:
    answer = case({"X-Correlation-Id": "Order.7_a-b"})  # type: ignore[operator]

    assert answer.headers["X-Correlation-Id"] == "Order.7_a-b"


@pytest.mark.parametrize("offered", ["", "x" * 129, "a b", "a\nb", "ü", "<script>"], ids=repr)
def test_a_correlation_id_that_is_not_well_formed_is_replaced_by_the_request_id(ports: FakePorts, offered: str) -> None:
    answer = listed(ports, headers={"X-Correlation-Id": offered}, request_id="request-77")

    assert answer.headers["X-Correlation-Id"] == "request-77"


def test_a_correlation_id_is_made_where_none_is_sent_and_logged(ports: FakePorts, log: Log) -> None:
    answer = listed(ports, request_id="request-78")

    assert answer.headers["X-Correlation-Id"] == "request-78"
    assert [(line["correlationId"], line["tenantId"], line["endpoint"]) for line in log.lines] == [
        ("request-78", "acme", "ListInvitations")
    ]


@pytest.mark.parametrize("case", [*SUCCESSES.values(), *PROBLEMS.values()], ids=lambda case: case.__name__)
def test_no_answer_is_kept_by_a_cache_without_asking_again(case: object) -> None:
    assert case({}).headers["Cache-Control"] == "private, no-cache"  # type: ignore[operator]


@pytest.mark.parametrize("case", PROBLEMS.values(), ids=lambda case: case.__name__)
def test_a_problem_has_every_member_of_the_contract(case: object) -> None:
    document = case({}).json  # type: ignore[operator]

    assert list(document)[:8] == ["type", "title", "status", "detail", "instance", "code", "requestId", "retryable"]
    assert document["instance"].startswith("/")
    assert document["requestId"] == "request-1"


@pytest.mark.parametrize("case", PROBLEMS.values(), ids=lambda case: case.__name__)
def test_a_429_says_when_to_come_back(case: object) -> None:
    answer = case({})  # type: ignore[operator]

    assert (answer.status != 429) or int(answer.headers["Retry-After"]) >= 1
    assert (answer.status == 429) <= answer.json["retryable"]


@pytest.mark.parametrize("endpoint", [e for e in ENDPOINTS if e is not portal_handlers.unknown], ids=lambda e: e.route.name)
def test_a_fault_of_ours_is_told_without_any_internal_text_and_logged_with_all_of_it(endpoint: Endpoint, log: Log) -> None:
    parameters = {name: f"{name}-01a207bd-e552-7000-8000-000000000001" for name in ("invitationId", "siteId", "operationId")}
    parameters |= {"tenantId": "acme", "pluginId": "akismet"}
    bodies = {
        "CreateInvitation": {"email": "a@b.test", "role": "VIEWER"},
        "CreateSite": {"siteName": "Shop", "subdomain": "shop", "environment": "DEV"},
        "UpdateSite": {"siteName": "Shop"},
        "CloneSite": {"siteName": "Copy", "subdomain": "copy"},
        "PromoteSite": {"targetEnvironment": "SIT"},
    }
    body = bodies.get(endpoint.route.name, {"token": "a-token-of-a-mail"} if "token" in _fields(endpoint) else None)

    answer = call(endpoint, FakePorts(BrokenTable()), parameters=parameters, body=body, request_id="request-500")

    (fault,) = [line for line in log.lines if line["level"] == "ERROR"]
    assert problem(answer) == (500, "SYS_001")
    assert not any(word in answer.text for word in ("fire", "arn:", "RuntimeError", "Traceback", "portal-prod", ".py"))
    assert answer.json["requestId"] == fault["requestId"] == "request-500"
    assert FAULT in fault["exception"]
    assert "a-token-of-a-mail" not in log.text


def test_a_fault_of_dynamodb_is_a_fault_of_ours(ports: FakePorts, monkeypatch: pytest.MonkeyPatch) -> None:
    def commit(writes: object) -> None:
        raise ClientError({"Error": {"Code": "AccessDeniedException", "Message": FAULT}}, "TransactWriteItems")

    monkeypatch.setattr(ports.table, "commit", commit)

    answer = create(ports)

    assert problem(answer) == (500, "SYS_001")
    assert "AccessDenied" not in answer.text


def _fields(endpoint: Endpoint) -> tuple[str, ...]:
    return ("token",) if endpoint in {handlers.accept, handlers.decline} else ()


def test_one_resource_has_one_tag_and_a_list_has_none(ports: FakePorts) -> None:
    created = create(ports)
    read = get(ports, created.json["invitationId"])

    assert created.headers["ETag"] == read.headers["ETag"] == '"v1"'
    assert "ETag" not in listed(ports).headers


@pytest.mark.parametrize("known", ['"v1"', 'W/"v1"', '"v7", "v1"', "*"])
def test_what_the_caller_has_already_is_not_sent_again(ports: FakePorts, known: str) -> None:
    answer = get(ports, invited(ports), headers={"If-None-Match": known})

    assert (answer.status, answer.text, answer.headers["ETag"]) == (304, "", '"v1"')
    assert "Content-Type" not in answer.headers


@pytest.mark.parametrize("known", ['"v2"', "v1", '"1"', "", '"v' + "1" * 5000 + '"'], ids=lambda known: known[:8])
def test_another_tag_gets_the_document(ports: FakePorts, known: str) -> None:
    assert get(ports, invited(ports), headers={"If-None-Match": known}).status == 200


def test_the_tag_moves_with_the_mail_with_the_clock_and_with_every_decision(ports: FakePorts) -> None:
    invitation_id = invited(ports)
    tags = [get(ports, invitation_id).headers["ETag"]]

    deliver(ports)
    tags.append(get(ports, invitation_id).headers["ETag"])
    ports.move(seconds=60)
    tags.append(get(ports, invitation_id).headers["ETag"])
    tags.append(resend(ports, invitation_id).headers["ETag"])
    ports.move(days=7)
    tags.append(get(ports, invitation_id).headers["ETag"])

    assert tags == ['"v1"', '"v2"', '"v3"', '"v4"', '"v6"']


@pytest.mark.parametrize("stale", ['"v0"', 'W/"v1"', '"v9"', "garbage", "", '"v' + "1" * 5000 + '"'], ids=lambda tag: tag[:8])
def test_a_change_of_what_has_moved_on_is_refused(ports: FakePorts, stale: str) -> None:
    invitation_id = invited(ports)
    ports.move(seconds=60)

    answers = [change(ports, invitation_id, headers={"If-Match": stale}) for change in (cancel, resend)]

    assert [problem(answer) for answer in answers] == [(412, "PRECONDITION_FAILED")] * 2


@pytest.mark.parametrize("fresh", ['"v1"', '"v0", "v1"', "*"])
def test_a_change_of_what_was_read_is_done_though_mail_and_clock_have_moved_the_tag_on(ports: FakePorts, fresh: str) -> None:
    invitation_id = invited(ports)
    deliver(ports)
    ports.move(seconds=60)

    assert cancel(ports, invitation_id, headers={"If-Match": fresh}).status == 200


def test_a_tag_from_before_a_resend_is_stale(ports: FakePorts) -> None:
    invitation_id = invited(ports)
    ports.move(seconds=60)
    before = get(ports, invitation_id).headers["ETag"]
    resend(ports, invitation_id)

    answer = cancel(ports, invitation_id, headers={"If-Match": before})

    assert problem(answer) == (412, "PRECONDITION_FAILED")
