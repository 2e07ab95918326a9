"""What the handlers leave unimported, because a cold start would pay for it and no first request needs it."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from local.settings import ROOT

API = "aws_lambda_powertools.event_handler"
CONSUMING = ("runtime.operations.worker", "runtime.batch_consumer.consumer", "aws_lambda_powertools.utilities.batch")
HEAVY = ("pydantic", "botocore.session", "boto3", "aws_xray_sdk")
LEFT_OUT = {
    "runtime.sites.handlers": (*HEAVY, *CONSUMING, "runtime.wordpress", "runtime.sites.workflows"),
    "runtime.portal.handlers": (*HEAVY, *CONSUMING, "runtime.wordpress", "runtime.plugins.service"),
    "runtime.plugins.handlers": (
        *HEAVY,
        *CONSUMING,
        "runtime.plugins.directory",
        "runtime.wordpress.agent",
        "runtime.sites.workflows",
    ),
    "runtime.operations.handlers": (*HEAVY, *CONSUMING),
    "runtime.operations.sweeper": (*HEAVY, *CONSUMING, API),
    "runtime.sites.consumers": (*HEAVY[1:], API, "runtime.wordpress.agent", "runtime.wordpress.ecs"),
}


@pytest.mark.parametrize(("module", "left_out"), LEFT_OUT.items(), ids=LEFT_OUT)
def test_a_handler_imports_nothing_that_its_first_request_may_not_need(module: str, left_out: tuple[str, ...]) -> None:
    program = f"import json, sys, {module}; print(json.dumps([*sys.modules]))"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, cwd=ROOT)

    assert set(json.loads(done.stdout)) & set(left_out) == set()
