"""A world with one site, and agents that can be told what to do."""

from __future__ import annotations

import pytest

from runtime.health import probes, service
from tests.runtime.health.asking import ToldAgent, telling
from tests.runtime.operations.world import OperationWorld, site_made


@pytest.fixture
def world() -> OperationWorld:
    return OperationWorld()


@pytest.fixture
def agent(world: OperationWorld) -> ToldAgent:
    return telling(world)


@pytest.fixture
def site_id(world: OperationWorld, agent: ToldAgent) -> str:
    made = site_made(world)
    agent.visited.clear()
    return made


@pytest.fixture
def impatience(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody is waited for as long as people are."""
    monkeypatch.setattr(probes, "PROBE_SECONDS", 0.2)
    monkeypatch.setattr(probes, "CATALOGUE_SECONDS", 0.4)
    monkeypatch.setattr(service, "ANSWER_SECONDS", 0.6)
