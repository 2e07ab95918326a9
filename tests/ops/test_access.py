"""The way into a stage: which table, who is at work, and all sites of it."""

from __future__ import annotations

import getpass
import json
from collections.abc import Iterator
from pathlib import Path

import boto3
import pytest
from moto import mock_aws

from local.settings import LocalError
from ops.access import Access
from ops.columns import in_columns
from runtime.sites.rows import pointer_row, site_row
from runtime.table.unit import Unit
from tests.runtime.operations.world import OperationWorld, site_made

TABLE = "bbws-portal-dev"


@pytest.fixture
def dev(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Access]:
    """A stage on AWS, of which there is no more than the table."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-1")
    with mock_aws():
        boto3.client("dynamodb").create_table(
            TableName=TABLE,
            KeySchema=[{"AttributeName": "PK", "KeyType": "HASH"}, {"AttributeName": "SK", "KeyType": "RANGE"}],
            AttributeDefinitions=[{"AttributeName": name, "AttributeType": "S"} for name in ("PK", "SK")],
            BillingMode="PAY_PER_REQUEST",
        )
        yield Access(stage="dev", state=tmp_path)


def test_all_sites_of_all_tenants_are_found_oldest_first_and_nothing_else(dev: Access) -> None:
    world = OperationWorld()
    sites = [world.site(site_made(world)) for _ in range(3)]
    unit = Unit(dev.table)
    for site in reversed(sites):
        unit.put(site_row(site))
        unit.put(pointer_row(site))
    unit.commit()

    assert [site.site_id for site in dev.sites()] == [site.site_id for site in sites]


def test_on_aws_it_is_whom_the_credentials_are_of_who_is_at_work(dev: Access) -> None:
    assert dev.operator.startswith("arn:aws:sts::123456789012:")


def test_on_the_local_cloud_it_is_the_user_of_the_machine(tmp_path: Path) -> None:
    assert Access(stage="local", state=tmp_path).operator == getpass.getuser()


def test_the_local_cloud_is_found_by_what_its_deployment_left(tmp_path: Path) -> None:
    (tmp_path / "stack.json").write_text(json.dumps({"apiUrl": "http://127.0.0.1:4999", "tableName": "there"}))

    client = Access(stage="local", state=tmp_path).client("dynamodb")

    assert client.meta.endpoint_url == "http://localhost:4999"


def test_where_nothing_is_deployed_somebody_is_told_what_to_do_first(tmp_path: Path) -> None:
    with pytest.raises(LocalError, match="Nothing is deployed: run make up first"):
        _ = Access(stage="local", state=tmp_path).table


def test_lists_are_as_wide_as_what_is_in_them_and_end_without_spaces() -> None:
    assert in_columns([("A", "B", "C"), ("long", "b", ""), ("a", "longer", "last one")]) == "\n".join(
        ["A     B       C", "long  b", "a     longer  last one"]
    )
