"""Whoever is woken by an alarm finds its runbook: every one of every stage is in the list, and the list names no other."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from stacks.config import STAGES
from tests.infra.support import Synthesised
from tests.ops.runbooks import runbook

ROW = re.compile(r"^\| `(?P<says>[^`]+)`.*\| \[[^\]]+\]\((?P<link>[^)]+)\) \|$", re.MULTILINE)


@pytest.fixture(scope="module")
def families() -> dict[str, re.Pattern[str]]:
    """What the rows of the list say, as patterns: ``…`` stands for names and numbers."""
    rows = ROW.findall(runbook("README").text)
    assert rows
    return {says: re.compile(".+?".join(map(re.escape, says.split("…")))) for says, _ in rows}


def told_by(portal: Synthesised) -> Iterator[str]:
    """All that a stage may tell its alarm topic."""
    for alarm in portal.resources("AWS::CloudWatch::Alarm"):
        yield alarm.properties["AlarmDescription"]
    for rule in portal.resources("AWS::Events::Rule"):
        for target in rule.properties["Targets"]:
            if template := target.get("InputTransformer", {}).get("InputTemplate"):
                yield template.strip('"')


def test_every_alarm_is_in_the_list_once(cloud_portal: Synthesised, families: dict[str, re.Pattern[str]]) -> None:
    found = {told: [says for says, family in families.items() if family.fullmatch(told)] for told in told_by(cloud_portal)}

    assert {told: rows for told, rows in found.items() if len(rows) != 1} == {}


def test_the_list_names_no_alarm_that_there_is_none_of(prod: Synthesised, families: dict[str, re.Pattern[str]]) -> None:
    told = list(told_by(prod))

    assert [says for says, family in families.items() if not any(map(family.fullmatch, told))] == []


def test_what_is_said_of_retention_is_what_is_configured() -> None:
    days = {name: stage.hosting.backup_days for name, stage in STAGES.items() if stage.hosting}

    assert days == {"dev": 7, "sit": 7, "prod": 35}
    assert "RDS itself: 7 days (prod 35)" in runbook("README").text
