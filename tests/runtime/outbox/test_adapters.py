"""The adapters of SES, Cognito, KMS, SQS and EventBridge: what they ask of the service, and what its faults mean."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from botocore.exceptions import EndpointConnectionError, ReadTimeoutError
from botocore.stub import Stubber
from moto import mock_aws

from runtime.invitations.token import KmsTokenMint, token_hash
from runtime.outbox.cognito import CognitoUsers
from runtime.outbox.dispatch import PermanentFault, TransientFault
from runtime.outbox.eventbridge import EventBridgeBus
from runtime.outbox.ports import Mail
from runtime.outbox.ses import SesMailer
from runtime.outbox.sqs import SqsQueues
from tests.runtime.dynamo import client_of

MAIL = Mail(to="a@b.test", subject="Grüße", text="text", html="<p>html</p>")
URLS = {name: f"https://sqs.test/{name}" for name in ("creation", "update", "deletion")}
UNREACHABLE = [EndpointConnectionError(endpoint_url="https://x"), ReadTimeoutError(endpoint_url="https://x")]


@contextmanager
def stubbed(service: str) -> Iterator[Any]:
    with Stubber(client_of(service)) as stub:
        yield stub
        stub.assert_no_pending_responses()


class Unreachable:
    """A client of a service that cannot be reached."""

    def __init__(self, fault: Exception) -> None:
        self._fault = fault

    def __getattr__(self, operation: str) -> Callable[..., Any]:
        def call(**_: Any) -> Any:
            raise self._fault

        return call


def test_a_mail_goes_out_through_ses_as_both_parts_in_utf_8() -> None:
    def utf8(data: str) -> dict[str, str]:
        return {"Data": data, "Charset": "UTF-8"}

    with stubbed("sesv2") as stub:
        body = {"Text": utf8("text"), "Html": utf8("<p>html</p>")}
        expected = {
            "FromEmailAddress": "portal@bbws.test",
            "Destination": {"ToAddresses": ["a@b.test"]},
            "Content": {"Simple": {"Subject": utf8("Grüße"), "Body": body}},
        }
        stub.add_response("send_email", {"MessageId": "1"}, expected)

        SesMailer(stub.client, "portal@bbws.test").send(MAIL)


@pytest.mark.parametrize(
    ("code", "fault"),
    [
        ("MessageRejected", PermanentFault),
        ("BadRequestException", PermanentFault),
        ("TooManyRequestsException", TransientFault),
        ("LimitExceededException", TransientFault),
        ("SendingPausedException", TransientFault),
        ("AccountSuspendedException", TransientFault),
        ("MailFromDomainNotVerifiedException", TransientFault),
        ("InternalFailure", TransientFault),
        ("AccessDeniedException", TransientFault),
    ],
)
def test_a_refusal_by_ses_is_for_good_only_when_it_is_of_the_message(code: str, fault: type[Exception]) -> None:
    with stubbed("sesv2") as stub:
        stub.add_client_error("send_email", code, "arn:aws:ses:secret")

        with pytest.raises(fault) as raised:
            SesMailer(stub.client, "portal@bbws.test").send(MAIL)

    assert "arn" not in str(raised.value)


@pytest.mark.parametrize("fault", UNREACHABLE, ids=lambda fault: type(fault).__name__)
def test_a_service_that_cannot_be_reached_may_be_reached_later(fault: Exception) -> None:
    client: Any = Unreachable(fault)

    with pytest.raises(TransientFault):
        SesMailer(client, "portal@bbws.test").send(MAIL)
    with pytest.raises(TransientFault):
        CognitoUsers(client, "pool").set_tenants("sub", {"acme": "ADMIN"})
    with pytest.raises(TransientFault):
        SqsQueues(client, URLS).send("update", {})
    with pytest.raises(TransientFault):
        EventBridgeBus(client, "portal-events").publish("SITE_CREATION_COMPLETE", {})


USER = {"UserPoolId": "pool", "Username": "sub"}


def named(**attributes: str) -> list[dict[str, str]]:
    return [{"Name": f"custom:{name}", "Value": value} for name, value in attributes.items()]


@pytest.mark.parametrize(
    ("before", "written"),
    [
        ([], "acme,globex"),
        (named(tenantIds="entered-otherwise"), "entered-otherwise,acme,globex"),
        (named(tenantIds="globex,acme", tenantRoles="acme:VIEWER"), "globex,acme"),
    ],
    ids=["of nothing", "beside a tenant entered otherwise", "again"],
)
def test_the_claims_name_every_tenant_and_the_role_in_those_entered_by_invitation(before: Any, written: str) -> None:
    with stubbed("cognito-idp") as stub:
        stub.add_response("admin_get_user", {"Username": "sub", "UserAttributes": before}, USER)
        after = named(tenantIds=written, tenantRoles="acme:ADMIN,globex:VIEWER")
        stub.add_response("admin_update_user_attributes", {}, USER | {"UserAttributes": after})

        CognitoUsers(stub.client, "pool").set_tenants("sub", {"acme": "ADMIN", "globex": "VIEWER"})


def test_a_user_who_is_gone_is_gone_for_good() -> None:
    with stubbed("cognito-idp") as stub:
        stub.add_client_error("admin_get_user", "UserNotFoundException")

        with pytest.raises(PermanentFault, match="no longer exists"):
            CognitoUsers(stub.client, "pool").set_tenants("sub", {"acme": "ADMIN"})


@pytest.mark.parametrize("code", ["TooManyRequestsException", "InternalErrorException", "NotAuthorizedException"])
def test_any_other_refusal_of_cognito_may_pass(code: str) -> None:
    with stubbed("cognito-idp") as stub:
        stub.add_client_error("admin_get_user", code)

        with pytest.raises(TransientFault):
            CognitoUsers(stub.client, "pool").set_tenants("sub", {"acme": "ADMIN"})


def test_a_token_is_256_bits_of_kms_in_43_url_safe_characters() -> None:
    with mock_aws():
        client = client_of("kms")
        key_id = client.create_key(KeySpec="HMAC_256", KeyUsage="GENERATE_VERIFY_MAC")["KeyMetadata"]["KeyId"]
        mint = KmsTokenMint(client, key_id)

        one, again, other = mint.token("invitation:a"), mint.token("invitation:a"), mint.token("invitation:b")

    assert one == again != other
    assert len(one) == 43
    assert len(base64.urlsafe_b64decode(one + "=")) == 32
    assert one not in token_hash(one)


def test_the_mac_is_asked_for_with_sha_256() -> None:
    with stubbed("kms") as stub:
        expected = {"Message": b"invitation:a", "KeyId": "key", "MacAlgorithm": "HMAC_SHA_256"}
        stub.add_response("generate_mac", {"Mac": b"\xff" * 32}, expected)

        assert KmsTokenMint(stub.client, "key").token("invitation:a") == "_" * 42 + "8"


@pytest.mark.parametrize("queue", URLS)
def test_a_message_goes_to_the_queue_of_its_name_as_json(queue: str) -> None:
    with stubbed("sqs") as stub:
        expected = {"QueueUrl": f"https://sqs.test/{queue}", "MessageBody": '{"operationId":"op-1","payload":{}}'}
        stub.add_response("send_message", {"MessageId": "1"}, expected)

        SqsQueues(stub.client, URLS).send(queue, {"operationId": "op-1", "payload": {}})


@pytest.mark.parametrize("code", ["AWS.SimpleQueueService.NonExistentQueue", "AccessDenied", "RequestThrottled"])
def test_any_refusal_of_sqs_may_pass(code: str) -> None:
    with stubbed("sqs") as stub:
        stub.add_client_error("send_message", code, "arn:aws:sqs:secret")

        with pytest.raises(TransientFault) as raised:
            SqsQueues(stub.client, URLS).send("creation", {})

    assert "arn" not in str(raised.value)


EVENT = {"operationId": "op-1", "status": "COMPLETED"}


def test_an_event_goes_to_the_bus_under_its_name() -> None:
    with stubbed("events") as stub:
        entry = {
            "Source": "bbws.portal",
            "DetailType": "SITE_CREATION_COMPLETE",
            "Detail": json.dumps(EVENT),
            "EventBusName": "portal-events",
        }
        stub.add_response("put_events", {"FailedEntryCount": 0, "Entries": [{"EventId": "1"}]}, {"Entries": [entry]})

        EventBridgeBus(stub.client, "portal-events").publish("SITE_CREATION_COMPLETE", EVENT)


def test_an_event_that_the_bus_answered_but_did_not_take_may_be_taken_later() -> None:
    with stubbed("events") as stub:
        refused = {"FailedEntryCount": 1, "Entries": [{"ErrorCode": "ThrottlingException", "ErrorMessage": "arn:aws:events"}]}
        stub.add_response("put_events", refused)

        with pytest.raises(TransientFault) as raised:
            EventBridgeBus(stub.client, "portal-events").publish("SITE_CREATION_COMPLETE", EVENT)

    assert "arn" not in str(raised.value)


@pytest.mark.parametrize("code", ["InternalException", "AccessDeniedException", "ThrottlingException"])
def test_any_refusal_of_eventbridge_may_pass(code: str) -> None:
    with stubbed("events") as stub:
        stub.add_client_error("put_events", code)

        with pytest.raises(TransientFault):
            EventBridgeBus(stub.client, "portal-events").publish("SITE_CREATION_COMPLETE", EVENT)
