"""The smoke test on the deployed portal: it passes, and it finds what somebody broke."""

from __future__ import annotations

import subprocess
import sys

import pytest

from local.clients import client
from local.settings import ROOT
from tests.system.conftest import Portal


@pytest.fixture(autouse=True)
def no_dead_letters(portal: Portal) -> None:
    """What other tests gave up is none of this one's."""
    client(portal.local, "sqs").purge_queue(QueueUrl=portal.stack["queues"]["dlq"])


def smoke(portal: Portal) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "ops.smoke", "--stage", "local", "--state", str(portal.local.state)]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)


def test_the_deployed_portal_passes_every_check(portal: Portal) -> None:
    done = smoke(portal)

    lines = done.stdout.splitlines()
    assert (done.returncode, {line.partition("  ")[0] for line in lines}) == (0, {"PASS"}), done.stdout + done.stderr
    assert "PASS  API with an invented invitation, as far as the table: 404 INVITATION_NOT_FOUND" in lines
    assert "PASS  dead letters: none" in lines


def test_a_source_that_was_switched_off_and_a_letter_that_died_are_found(portal: Portal) -> None:
    client(portal.local, "sqs").send_message(QueueUrl=portal.stack["queues"]["dlq"], MessageBody="{}")

    with portal.stream_switched_off():
        done = smoke(portal)

    failed = [line for line in done.stdout.splitlines() if not line.startswith("PASS")]
    assert done.returncode == 1
    assert [line.partition(":")[0] for line in failed] == ["FAIL  event source mappings", "FAIL  dead letters"]
    assert "is Disabled" in failed[0]
    assert failed[1] == "FAIL  dead letters: 1; make dlq STAGE=local shows them"
