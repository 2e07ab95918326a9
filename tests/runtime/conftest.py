"""What every test of the runtime starts from: no AWS account, and the same examples each time."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from io import StringIO
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

from runtime.observability import SERVICE
from tests.runtime.fakes import FakePorts
from tests.runtime.stories import portal

settings.register_profile(
    "runtime", derandomize=True, max_examples=50, deadline=None, suppress_health_check=[HealthCheck.too_slow], database=None
)
settings.load_profile("runtime")


@pytest.fixture(autouse=True)
def _no_account(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {
        "AWS_DEFAULT_REGION": "eu-west-1",
        "AWS_ACCESS_KEY_ID": "testing",
        "AWS_SECRET_ACCESS_KEY": "testing",
        "AWS_SESSION_TOKEN": "testing",
    }.items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("AWS_PROFILE", raising=False)
    monkeypatch.delenv("_X_AMZN_TRACE_ID", raising=False)


@pytest.fixture
def ports() -> FakePorts:
    """The portal with two tenants, in memory."""
    return portal()


class Log:
    """What the functions log while a test runs."""

    def __init__(self) -> None:
        self.stream = StringIO()

    @property
    def text(self) -> str:
        return self.stream.getvalue()

    @property
    def lines(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.text.splitlines()]


@pytest.fixture
def log() -> Iterator[Log]:
    """The log: Powertools' handlers keep the standard output of the moment they were made, so they are given a stream."""
    kept = Log()
    handlers = [handler for handler in logging.getLogger(SERVICE).handlers if isinstance(handler, logging.StreamHandler)]
    before = [handler.setStream(kept.stream) for handler in handlers]
    yield kept
    for handler, stream in zip(handlers, before, strict=True):
        handler.setStream(stream)
