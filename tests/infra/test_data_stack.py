"""The table with its indexes, and the keys that invitation tokens and the secrets of site agents are derived with."""

from __future__ import annotations

import pytest

from tests.infra.support import Json, Synthesised


def table_of(portal: Synthesised) -> Json:
    return portal.resource("AWS::DynamoDB::Table").properties


def keys_of(part: Json) -> dict[str, str]:
    return {key["KeyType"]: key["AttributeName"] for key in part["KeySchema"]}


def test_the_table_has_one_partition_key_and_one_sort_key(portal: Synthesised) -> None:
    assert keys_of(table_of(portal)) == {"HASH": "PK", "RANGE": "SK"}


def test_the_table_has_two_indexes_with_keys_of_their_own_and_everything_in_them(portal: Synthesised) -> None:
    indexes = {index["IndexName"]: index for index in table_of(portal)["GlobalSecondaryIndexes"]}

    assert {name: keys_of(index) for name, index in indexes.items()} == {
        "GSI1": {"HASH": "GSI1PK", "RANGE": "GSI1SK"},
        "GSI2": {"HASH": "GSI2PK", "RANGE": "GSI2SK"},
    }
    assert {index["Projection"]["ProjectionType"] for index in indexes.values()} == {"ALL"}


def test_every_key_is_text(portal: Synthesised) -> None:
    assert {a["AttributeName"]: a["AttributeType"] for a in table_of(portal)["AttributeDefinitions"]} == dict.fromkeys(
        ["PK", "SK", "GSI1PK", "GSI1SK", "GSI2PK", "GSI2SK"], "S"
    )


def test_the_table_is_paid_for_on_demand(portal: Synthesised) -> None:
    assert table_of(portal)["BillingMode"] == "PAY_PER_REQUEST"
    assert "ProvisionedThroughput" not in table_of(portal)


def test_the_table_can_be_put_back_to_any_second_of_35_days(portal: Synthesised) -> None:
    recovery = table_of(portal)["PointInTimeRecoverySpecification"]

    assert recovery == {"PointInTimeRecoveryEnabled": True, "RecoveryPeriodInDays": 35}


def test_rows_expire_by_their_ttl_attribute(portal: Synthesised) -> None:
    assert table_of(portal)["TimeToLiveSpecification"] == {"AttributeName": "ttl", "Enabled": True}


def test_the_stream_tells_what_a_row_was_and_is(portal: Synthesised) -> None:
    assert table_of(portal)["StreamSpecification"] == {"StreamViewType": "NEW_AND_OLD_IMAGES"}


def test_the_table_is_encrypted_with_a_managed_key(portal: Synthesised) -> None:
    assert table_of(portal)["SSESpecification"] == {"SSEEnabled": True}


def test_the_table_bears_the_name_of_its_stage(portal: Synthesised) -> None:
    assert table_of(portal)["TableName"] == f"bbws-portal-{portal.stage.name}"


@pytest.mark.parametrize("id_", ["TokenKey", "AgentKey"])
def test_what_is_derived_is_derived_with_an_hmac_key_that_never_leaves_kms(id_: str, portal: Synthesised) -> None:
    key = portal.key(id_).properties

    assert (key["KeySpec"], key["KeyUsage"]) == ("HMAC_256", "GENERATE_VERIFY_MAC")
    assert key.get("EnableKeyRotation", False) is False


def test_tokens_and_the_secrets_of_agents_have_keys_of_their_own(portal: Synthesised) -> None:
    assert len(portal.resources("AWS::KMS::Key", component="data")) == 2
