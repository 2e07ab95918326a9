"""The signature against vectors that the agent is tested with too, and the secrets it is made with."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import pytest
from botocore.stub import Stubber
from moto import mock_aws

from runtime.wordpress.secrets import AgentSecrets
from runtime.wordpress.signing import signed_headers
from tests.runtime.dynamo import client_of

VECTORS = json.loads((Path(__file__).parents[2] / "agent" / "signatures.json").read_text())


@pytest.fixture
def kms() -> Iterator[Stubber]:
    with Stubber(client_of("kms")) as stub:
        yield stub
        stub.assert_no_pending_responses()


def secrets_of(kms: Stubber) -> AgentSecrets:
    client: Any = kms.client
    return AgentSecrets(client, "key")


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector["name"])
def test_the_signature_is_the_one_both_sides_agreed_on(vector: dict[str, str]) -> None:
    headers = signed_headers(
        secret=vector["secret"],
        site_id=vector["siteId"],
        route=vector["route"],
        body=vector["body"].encode(),
        now=datetime.fromtimestamp(int(vector["timestamp"]), timezone.utc),
        nonce=bytes.fromhex(vector["nonce"]),
    )

    assert headers == {
        "X-Bbws-Timestamp": vector["timestamp"],
        "X-Bbws-Nonce": vector["nonce"],
        "X-Bbws-Signature": vector["signature"],
    }


def test_the_secret_is_the_mac_of_the_site_s_name_in_url_safe_characters(kms: Stubber) -> None:
    expected = {"Message": b"site-agent:site-1", "KeyId": "key", "MacAlgorithm": "HMAC_SHA_256"}
    kms.add_response("generate_mac", {"Mac": b"\xff" * 32}, expected)

    assert secrets_of(kms).secret("site-1") == "_" * 42 + "8"


def test_a_secret_is_derived_once_for_each_site(kms: Stubber) -> None:
    kms.add_response("generate_mac", {"Mac": b"1" * 32})
    kms.add_response("generate_mac", {"Mac": b"2" * 32})
    secrets = secrets_of(kms)

    derived = [secrets.secret(site_id) for site_id in ("site-1", "site-2", "site-1", "site-2")]

    assert derived[:2] == derived[2:]
    assert derived[0] != derived[1]


def test_a_fault_of_kms_is_not_remembered(kms: Stubber) -> None:
    kms.add_client_error("generate_mac", "KMSInternalException")
    kms.add_response("generate_mac", {"Mac": b"1" * 32})
    secrets = secrets_of(kms)

    with pytest.raises(kms.client.exceptions.ClientError):
        secrets.secret("site-1")
    assert secrets.secret("site-1")


def test_a_secret_has_256_bits() -> None:
    with mock_aws():
        client: Any = client_of("kms")
        key_id = client.create_key(KeySpec="HMAC_256", KeyUsage="GENERATE_VERIFY_MAC")["KeyMetadata"]["KeyId"]

        secret = AgentSecrets(client, key_id).secret("site-1")

    assert len(base64.urlsafe_b64decode(secret + "=")) == 32
