"""What the handlers leave unimported, because a cold start would pay for it and no first request needs it."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from local.settings import ROOT

HEAVY = ("pydantic", "botocore.session", "boto3", "aws_xray_sdk", "runtime.operations.worker", "runtime.wordpress.agent")
LEFT_OUT = {
    "runtime.health.handlers": (*HEAVY, "runtime.health.probes", "runtime.health.certificates", "runtime.sites.workflows"),
    "runtime.health.refresher": (*HEAVY, "aws_lambda_powertools.event_handler", "runtime.sites.workflows"),
}


@pytest.mark.parametrize(("module", "left_out"), LEFT_OUT.items(), ids=LEFT_OUT)
def test_a_handler_imports_nothing_that_its_first_request_may_not_need(module: str, left_out: tuple[str, ...]) -> None:
    program = f"import json, sys, {module}; print(json.dumps([*sys.modules]))"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, cwd=ROOT)

    assert set(json.loads(done.stdout)) & set(left_out) == set()
