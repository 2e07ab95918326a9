"""Every template as it was reviewed.

After a change that is meant: ``.venv/bin/python -m pytest tests/infra --snapshot-update``, and read the diff.
"""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from syrupy.assertion import SnapshotAssertion
from syrupy.extensions.json import JSONSnapshotExtension

from stacks.config import STAGES
from tests.infra.support import Json, Synthesised

EVERYWHERE = ("alarms", "api", "dashboard", "data", "health", "identity", "operations", "outbox")
ON_AWS = (*EVERYWHERE, "backup", "delivery", "hosting", "network", "storage")
COMPONENTS = {"local": EVERYWHERE, "dev": ON_AWS, "sit": ON_AWS, "prod": (*ON_AWS, "recovery")}
ALL = [(stage, component) for stage in STAGES for component in COMPONENTS[stage]]
SNAPSHOTS = Path(__file__).with_name("__snapshots__") / "test_snapshots"
HASH = re.compile(r"[0-9a-f]{64}")


def masked(template: Json) -> Json:
    """The template without the hash of the bundle, which changes with every line of code."""
    document: Json = json.loads(HASH.sub("HASH", json.dumps(template)))
    return document


def test_these_are_all_stacks(portal: Synthesised) -> None:
    assert set(portal.templates) == set(COMPONENTS[portal.stage.name])


@pytest.mark.parametrize(("stage", "component"), ALL)
def test_template(stage: str, component: str, portals: dict[str, Synthesised], snapshot: SnapshotAssertion) -> None:
    template = masked(portals[stage].templates[component])

    assert template == snapshot.use_extension(JSONSnapshotExtension)


def test_no_snapshot_is_left_of_a_stack_that_is_gone() -> None:
    """Syrupy itself finds leftovers in some runs and not in others: delete by hand what is found here."""
    wanted = {f"test_template[{stage}-{component}].json" for stage, component in ALL}

    assert {path.name for path in SNAPSHOTS.iterdir()} - wanted == set()
