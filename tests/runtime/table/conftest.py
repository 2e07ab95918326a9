"""What the tests of access patterns share: a module's ``life`` on a table of DynamoDB that records every call."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.runtime.dynamo import RecordedTable, recorded_table
from tests.runtime.fakes import FakePorts


@pytest.fixture(scope="module")
def shared(life: FakePorts) -> Iterator[RecordedTable]:
    with recorded_table() as recorded:
        recorded.load_from(life.table)
        yield recorded


@pytest.fixture
def recorded(shared: RecordedTable) -> RecordedTable:
    shared.calls.clear()
    return shared
